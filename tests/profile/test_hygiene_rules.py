from datetime import timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .hygiene_common import HygieneCommon

LOGGER = "odoo.addons.agro_segmentation.models.profile.hygiene_rule"
BATCH = "odoo.addons.agro_segmentation.models.profile.hygiene_rule.BATCH"


@tagged("post_install", "-at_install")
class TestHygieneFindings(HygieneCommon):
    """What each rule finds, and what it leaves alone."""

    def assertFound(self, kind, *partners):
        """Of the partners made by the test, the rule flags these."""
        made = self.env["res.partner"].search([("id", ">=", self.farmer.id)])
        self.assertEqual(
            self._found(kind) & made, self.env["res.partner"].union(*partners)
        )

    # --- Addresses --------------------------------------------------------------

    def test_nobody_can_reach_a_customer(self):
        by_mail = self._customer("Mail", email="a@example.com")
        by_phone = self._customer("Phone", phone="+591 70000401")
        by_contact = self._customer("Contact")
        self._person("Ana", by_contact, email="ana@example.com")
        wrong = self._customer("Wrong", email="at example", phone="12")
        self.assertFound("no_address", self.farmer, wrong)
        self.assertFalse(self._found("no_address") & (by_mail | by_phone | by_contact))

    def test_archived_contacts_reach_nobody(self):
        ana = self._person("Ana", self.farmer, email="ana@example.com")
        self.assertFound("no_address")
        ana.active = False
        self.assertFound("no_address", self.farmer)

    def test_contacts_of_a_customer_need_no_address(self):
        self.farmer.email = "a@example.com"
        self._person("Foreman", self.farmer)
        self.assertFound("no_address")

    def test_bounced_says_the_counter(self):
        self.farmer.write({"email": "a@example.com", "message_bounce": 1})
        self.assertFound("bounced", self.farmer)
        self.assertEqual(
            self._flag("bounced", self.farmer).description,
            "E-mails to a@example.com come back.",
        )
        self.farmer._message_reset_bounce("a@example.com")
        self.assertFound("bounced")

    def _trace(self, status, email="a@example.com"):
        self.env["mailing.trace"].create(
            {
                "model": "res.partner",
                "res_id": self.farmer.id,
                "email": email,
                "trace_status": status,
            }
        )

    def test_bounced_says_the_last_mailing(self):
        self.farmer.email = "A@example.com"
        self._trace("bounce")
        self._trace("cancel")
        self._trace("error")
        self.assertFound("bounced", self.farmer)
        self._trace("sent")
        self.assertFound("bounced")

    def test_a_new_address_did_not_bounce(self):
        self.farmer.email = "new@example.com"
        self._trace("bounce")
        self.assertFound("bounced")

    def test_invalid_email(self):
        self.farmer.email = "farmer at example.com"
        self._customer("Right", email="Right <right@example.com>")
        self.assertFound("invalid_email", self.farmer)
        self.assertEqual(
            self._flag("invalid_email", self.farmer).description,
            "“farmer at example.com” is no e-mail address.",
        )

    def test_invalid_phone(self):
        wrong = self._person("Wrong", phone="7000")
        self._person("Right", phone="70000401")
        self.assertFound("invalid_phone", wrong)
        wrong.phone = "70000402"
        self.assertFound("invalid_phone")

    # --- Silence ----------------------------------------------------------------

    def _age(self, partner, **delta):
        """Let the contact be in the database for so long."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET create_date = %s WHERE id = %s",
                fields.Datetime.now() - relativedelta(**delta),
                partner.id,
            )
        )
        partner.invalidate_recordset()

    def test_months_stay_in_the_calendar(self):
        rule = self._rule("inactive")
        rule.months = 1000
        self.assertFound("inactive", self.env["res.partner"])
        for months in (0, 99999):
            with (
                self.subTest(months=months),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.cr.savepoint(),
            ):
                rule.months = months
                self.env.flush_all()

    def test_silent_for_so_many_months(self):
        self._age(self.farmer, months=30)
        today = fields.Date.context_today(self.farmer)
        self.assertFound("inactive", self.farmer)
        self.assertEqual(
            self._flag("inactive", self.farmer).description,
            "Never bought, no contact.",
        )
        contact = self._person("Ana", self.farmer)
        self._invoice(contact, 10, today - relativedelta(months=24, days=1))
        self.assertFound("inactive", self.farmer)
        self.assertIn("Last bought on", self._flag("inactive", self.farmer).description)
        self._invoice(contact, 10, today - relativedelta(months=24))
        self.assertFound("inactive")

    def test_who_was_in_touch_is_not_silent(self):
        self._age(self.farmer, months=30)
        now = fields.Datetime.now()
        meeting = self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": now - relativedelta(months=23),
                "stop": now - relativedelta(months=23),
                "partner_ids": [(6, 0, self._person("Ana", self.farmer).ids)],
            }
        )
        self.assertFound("inactive")
        meeting.write(
            {
                "start": now - relativedelta(months=25),
                "stop": now - relativedelta(months=25),
            }
        )
        self.assertFound("inactive", self.farmer)
        self.assertRegex(
            self._flag("inactive", self.farmer).description,
            "Never bought, last contact on .*",
        )

    def test_credit_notes_and_drafts_are_no_purchase(self):
        self._age(self.farmer, months=30)
        today = fields.Date.context_today(self.farmer)
        self._invoice(self.farmer, -10, today)
        self._invoice(self.farmer, 10, today, post=False)
        self.assertFound("inactive", self.farmer)

    def test_what_was_wholly_credited_is_no_purchase(self):
        self._age(self.farmer, months=30)
        today = fields.Date.context_today(self.farmer)
        invoice = self._invoice(self.farmer, 10, today)
        self.assertFound("inactive")
        self._invoice(self.farmer, -10, today, reversed_entry_id=invoice.id)
        self.assertFound("inactive", self.farmer)

    def test_new_contacts_are_not_silent(self):
        self._age(self.farmer, months=23)
        self.assertFound("inactive")

    def test_who_is_being_offered_something_is_not_silent(self):
        self._age(self.farmer, months=30)
        lead = self.env["crm.lead"].create(
            {"name": "Offer", "type": "opportunity", "partner_id": self.farmer.id}
        )
        self.assertFound("inactive")
        lead.action_set_lost()
        self.assertFound("inactive", self.farmer)

    def test_suppliers_are_not_silent(self):
        self._age(self.farmer, months=30)
        self.farmer.supplier_rank = 1
        self.assertFound("inactive")

    # --- Duplicates -------------------------------------------------------------

    def test_one_tax_id(self):
        twin = self._customer("Twin", vat="12 34-A")
        self.farmer.vat = "1234a"
        self._person("Ana", twin)
        self._customer("Other", vat="99")
        self._customer("Not subject", vat="/")
        self._customer("Not subject either", vat="/")
        self.assertFound("duplicate_vat", self.farmer, twin)
        self.assertEqual(
            self._flag("duplicate_vat", self.farmer).description,
            "Shares “1234A” with: Twin",
        )

    def test_one_email_address(self):
        self.farmer.email = "Info@example.com"
        twin = self._customer("Twin", email="info@EXAMPLE.com")
        self.assertFound("duplicate_email", self.farmer, twin)

    def test_one_phone_however_written(self):
        self.farmer.write({"country_id": self.country.id, "phone": "70000401"})
        twin = self._person("Twin", phone="+591 700-00401")
        self.assertFound("duplicate_phone", self.farmer, twin)

    def test_no_duplicate_of_its_own_company(self):
        self.farmer.phone = "+591 70000401"
        self._person("Ana", self.farmer, phone="+591 70000401")
        self._person(self.farmer.name, self.farmer, phone="+591 70000401")
        self.assertFound("duplicate_phone")

    def test_people_of_one_customer_share_a_line(self):
        ana = self._person("Ana Peña", self.farmer, phone="+591 70000401")
        self._person("Eva", self.farmer, phone="+591 70000401")
        self.assertFound("duplicate_phone")
        again = self._person("ana pena", self.farmer, phone="+591 70000401")
        self.assertFound("duplicate_phone", ana, again)

    def test_one_name_in_one_place(self):
        self.farmer.city = "Pailón"
        twin = self._customer("AGRO-NORTE ", city="pailon")
        self._customer("Agro Norte", city="Montero")
        self._customer("Agro Norte")
        self.assertFound("duplicate_name", self.farmer, twin)

    def test_an_address_of_many_is_no_sign(self):
        many = self.env["res.partner"].create(
            [{"name": f"C{n}", "email": "shop@example.com"} for n in range(20)]
        )
        self.assertFound("duplicate_email", *many)
        self.farmer.email = "shop@example.com"
        self.assertFound("duplicate_email")

    # --- Whom -------------------------------------------------------------------

    def test_whom_no_rule_concerns(self):
        seller = self._seller("seller")
        archived = self._customer("Archived", active=False)
        address = self._person("Silo", self.farmer, type="delivery")
        partners = seller.partner_id | archived | address | self.company.partner_id
        partners.email = "nobody"
        self.assertFound("invalid_email")

    def test_only_contacts_that_meet_the_conditions(self):
        self.farmer.email = "nobody"
        other = self._customer("Other", email="nobody")
        rule = self._rule("invalid_email")
        rule.partner_domain = "[('name', '=', 'Other')]"
        self.assertFound("invalid_email", other)


@tagged("post_install", "-at_install")
class TestHygieneCheck(HygieneCommon):
    """How rules are checked: in batches, by the job, one error stopping no other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wrong = cls.env["res.partner"].create(
            [{"name": f"C{n}", "email": "nobody"} for n in range(3)]
        )
        cls.rule = cls._rule("invalid_email")

    def _run_job(self):
        with self.enter_registry_test_mode():
            cron = self.env.ref("agro_segmentation.hygiene_cron")
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_a_flag_keeps_its_date(self):
        flag = self._flag("invalid_email", self.wrong[0])
        flag.sudo().since = yesterday = flag.since - timedelta(days=1)
        self.wrong[0].email = "nobody either"
        self.assertEqual(self._flag("invalid_email", self.wrong[0]), flag)
        self.assertEqual((flag.since, flag.value), (yesterday, "nobody either"))

    def test_nothing_new_writes_nothing(self):
        flag = self._flag("invalid_email", self.wrong[0])
        self.env.cr.execute(
            SQL("SELECT xmin FROM segmentation_hygiene_flag WHERE id = %s", flag.id)
        )
        before = self.env.cr.fetchall()
        with self.assertQueryCount(20):
            self.rule.action_check_now()
        self.env.cr.execute(
            SQL("SELECT xmin FROM segmentation_hygiene_flag WHERE id = %s", flag.id)
        )
        self.assertEqual(self.env.cr.fetchall(), before)

    def test_queries_do_not_grow_with_contacts(self):
        self.rule.action_check_now()
        counts = []
        for number in (1, 100):
            self.env["res.partner"].create(
                [{"name": f"N{n}", "email": "nobody"} for n in range(number)]
            )
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.rule._step()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_batches_resume(self):
        self.startPatcher(patch(BATCH, 1))
        self.rule.last_partner = self.wrong[0].id - 1
        for partner in self.wrong:
            self.assertTrue(self.rule._step())
            self.assertEqual(self.rule.last_partner, partner.id)
        self.assertFalse(self.rule._step())
        self.assertFalse(self.rule.last_error)
        flagged = self.flags.search([("rule_id", "=", self.rule.id)]).partner_id
        self.assertEqual(flagged & self.wrong, self.wrong)

    def test_check_now_leaves_the_rest_to_the_job(self):
        self.startPatcher(patch(BATCH, 1))
        self.rule.action_check_now()
        self.assertGreaterEqual(self.rule.last_partner, 0)
        self.assertIn(self.rule, self.rule._due())

    def test_the_job_checks_what_is_due(self):
        rules = self.rule.search([])
        rules.date_checked = fields.Datetime.now()
        self.assertFalse(rules._due())
        self.rule.date_checked -= timedelta(hours=13)
        self._run_job()
        self.assertEqual(
            self.flags.search([]).rule_id,
            self.rule,
        )
        self.assertEqual(self.rule.last_partner, -1)
        self.assertFalse(rules._due())

    @mute_logger(LOGGER)
    def test_an_error_stops_one_rule_and_shows_on_it(self):
        broken = self._rule("no_address")
        self.env.cr.execute(
            SQL(
                "UPDATE segmentation_hygiene_rule SET partner_domain = %s "
                "WHERE id = %s",
                "[('no_such_field', '=', 1)]",
                broken.id,
            )
        )
        broken.invalidate_recordset()
        self._run_job()
        self.assertIn("no_such_field", broken.last_error)
        self.assertFalse((self.rule.search([]) - broken).filtered("last_error"))
        self.assertTrue(self.flags.search([("rule_id", "=", self.rule.id)]))
        self.assertFalse(broken._due())
        broken.partner_domain = "[]"
        broken.action_check_now()
        self.assertFalse(broken.last_error)

    def test_an_archived_rule_flags_nobody(self):
        self.rule.action_check_now()
        self.rule.active = False
        self.assertFalse(self.flags.search([("rule_id", "=", self.rule.id)]))
        self._run_job()
        self.assertFalse(self.flags.search([("rule_id", "=", self.rule.id)]))

    def test_a_changed_rule_is_checked_anew(self):
        rules = self.rule.search([])
        rules.date_checked = fields.Datetime.now()
        self.rule.name = "Renamed"
        self.assertFalse(rules._due())
        self.rule.partner_domain = "[('is_company', '=', True)]"
        self.assertEqual(rules._due(), self.rule)

    def test_bad_conditions_are_refused(self):
        for domain in (
            "[('no_such_field', '=', 1)]",
            "[('create_date', '<', 'today -999999d')]",
            "[('create_date', '<', 'today +9999999999d')]",
            "nonsense",
            "[1]",
        ):
            with self.subTest(domain=domain):
                with self.assertRaisesRegex(ValidationError, "cannot be used"):
                    self.rule.partner_domain = domain

    def test_only_administrators_configure(self):
        rule = self.rule.with_user(self._seller("seller"))
        self.assertTrue(rule.name)
        for attempt in (
            lambda: rule.write({"name": "Mine"}),
            rule.action_check_now,
            rule.unlink,
        ):
            with self.assertRaises(AccessError):
                attempt()
