from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RelationCommon


@tagged("post_install", "-at_install")
class TestInferredRelation(RelationCommon):
    """What invoices and opportunities say of a customer."""

    def test_recent_purchase_makes_a_customer(self):
        self._invoice(self.farmer, 10, self._ago(months=12))
        self.assertEqual(
            self._relations(self.farmer),
            {self.unit_inputs: "customer", self.whole: "customer"},
        )

    def test_a_day_later_an_ex_customer(self):
        self._invoice(self.farmer, 10, self._ago(months=12, days=1))
        self.assertEqual(
            self._relations(self.farmer),
            {self.unit_inputs: "ex_customer", self.whole: "ex_customer"},
        )

    def test_active_months_stay_in_the_calendar(self):
        for record, name in (
            (self.unit_machines, "active_months"),
            (self.company, "segmentation_active_months"),
        ):
            record[name] = 1000
            self._relations(self.farmer)
            for months in (0, 99999):
                with (
                    self.subTest(name, months=months),
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(CheckViolation),
                    self.cr.savepoint(),
                ):
                    record[name] = months
                    self.env.flush_all()

    def test_each_unit_has_its_own_active_months(self):
        self._invoice(self.farmer, 10, self._ago(months=13))
        self._invoice(self.farmer, 10, self._ago(months=13), product=self.tractor)
        self.unit_machines.active_months = 36
        self.assertEqual(
            self._relations(self.farmer),
            {
                self.unit_inputs: "ex_customer",
                self.unit_machines: "customer",
                self.whole: "customer",
            },
        )
        self.unit_machines.active_months = 12
        self.assertEqual(self._relations(self.farmer)[self.whole], "ex_customer")
        self.company.segmentation_active_months = 13
        self.assertEqual(
            self._relations(self.farmer),
            {
                self.unit_inputs: "ex_customer",
                self.unit_machines: "ex_customer",
                self.whole: "customer",
            },
        )

    def test_what_no_unit_claims_counts_for_the_whole_alone(self):
        self._invoice(self.farmer, 10, self.today, product=self.other)
        self.assertEqual(self._relations(self.farmer), {self.whole: "customer"})

    def test_purchases_of_contacts_are_the_customers(self):
        contact = self.env["res.partner"].create(
            {"name": "Ana", "parent_id": self.farmer.id}
        )
        self._invoice(contact, 10, self.today)
        self.assertFalse(self._rows(contact))
        self.assertEqual(self._relations(self.farmer)[self.unit_inputs], "customer")

    def test_dates_and_billing_of_the_row(self):
        self.company.segmentation_harvest_id = self.summer_25
        self._invoice(self.farmer, 10, "2024-11-15")
        self._invoice(self.farmer, 5, "2024-12-15", product=self.tractor)
        self._invoice(self.farmer, -3, "2025-01-15")
        self._invoice(self.farmer, 7, "2025-06-15")
        self._refresh()
        day = fields.Date.to_date
        self.assertEqual(
            {
                row.unit_id: (row.date_first, row.date_last, row.billed)
                for row in self._rows(self.farmer)
            },
            {
                self.whole: (day("2024-11-15"), day("2025-06-15"), 12),
                self.unit_inputs: (day("2024-11-15"), day("2025-06-15"), 7),
                self.unit_machines: (day("2024-12-15"), day("2024-12-15"), 5),
            },
        )

    def test_another_reference_harvest_is_another_billing(self):
        self._invoice(self.farmer, 10, "2024-11-15")
        self.company.segmentation_harvest_id = self.summer_25
        self.assertEqual(self._row(self.farmer, self.unit_inputs).billed, 10)
        self.company.segmentation_harvest_id = self.winter_24
        self.assertEqual(self._row(self.farmer, self.unit_inputs).billed, 0)

    # --- What happens to invoices -----------------------------------------------

    def test_draft_invoice_says_nothing(self):
        move = self._invoice(self.farmer, 10, self.today)
        self.assertTrue(self._rows(self.farmer))
        move.button_draft()
        self.assertFalse(self._rows(self.farmer))
        self.assertEqual(self.farmer.segmentation_relation, "unknown")

    def test_credited_invoice_is_no_purchase(self):
        old = self._invoice(self.farmer, 10, self._ago(years=2))
        new = self._invoice(self.farmer, 20, self._ago(days=3))
        self.assertEqual(self._relations(self.farmer)[self.unit_inputs], "customer")
        self._reverse(new)
        row = self._row(self.farmer, self.unit_inputs)
        self.assertEqual(row.relation, "ex_customer")
        self.assertEqual(row.date_last, old.invoice_date)
        self._reverse(old)
        self.assertFalse(self._rows(self.farmer))

    def test_part_of_a_purchase_credited_stays_one(self):
        move = self._invoice(self.farmer, 20, self.today)
        self._invoice(self.farmer, -5, self.today, reversed_entry_id=move.id)
        self.assertEqual(self._relations(self.farmer)[self.unit_inputs], "customer")

    def test_credit_note_of_its_own_takes_no_purchase_away(self):
        self._invoice(self.farmer, 20, self.today)
        self._invoice(self.farmer, -50, self.today)
        self.assertEqual(self._relations(self.farmer)[self.unit_inputs], "customer")

    def test_lone_credit_note_is_no_purchase(self):
        self._invoice(self.farmer, -50, self.today)
        self.assertFalse(self._rows(self.farmer))

    def _reverse(self, move):
        wizard = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        wizard.create({"journal_id": move.journal_id.id}).reverse_moves(is_modify=False)
        move.reversal_move_ids.action_post()

    def test_history_follows_the_contact(self):
        contact = self.env["res.partner"].create(
            {"name": "Ana", "parent_id": self.farmer.id}
        )
        self._invoice(contact, 10, self.today)
        other = self._customer("Other")
        self._refresh()
        contact.parent_id = other
        self.assertEqual(self._relations(other)[self.unit_inputs], "customer")
        self.assertFalse(self._rows(self.farmer))

    # --- Opportunities ----------------------------------------------------------

    def test_open_opportunity_makes_a_prospect(self):
        lead = self._opportunity(self.farmer, self.unit_inputs)
        self.assertEqual(
            self._relations(self.farmer),
            {self.unit_inputs: "prospect", self.whole: "prospect"},
        )
        lead.action_set_lost()
        self.assertFalse(self._rows(self.farmer))
        lead.action_unarchive()
        self.assertEqual(self._relations(self.farmer)[self.whole], "prospect")
        lead.action_set_won()
        self.assertFalse(self._rows(self.farmer))

    def test_opportunity_of_a_contact_without_unit(self):
        contact = self.env["res.partner"].create(
            {"name": "Ana", "parent_id": self.farmer.id}
        )
        lead = self._opportunity(contact)
        self.assertEqual(self._relations(self.farmer), {self.whole: "prospect"})
        lead.unlink()
        self.assertFalse(self._rows(self.farmer))

    def test_archived_opportunity_is_not_open(self):
        """Archived is not lost: Odoo takes such an opportunity for pending."""
        lead = self._opportunity(self.farmer, self.unit_inputs, probability=50)
        self.assertTrue(self._rows(self.farmer))
        lead.active = False
        self.assertEqual(lead.won_status, "pending")
        self.assertFalse(self._rows(self.farmer))

    def test_lead_is_no_opportunity_yet(self):
        lead = self._opportunity(self.farmer, self.unit_inputs, type="lead")
        self._invoice(self.farmer, 10, self.today, product=self.tractor)
        self.assertEqual(
            self._relations(self.farmer),
            {self.unit_machines: "customer", self.whole: "customer"},
        )
        lead.convert_opportunity(self.farmer)
        self.assertEqual(self._relations(self.farmer)[self.unit_inputs], "prospect")

    def test_ex_customer_with_an_opportunity_stays_one(self):
        self._invoice(self.farmer, 10, self._ago(years=2))
        self._opportunity(self.farmer, self.unit_inputs)
        self._opportunity(self.farmer, self.unit_machines)
        self.assertEqual(
            self._relations(self.farmer),
            {
                self.unit_inputs: "ex_customer",
                self.unit_machines: "prospect",
                self.whole: "ex_customer",
            },
        )

    def test_opportunity_without_company_counts_in_each(self):
        other = self.setup_other_company(name="Second")["company"]
        self._opportunity(self.farmer, company_id=False)
        self.assertEqual(self._relations(self.farmer), {self.whole: "prospect"})
        self.assertEqual(self._rows(self.farmer, other).relation, "prospect")

    def test_opportunity_without_company_counts_where_its_unit_is(self):
        other = self.setup_other_company(name="Second")["company"]
        self._opportunity(self.farmer, self.unit_inputs, company_id=False)
        self.unit_inputs.company_id = self.company
        self.assertTrue(self._rows(self.farmer))
        self.assertFalse(self._rows(self.farmer, other))

    def test_each_company_has_its_own_relations(self):
        other = self.setup_other_company(name="Second")["company"]
        self._invoice(self.farmer, 10, self.today)
        self.assertFalse(self._rows(self.farmer, other))
        self.assertTrue(self._rows(self.farmer))

    # --- Time -------------------------------------------------------------------

    def test_the_daily_job_finds_who_stopped_buying(self):
        self._invoice(self.farmer, 10, self.today)
        self._invoice(self._customer("Loyal"), 10, self.today)
        self._refresh()
        self.env.cr.execute(
            "UPDATE segmentation_relation SET date_last = date_last - 400 "
            "WHERE partner_id = %s",
            [self.farmer.id],
        )
        self.env["segmentation.relation"]._cron_mark_due()
        self.env.cr.execute(
            "SELECT company, partner FROM segmentation_refresh_mark WHERE company = %s",
            [self.company.id],
        )
        self.assertEqual(self.env.cr.fetchall(), [(self.company.id, self.farmer.id)])

    # --- Changes ----------------------------------------------------------------

    def test_changes_are_noted(self):
        lead = self._opportunity(self.farmer, self.unit_inputs)
        self._refresh()
        self._invoice(self.farmer, 10, self.today)
        self._refresh()
        lead.unlink()
        self._refresh()
        self.assertCountEqual(
            self._changes(self.farmer),
            [
                (self.unit_inputs, "unknown", "prospect"),
                (self.whole, "unknown", "prospect"),
                (self.unit_inputs, "prospect", "customer"),
                (self.whole, "prospect", "customer"),
            ],
        )
        found = self.env["segmentation.change"].search(
            [("partner_id", "=", self.farmer.id), ("kind", "=", "relation")]
        )
        self.assertFalse(found.user_id, "found by the job, said by nobody")

    def test_first_fill_notes_nothing(self):
        refresh = self.env["segmentation.refresh"]._of(self.company)
        refresh.date_fresh = False
        self._invoice(self.farmer, 10, self.today)
        self._refresh()
        self.assertFalse(self._changes(self.farmer))

    def test_nothing_is_written_where_nothing_changed(self):
        self._invoice(self.farmer, 10, self.today)
        self._refresh()
        self.env.cr.execute("SELECT id, xmin::text FROM segmentation_relation")
        before = self.env.cr.fetchall()
        self.env["segmentation.refresh"]._mark_companies(self.company)
        self._refresh()
        self.env.cr.execute("SELECT id, xmin::text FROM segmentation_relation")
        self.assertEqual(self.env.cr.fetchall(), before)
