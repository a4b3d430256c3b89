from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .condition_common import ConditionCommon


@tagged("post_install", "-at_install")
class TestPurchaseCondition(ConditionCommon):
    """What was bought or not: of what, when, how often, for how much."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.farmer)

    @classmethod
    def _ago(cls, **delta):
        return cls.today - relativedelta(**delta)

    def _bought(self, of="anything", chosen=None, window="ever", **values):
        name = {
            "unit": "unit_ids",
            "category": "category_ids",
            "product": "product_ids",
        }
        what = {name[of]: [Command.set(chosen.ids)]} if chosen else {}
        return {
            "kind": "purchase",
            "purchase_of": of,
            "purchase_window": window,
            **what,
            **values,
        }

    # --- Of what ----------------------------------------------------------------

    def test_anything(self):
        self._invoice(self.ana, 10, "2024-11-15", product=self.other)
        segment = self.assertFinds(self._bought(), self.farmer)
        self.assertEqual(segment.sentence, "Customers: bought something at any time.")
        self.assertEqual(
            self._reason(segment, self.farmer),
            "bought something at any time (1 invoice, $ 10.00, on 11/15/2024)",
        )

    def test_of_a_business_unit(self):
        self._invoice(self.farmer, 10, "2024-11-15")
        self._invoice(self.east_farmer, 10, "2024-11-15", product=self.tractor)
        segment = self.assertFinds(self._bought("unit", self.unit_inputs), self.farmer)
        self.assertEqual(segment.sentence, "Customers: bought Inputs at any time.")
        self.assertFinds(
            self._bought("unit", self.unit_inputs | self.unit_machines),
            self.farmer | self.east_farmer,
        )

    def test_of_a_category_and_those_below_it(self):
        self._invoice(self.farmer, 10, "2024-11-15")
        self._invoice(self.east_farmer, 10, "2024-11-15", product=self.tractor)
        self.assertFinds(self._bought("category", self.inputs), self.farmer)
        self.assertFinds(
            self._bought("category", self.seed_category | self.machines),
            self.farmer | self.east_farmer,
        )

    def test_of_a_product_archived_or_not(self):
        self._invoice(self.farmer, 10, "2024-11-15")
        self._invoice(self.east_farmer, 10, "2024-11-15", product=self.tractor)
        template = self.seed.product_tmpl_id
        template.active = False
        segment = self.assertFinds(self._bought("product", template), self.farmer)
        self.assertEqual(segment.sentence, "Customers: bought Seed at any time.")

    def test_not_bought(self):
        self._invoice(self.farmer, 10, "2024-11-15")
        family = [("id", "in", self._everybody().ids)]
        condition = self._bought("unit", self.unit_inputs, is_negated=True)
        segment = self._segment(condition, family)
        self.assertMembers(segment, self.east_farmer | self.west_farmer)
        self.assertIn("did not buy Inputs at any time", segment.sentence)
        self._invoice(self.east_farmer, 10, "2024-11-15")
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.west_farmer)

    # --- When -------------------------------------------------------------------

    def test_in_the_last_months(self):
        self._invoice(self.farmer, 10, self._ago(months=2))
        self._invoice(self.east_farmer, 10, self._ago(months=2, days=1))
        self._invoice(self.west_farmer, 10, self.today + relativedelta(days=1))
        condition = self._bought(window="last", last_count=2)
        segment = self.assertFinds(condition, self.farmer)
        self.assertIn("in the last 2 months", segment.sentence)
        self.assertTrue(segment.date_next, "days pass without any invoice")

    def test_between_two_dates_both_included(self):
        for customer, date in (
            (self.farmer, "2024-11-01"),
            (self.east_farmer, "2024-11-30"),
            (self.west_farmer, "2024-12-01"),
        ):
            self._invoice(customer, 10, date)
        dates = {"purchase_from": "2024-11-01", "purchase_to": "2024-11-30"}
        segment = self.assertFinds(
            self._bought(window="dates", **dates), self.farmer | self.east_farmer
        )
        self.assertIn("from 11/01/2024 to 11/30/2024", segment.sentence)
        segment = self.assertFinds(
            self._bought(window="dates", purchase_from="2024-11-02"),
            self.east_farmer | self.west_farmer,
        )
        self.assertIn("since 11/02/2024", segment.sentence)
        self.assertFalse(segment.date_next)

    def test_in_a_harvest(self):
        """That of the invoice: one set by hand counts, whatever the date."""
        self._invoice(self.farmer, 10, "2024-11-15")
        moved = self._invoice(self.east_farmer, 10, "2024-11-15")
        moved.segmentation_harvest_id = self.winter_24
        segment = self.assertFinds(self._bought(window="harvest"), self.farmer)
        self.assertIn(
            "bought something in the reference harvest (Summer 24–25)", segment.sentence
        )
        winter = {"harvest_choice": "named", "harvest_id": self.winter_24.id}
        self.assertFinds(self._bought(window="harvest", **winter), self.east_farmer)

    # --- How often, for how much --------------------------------------------------

    def test_at_least_so_often(self):
        for date in ("2024-11-15", "2024-11-15", "2024-12-15"):
            self._invoice(self.farmer, 10, date)
        self._invoice(self.east_farmer, 100, "2024-11-15")
        segment = self.assertFinds(self._bought(purchase_times=3), self.farmer)
        self.assertIn(
            "bought something at any time, at least 3 times", segment.sentence
        )
        self.assertIn(
            "(3 invoices, $ 30.00, the last on 12/15/2024)",
            self._reason(segment, self.farmer),
        )
        self.assertFinds(self._bought(purchase_times=4), self.nobody)

    def test_what_was_credited_was_not_bought(self):
        invoice = self._invoice(self.farmer, 10, "2024-11-15")
        self._invoice(self.farmer, 20, "2024-11-20")
        self._invoice(self.farmer, -10, "2025-06-15", reversed_entry_id=invoice.id)
        half = self._invoice(self.east_farmer, 20, "2024-11-15")
        self._invoice(self.east_farmer, -5, "2024-11-16", reversed_entry_id=half.id)
        self._invoice(self.west_farmer, -5, "2024-11-16")
        self.assertFinds(self._bought(), self.farmer | self.east_farmer)
        self.assertFinds(self._bought(purchase_times=2), self.nobody)
        self.assertFinds(
            self._bought(window="dates", purchase_to="2024-11-15"), self.east_farmer
        )
        self.assertFinds(self._bought(window="harvest", purchase_times=2), self.nobody)

    def test_at_least_for_an_amount(self):
        """What was billed in the window, credit notes by their own date."""
        self._invoice(self.farmer, 100, "2024-11-15")
        self._invoice(self.farmer, -30, "2024-12-15")
        self._invoice(self.farmer, -30, "2025-06-15")
        condition = self._bought(window="harvest", purchase_amount=70)
        segment = self.assertFinds(condition, self.farmer)
        self.assertIn("(Summer 24–25), for at least $ 70.00", self._sentence(segment))
        self.assertFinds({**condition, "purchase_amount": 70.01}, self.nobody)
        self.assertFinds(self._bought(purchase_amount=40.01), self.nobody)
        both = {"purchase_amount": 40, "purchase_times": 2}
        segment = self.assertFinds(self._bought(**both), self.nobody)
        self.assertIn("at least 2 times and for at least $ 40", self._sentence(segment))

    def test_a_credit_note_lowers_the_amount_of_its_own_date(self):
        old = self._invoice(self.farmer, 100, "2023-11-15")
        self._invoice(self.farmer, 50, "2024-11-15")
        self._invoice(self.farmer, -30, "2024-12-15", reversed_entry_id=old.id)
        condition = self._bought(window="harvest", purchase_amount=20)
        segment = self.assertFinds(condition, self.farmer)
        self.assertIn("(1 invoice, $ 20.00, on", self._reason(segment, self.farmer))
        self.assertFinds({**condition, "purchase_amount": 20.01}, self.nobody)
        self.assertFinds(
            {**condition, "harvest_choice": "before", "purchase_amount": 100},
            self.farmer,
        )

    def test_amounts_are_in_company_currency(self):
        gold = self.setup_other_currency("EUR", rates=[("2024-01-01", 2)])
        self._invoice(self.farmer, 100, "2024-11-15", currency_id=gold.id)
        self.assertFinds(self._bought(purchase_amount=50), self.farmer)
        self.assertFinds(self._bought(purchase_amount=50.01), self.nobody)

    def test_drafts_are_no_purchases(self):
        self._invoice(self.farmer, 10, "2024-11-15", post=False)
        self.assertFinds(self._bought(), self.nobody)

    # --- Whose ------------------------------------------------------------------

    def test_holds_for_the_contacts_of_the_customer(self):
        self._invoice(self.ana, 10, "2024-11-15")
        self.assertFinds(self._bought(), self.farmer | self.ana, level="contact")

    def test_each_company_has_its_own_invoices_and_currency(self):
        other = self._other_company()
        self._other_invoice(self.farmer, 10, "2024-11-15")
        self.assertFinds(self._bought(), self.nobody)
        segment = self.assertFinds(self._bought(), self.farmer, company_id=other.id)
        self.assertIn("1 invoice, £ 10.00", self._reason(segment, self.farmer))

    def test_enters_as_invoices_are_posted_and_leaves_as_they_are_cancelled(self):
        segment = self.assertFinds(self._bought(), self.nobody)
        invoice = self._invoice(self.farmer, 10, "2024-11-15")
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.farmer)
        invoice.button_draft()
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.nobody)

    def test_says_what_to_change(self):
        for values, sentence in (
            ({"purchase_of": "unit"}, "Choose what was bought"),
            ({"purchase_of": "category"}, "Choose what was bought"),
            ({"purchase_of": "product"}, "Choose what was bought"),
            ({"purchase_of": False}, "Choose what was bought"),
            ({"purchase_times": 0}, "at least once: put 1 or more"),
            ({"last_count": 0}, "1 to 1000"),
            ({"last_count": 10**9}, "1 to 1000"),
            ({"purchase_window": "dates"}, "first or the last day"),
            (
                {
                    "purchase_window": "dates",
                    "purchase_from": "2024-11-02",
                    "purchase_to": "2024-11-01",
                },
                "11/02/2024, is after the last one, 11/01/2024",
            ),
            (
                {"purchase_window": "harvest", "harvest_choice": "named"},
                "Choose the harvest",
            ),
        ):
            with self.assertRaisesRegex(ValidationError, sentence):
                self._segment({"kind": "purchase", **values})
