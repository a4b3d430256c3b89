from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .hygiene_common import HygieneCommon


@tagged("post_install", "-at_install")
class TestHygieneQueue(HygieneCommon):
    """What people do about flagged contacts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.farmer)
        cls.seller = cls._seller("seller")
        cls.farmer.write({"email": "nobody", "user_id": cls.seller.id})
        cls.other = cls._customer("Other", email="nobody")

    def _notes(self, partner):
        return " ".join(partner.message_ids.mapped("body"))

    # --- Archive ----------------------------------------------------------------

    def test_archived_with_its_contacts_and_told_why(self):
        contact = self._person("Ana", self.farmer)
        flag = self._flag("invalid_email", self.farmer)
        action = flag.with_user(self.seller).action_archive()
        self.assertFalse((self.farmer | contact).filtered("active"))
        self.assertFalse(flag.exists())
        self.assertIn("2 contacts were archived", action["params"]["message"])
        self.assertIn("Archived from the hygiene queue", self._notes(self.farmer))
        self.assertIn("“nobody” is no e-mail address", self._notes(self.farmer))
        self.assertIn("Archived with Agro Norte", self._notes(contact))

    def test_who_is_in_use_is_left_and_named(self):
        self._invoice(self._person("Ana", self.farmer), 10, "2024-11-15")
        flags = self._flag("invalid_email", self.farmer)
        flags |= self._flag("invalid_email", self.other)
        action = flags.action_archive()
        self.assertEqual((self.farmer.active, self.other.active), (True, False), action)
        self.assertIn("Agro Norte (open invoices)", action["params"]["message"])
        with self.assertRaisesRegex(
            UserError, r"Nothing.*Agro Norte \(open invoices\)"
        ):
            flags.exists().action_archive()

    def test_what_stands_against_archiving(self):
        invoice = self._invoice(self.farmer, 10, "2024-11-15")
        lead = self.env["crm.lead"].create(
            {"name": "Offer", "type": "opportunity", "partner_id": self.farmer.id}
        )
        user = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "portal_of_farmer",
                "partner_id": self._person("Eva", self.farmer).id,
            }
        )
        self.assertEqual(
            self.farmer._segmentation_in_use(),
            {self.farmer: ["open invoices", "open opportunities", "is a user"]},
        )
        self._reverse(invoice)
        lead.action_set_lost()
        user.active = False
        self.assertFalse(self.farmer._segmentation_in_use())

    def _reverse(self, invoice):
        """Credit the invoice in full, so that nothing is open."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "reason": "Error"})
        )
        wizard.modify_moves()
        self.env["account.move"].search(
            [("partner_id", "=", self.farmer.id), ("state", "=", "draft")]
        ).unlink()

    def test_archiving_needs_the_right_to_write_the_contact(self):
        reader = self._seller("reader", groups="base.group_user")
        self.farmer.user_id = reader
        flag = self._flag("invalid_email", self.farmer).with_user(reader)
        with self.assertRaises(AccessError):
            flag.action_archive()
        with self.assertRaises(AccessError):
            flag._assign(reader)

    # --- Assign and keep --------------------------------------------------------

    def _wizard(self, flags, operation, **values):
        action = getattr(flags, f"action_{operation}")()
        wizard = self.env[action["res_model"]].with_env(flags.env)
        wizard = wizard.with_context(**action["context"]).create(values)
        wizard.action_apply()

    def test_assign(self):
        flags = self._flag("invalid_email", self.other)
        self._wizard(flags, "assign", user_id=self.seller.id)
        self.assertEqual(self.other.user_id, self.seller)

    def test_kept_until_a_day(self):
        flag = self._flag("invalid_email", self.farmer).with_user(self.seller)
        self._wizard(flag, "keep", until=self.today, reason="He knows")
        self.assertRecordValues(
            flag,
            [
                {
                    "is_kept": True,
                    "keep_user_id": self.seller.id,
                    "keep_reason": "He knows",
                }
            ],
        )
        self.assertIn("He knows", self._notes(self.farmer))
        self.assertFalse(self.farmer.segmentation_hygiene_count)
        self.assertNotIn(flag, self.flags.search([("is_kept", "=", False)]))
        self.assertEqual(self._flag("invalid_email", self.farmer), flag)
        flag.sudo().keep_until = self.today - timedelta(days=1)
        self.assertFalse(flag.is_kept)
        self.assertIn(flag, self.flags.search([("is_kept", "=", False)]))

    def test_nobody_keeps_until_a_day_gone_or_none(self):
        flag = self._flag("invalid_email", self.farmer)
        for until in (self.today - timedelta(days=1), False):
            with self.assertRaisesRegex(UserError, "choose a day from today"):
                flag._keep(until, "Late")

    def test_flags_are_not_written_by_hand(self):
        flag = self._flag("invalid_email", self.farmer)
        for user in (self.seller, self.env.ref("base.user_admin")):
            with self.assertRaises(AccessError):
                flag.with_user(user).write({"keep_until": "2099-01-01"})
            with self.assertRaises(AccessError):
                flag.with_user(user).unlink()

    def test_put_right_and_checked_again(self):
        flag = self._flag("invalid_email", self.farmer)
        self.farmer.email = "right@example.com"
        flag.with_user(self.seller).action_check_again()
        self.assertFalse(flag.exists())

    # --- Merge ------------------------------------------------------------------

    def _twins(self):
        """Return two customers of one tax ID, and the flag of the first."""
        twin = self._customer("Twin", vat="1234", email="twin@example.com")
        self.farmer.vat = "1234"
        return twin, self._flag("duplicate_vat", self.farmer)

    def test_odoo_s_wizard_opens_on_the_duplicates(self):
        twin, flag = self._twins()
        action = flag.action_merge()
        self.assertEqual(action["res_model"], "base.partner.merge.automatic.wizard")
        wizard = self.env[action["res_model"]].with_context(**action["context"])
        wizard = wizard.with_user(self.env.ref("base.user_admin")).create({})
        self.assertEqual(wizard.partner_ids, self.farmer | twin)

    def test_merged_contacts_are_no_duplicates_any_more(self):
        twin, flag = self._twins()
        third = self._customer("Third", vat="1234")
        self._found("duplicate_vat")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(
            self.env.ref("base.user_admin")
        )
        wizard._merge([self.farmer.id, twin.id], self.farmer)
        self.assertEqual(flag.description, "Shares “1234” with: Third")
        wizard._merge([self.farmer.id, third.id], self.farmer)
        self.assertFalse(flag.exists())

    def test_what_was_decided_last_survives_a_merge(self):
        twin = self._customer("Twin", email="nobody")
        flag = self._flag("invalid_email", self.farmer)
        of_twin = self._flag("invalid_email", twin)
        flag._keep(self.today, "Short")
        of_twin._keep(self.today + timedelta(days=9), "Long")
        of_twin.sudo().since = self.today - timedelta(days=5)
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(
            self.env.ref("base.user_admin")
        )
        wizard._merge([self.farmer.id, twin.id], self.farmer)
        self.assertRecordValues(
            flag,
            [
                {
                    "keep_until": self.today + timedelta(days=9),
                    "keep_reason": "Long",
                    "since": self.today - timedelta(days=5),
                }
            ],
        )
        self.assertFalse(of_twin.exists())

    def test_one_contact_alone_is_not_merged(self):
        with self.assertRaisesRegex(UserError, "select the contacts to merge it with"):
            self._flag("invalid_email", self.farmer).action_merge()

    # --- Who sees what ----------------------------------------------------------

    def test_own_customers_and_those_of_the_team(self):
        self._found("invalid_email")
        leader = self._seller("leader")
        self.env["crm.team"].create(
            {
                "name": "Growers",
                "user_id": leader.id,
                "member_ids": [(6, 0, self.seller.ids)],
            }
        )
        for user, seen in (
            (self.seller, self.farmer),
            (leader, self.farmer),
            (self._seller("stranger"), self.env["res.partner"]),
        ):
            with self.subTest(user=user.login):
                flags = self.flags.with_user(user).search([])
                self.assertEqual(flags.partner_id, seen.with_user(user))
        flag = self._flag("invalid_email", self.other)
        for action in ("archive", "merge", "keep", "assign", "check_again"):
            with self.assertRaises(AccessError):
                getattr(flag.with_user(self.seller), f"action_{action}")()

    def test_contacts_of_other_companies_are_hidden(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self._customer("Foreign", email="nobody", company_id=other.id)
        flag = self._flag("invalid_email", foreign)
        self.assertTrue(flag)
        admin = self.env.ref("base.user_admin")
        admin.company_ids |= self.company
        flags = self.flags.with_user(admin).with_company(self.company)
        flags = flags.with_context(allowed_company_ids=self.company.ids)
        self.assertNotIn(flag.with_env(flags.env), flags.search([]))

    def test_duplicates_that_one_may_not_read_are_not_named(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self._customer("Secret", vat="1234", company_id=other.id)
        self.farmer.vat = "1234"
        flag = self._flag("duplicate_vat", self.farmer)
        self.assertEqual(
            flag.with_user(self.seller).description, "Shares “1234” with others."
        )

    def test_partners_count_and_find_their_flags(self):
        self._found("invalid_email")
        self.assertEqual(self.farmer.segmentation_hygiene_count, 1)
        found = self.env["res.partner"].search(
            [("segmentation_hygiene_flag_ids", "any", [("is_kept", "=", False)])]
        )
        self.assertIn(self.farmer, found)
        action = self.farmer.action_view_segmentation_hygiene()
        self.assertEqual(self.flags.search(action["domain"]).partner_id, self.farmer)

    def test_queries_do_not_grow_with_flags(self):
        counts = []
        for number in (1, 100):
            partners = self.env["res.partner"].create(
                [
                    {
                        "name": f"N{n}",
                        "email": f"n{number}@example.com",
                        "is_company": True,
                    }
                    for n in range(number)
                ]
            )
            partners.vat = "77" if number == 1 else False
            self._found("invalid_email")
            flags = self.flags.search([], limit=number)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            flags.mapped("description")
            partners._segmentation_in_use()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)
