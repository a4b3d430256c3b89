from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ...models.campaign.campaign_selection import FIRST_ROWS
from ...models.position import refresh
from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestPreview(CampaignCommon):
    """What the preview says is what the launch does."""

    def assertPreview(self, wizard, **numbers):
        preview = wizard.preview
        self.assertEqual({name: preview[name] for name in numbers}, numbers)

    def test_preview_is_the_launch(self):
        self._policy(billing=5000, potential=5000)
        self._buyer("Loyal", 8000, 5000)
        self._buyer("Elsewhere", 1000, 10000)
        self._buyer("Unrecorded", 8000, 1000)
        self._buyer("Landless", 1500)
        wizard = self._wizard()
        preview = wizard.preview
        self.assertPreview(
            wizard, customers=4, billing=18500, potential=16000, gap=-1000, in_scope=4
        )
        self.assertEqual(
            {name: part["customers"] for name, part in preview["quadrants"].items()},
            {"retention": 1, "investment": 1, "revision": 1, "unknown": 1},
        )
        self.assertEqual(preview["quadrants"]["investment"]["gap"], 9000)
        self.assertIsNone(preview["quadrants"]["unknown"]["potential"])
        self.assertEqual(
            [row["name"] for row in preview["rows"]],
            ["Elsewhere", "Loyal", "Unrecorded", "Landless"],
        )
        self.assertEqual(
            preview["potential_quantiles"], [1000, 1000, 5000, 10000, 10000]
        )
        wizard.action_launch()
        rows = wizard.campaign_id.audience_ids
        self.assertEqual(len(rows), preview["customers"])
        self.assertEqual(sum(rows.mapped("billing")), preview["billing"])
        self.assertEqual(sum(rows.mapped("potential")), preview["potential"])
        self.assertEqual(sum(rows.mapped("gap")), preview["gap"])

    def test_preview_and_launch_use_what_was_just_posted(self):
        buyer = self._buyer("Loyal", 8000, 5000)
        wizard = self._wizard("free", (None, (8500, False)))
        self.assertEqual(wizard.customer_count, 0)
        self._invoice(buyer, 500, "2024-12-24")
        wizard.invalidate_recordset()
        self.assertEqual(wizard.customer_count, 1)
        self._invoice(buyer, 1, "2024-12-25")
        wizard.action_launch()
        self.assertEqual(wizard.campaign_id.audience_ids.billing, 8501)

    def test_too_many_to_wait_for(self):
        """The preview says that its figures are old, and they are not launched."""
        buyer = self._buyer("Loyal", 8000)
        wizard = self._wizard()
        self.assertFalse(wizard.preview["waiting"])
        self._invoice(buyer, 500, "2024-12-24")
        self.env["segmentation.refresh"]._mark_companies(self.company)
        wizard.invalidate_recordset()
        with patch.object(refresh, "AT_ONCE", 1):
            self.assertPreview(wizard, customers=1, billing=8000)
            self.assertRegex(wizard.preview_html, "customers are being computed")
            with self.assertRefused("being computed.* Launch the campaign when"):
                wizard.action_launch()
        self.assertFalse(self.env["segmentation.audience"].search([]))
        wizard.invalidate_recordset()
        self.assertPreview(wizard, customers=1, billing=8500)
        self.assertNotRegex(wizard.preview_html, "being computed")
        wizard.action_launch()
        self.assertEqual(wizard.campaign_id.audience_ids.billing, 8500)

    def test_reach(self):
        blocked = self._buyer("Blocked", 10)
        self.env["mail.blacklist"]._add(blocked.email)
        self._buyer("Silent", 10, email=False)
        by_contact = self._buyer("By contact", 10, email=False)
        contact = self._contact(by_contact, "Ana", email="ana@example.com")
        self._contact(by_contact, "Zoe", email="zoe@example.com")
        gone = self._buyer("Gone contact", 10, email=False, phone="+591 70000001")
        self._contact(gone, "Left", email="left@example.com", active=False)
        self._buyer("Twin A", 10, email="twin@example.com")
        self._buyer("Twin B", 10, email="TWIN@example.com")
        wizard = self._wizard()
        self.assertPreview(
            wizard,
            customers=6,
            reached=2,
            missing=2,
            blacklisted=1,
            shared=1,
            phones=1,
        )
        wizard.action_launch()
        recipients = {
            row.partner_id.name: row.recipient_id
            for row in wizard.campaign_id.audience_ids
        }
        self.assertEqual(recipients["By contact"], contact)
        self.assertEqual(recipients["Gone contact"], gone)
        self.assertEqual(recipients["Blocked"], blocked)

    def test_customer_with_an_address_is_the_recipient(self):
        """Even if a contact with an address was there before it."""
        ana = self.env["res.partner"].create(
            {"name": "Ana", "email": "ana@example.com"}
        )
        buyer = self._buyer("Firm", 10)
        ana.parent_id = buyer
        wizard = self._wizard()
        wizard.action_launch()
        self.assertEqual(wizard.campaign_id.audience_ids.recipient_id, buyer)

    def test_who_left_the_blacklist_is_written_to_again(self):
        back = self._buyer("Back", 10)
        self.env["mail.blacklist"]._add(back.email)
        self.env["mail.blacklist"]._remove(back.email)
        self.assertPreview(self._wizard(), customers=1, reached=1, blacklisted=0)

    def test_phone_is_that_of_the_recipient(self):
        """An SMS goes to the recipient, so a phone of somebody else is of no use."""
        writer = self._buyer("Writer", 10)
        self._contact(writer, "Ana", phone="+591 70000001")
        caller = self._buyer("Caller", 10, email=False)
        self._contact(caller, "Mute")
        bea = self._contact(caller, "Bea", phone="+591 70000002")
        self._contact(caller, "Cleo", phone="+591 70000003")
        wizard = self._wizard()
        self.assertPreview(wizard, customers=2, reached=1, missing=1, phones=1)
        wizard.action_launch()
        rows = wizard.campaign_id.audience_ids.sorted("id")
        self.assertEqual(rows.recipient_id, writer | bea)
        self.assertEqual(rows.mapped("phone"), [False, bea.phone])

    def test_nobody_calls_who_is_on_the_phone_blacklist(self):
        blocked = self._buyer("No calls", 10, phone="+32475110011")
        self.env["phone.blacklist"].add(blocked.phone_sanitized)
        self.assertPreview(self._wizard(), customers=1, phones=0)

    def test_contact_of_another_company_is_left_alone(self):
        other = self.env["res.company"].create({"name": "Other Dealer"})
        buyer = self._buyer("Shared", 10, email=False)
        self._contact(buyer, "Ana", email="ana@example.com", company_id=other.id)
        self.assertPreview(self._wizard(), customers=1, missing=1)

    def test_address_of_a_customer_of_another_company_is_left_alone(self):
        other = self.env["res.company"].create({"name": "Other Dealer"})
        buyer = self._buyer("Theirs", 10)
        ana = self._contact(buyer, "Ana", email="ana@example.com")
        buyer.company_id = other
        ana.company_id = False
        wizard = self._wizard()
        self.assertPreview(wizard, customers=1, reached=1)
        wizard.action_launch()
        self.assertEqual(wizard.campaign_id.audience_ids.recipient_id, ana)

    def test_first_rows_are_the_largest_of_all(self):
        for amount in range(1, FIRST_ROWS + 3):
            self._buyer(f"Farmer {amount}", amount)
        rows = self._wizard()._segmentation_preview()["rows"]
        self.assertEqual(
            [row["billing"] for row in rows],
            list(range(FIRST_ROWS + 2, 2, -1)),
        )
        self.assertEqual(rows[0]["name"], f"Farmer {FIRST_ROWS + 2}")

    def test_archived_customers_are_counted_and_left_out(self):
        self._buyer("Here", 10)
        self._buyer("Archived", 10).active = False
        wizard = self._wizard()
        self.assertPreview(wizard, customers=1, archived=1, in_scope=2)
        self.assertIn("Archived: not in the audience", wizard.preview_html)
        wizard.action_launch()
        self.assertEqual(wizard.campaign_id.audience_ids.partner_id.name, "Here")

    def test_archived_contacts_roll_up_to_their_customer(self):
        buyer = self._buyer("Farm")
        child = self._contact(buyer, "Old shop", active=False)
        self._invoice(child, 10, "2024-12-01")
        campaign = self._launch()
        self.assertEqual(campaign.audience_ids.partner_id, buyer)
        self.assertEqual(campaign.audience_ids.billing, 10)

    # --- scope

    def test_zones(self):
        east = self._buyer("East", 10, 100, self.east)
        self._buyer("Coast", 10, 100, self.coast)
        for zone, customers in ((self.east, 1), (self.region, 1), (self.north, 0)):
            wizard = self._wizard(zone_ids=[Command.set(zone.ids)])
            self.assertEqual(wizard.customer_count, customers)
        campaign = self._launch(zone_ids=[Command.set(self.region.ids)])
        self.assertEqual(campaign.audience_ids.partner_id, east)
        self.assertEqual(campaign.audience_ids.zone_id, self.east)

    def test_units(self):
        buyer = self._buyer("Both", 10)
        self._invoice(buyer, 500, "2024-12-01", self.tractor)
        wizard = self._wizard(unit_ids=[Command.set(self.unit_machines.ids)])
        self.assertPreview(wizard, billing=500)
        wizard.action_launch()
        self.assertEqual(wizard.campaign_id.audience_ids.billing, 500)

    def test_since(self):
        buyer = self._buyer("Loyal", 10)
        self._invoice(buyer, 500, "2024-06-01")
        wizard = self._wizard(harvest_id=self.winter_24.id)
        self.assertPreview(wizard, billing=500)
        wizard.segmentation_window = "since"
        self.assertPreview(wizard, billing=510)
        wizard.action_launch()
        self.assertEqual(wizard.campaign_id.audience_ids.billing, 510)

    def test_since_tells_in_which_harvests_the_potential_is_not_known(self):
        """Planted in the second of two harvests only: the sum is a lower bound."""
        self._rate(self.maize, 1)
        buyer = self._buyer("Late planter", 10)
        self._invoice(buyer, 500, "2024-06-01")
        self._plant(buyer, self.east, self.maize, 70, self.summer_25)
        other = self._buyer("Early planter", 10)
        self._plant(other, self.east, self.maize, 30, self.winter_24)
        self._plant(other, self.east, self.maize, 30, self.summer_25)
        wizard = self._wizard(harvest_id=self.winter_24.id, window="since")
        self.assertPreview(
            wizard, lower_bound=1, potential=130, unknown_harvests=["Winter 24"]
        )
        self.assertIn("Without known potential", wizard.preview_html)
        wizard.segmentation_window = "in"
        self.assertPreview(wizard, lower_bound=0, unknown_harvests=[])
        self.assertNotIn("is at least this", wizard.preview_html)

    def test_a_missing_rate_makes_a_lower_bound(self):
        buyer = self._buyer("Maize", potential=70)
        self._plant(buyer, self.east, self.maize, 30, self.harvest)
        wizard = self._wizard()
        self.assertPreview(wizard, lower_bound=1, potential=70, unknown_harvests=[])
        self.assertIn("is at least this", wizard.preview_html)
        wizard = self._wizard(partner_domain="[('name', '!=', 'Maize')]")
        self.assertPreview(wizard, in_scope=1, lower_bound=0)

    def test_other_company_is_out_of_scope_and_out_of_reach(self):
        other = self.env["res.company"].create({"name": "Other Dealer"})
        self._buyer("Here", 10)
        wizard = self._wizard()
        wizard.sudo().write(
            {
                "segmentation_company_id": other.id,
                "segmentation_harvest_id": self._harvests(other)[0].id,
            }
        )
        sentence = "belongs to Other Dealer: choose that company"
        with self.assertRefused(sentence):
            wizard.action_launch()
        with self.assertRefused(sentence, AccessError):
            wizard._segmentation_preview()

    # --- extra filter

    def test_extra_filter(self):
        self._buyer("In Montero", 10, city="Montero")
        self._buyer("In Warnes", 10, city="Warnes")
        wizard = self._wizard(partner_domain="[('city', '=', 'Montero')]")
        self.assertEqual(wizard.customer_count, 1)
        self.assertPreview(wizard, in_scope=2)
        wizard.action_launch()
        self.assertEqual(wizard.campaign_id.audience_ids.partner_id.name, "In Montero")

    def test_extra_filter_is_about_the_customer_not_its_contacts(self):
        buyer = self._buyer("Farm", 10, city="Warnes")
        self._contact(buyer, "Ana", city="Montero")
        wizard = self._wizard(partner_domain="[('city', '=', 'Montero')]")
        self.assertEqual(wizard.customer_count, 0)

    def test_extra_filter_that_cannot_be_used(self):
        for domain, sentence in (
            ("[('no_such_field', '=', 1)]", "choose existing fields"),
            ("[('parent_id.no_such_field', '=', 1)]", "choose existing fields"),
            ("[('user_id', '=', uid)]", "plain values"),
            ("[('city', '=', ", "plain values"),
            ("'city'", "plain values"),
            ("[('total_invoiced', '>', 0)]", "may not read|choose existing"),
            ("[('invoice_ids.amount_total', '>', 0)]", "may not read"),
        ):
            with self.subTest(domain=domain):
                wizard = self._wizard(partner_domain=domain)
                self.assertRegex(wizard.problem, sentence)
                with self.assertRefused(sentence):
                    wizard.action_launch()

    # --- set-based

    def test_queries_do_not_grow_with_the_customers(self):
        def queries(call):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            call()
            return self.env.cr.sql_log_count - before

        def counts():
            wizard = self._wizard("free", ((0, False), None))
            self._refresh()
            return [
                queries(lambda: wizard.preview_html),
                queries(wizard.action_launch),
                queries(lambda: wizard.campaign_id.segmentation_gap),
            ]

        self._buyer("First", 0, 100)
        counts()
        few = counts()
        for number in range(100):
            self._buyer(f"Farmer {number}", 0, 100 + number)
        many = counts()
        self.assertEqual(self._wizard().customer_count, 101)
        self.assertLessEqual(many, few)

    @classmethod
    def _contact(cls, customer, name, **values):
        return cls.env["res.partner"].create(
            {"name": name, "parent_id": customer.id, **values}
        )
