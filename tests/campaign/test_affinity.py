from datetime import timedelta
from fractions import Fraction

from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.agro_segmentation.engine import association

from ..position.test_agreement import CHECKS, RolledBack
from .test_tactic import TODAY, TacticCommon


@tagged("post_install", "-at_install")
class TestAffinity(TacticCommon):
    """What sells together, found from invoices, and made a campaign."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.segmentation_affinity_support = 10
        # who bought seed, tractors and advice: ab ab ab a a b c
        things = ("st", "st", "st", "s", "s", "t", "a")
        products = {"s": cls.seed, "t": cls.tractor, "a": cls.other}
        cls.buyers = cls.env["res.partner"]
        for number, bought in enumerate(things):
            buyer = cls._buyer(f"Buyer {number}")
            cls.buyers |= buyer
            for thing in bought:
                cls._sell(buyer, ("2024-11-10", 100), product=products[thing])

    def _find(self):
        self.env["segmentation.affinity"]._find(self.company)
        return self.env["segmentation.affinity"].search([])

    def _of(self, level):
        return self._find().filtered(lambda rule: rule.level == level)

    def test_units_with_their_measures(self):
        rules = self._of("unit").sorted("candidates", reverse=True)
        # advice is of no unit: six customers bought of any
        self.assertRecordValues(
            rules,
            [
                {
                    "unit_id": self.unit_inputs.id,
                    "offer_unit_id": self.unit_machines.id,
                    "customers": 3,
                    "candidates": 2,
                    "support": 3 / 6,
                    "confidence": 3 / 5,
                    "lift": 0.9,
                },
                {
                    "unit_id": self.unit_machines.id,
                    "offer_unit_id": self.unit_inputs.id,
                    "customers": 3,
                    "candidates": 1,
                    "support": 3 / 6,
                    "confidence": 3 / 4,
                    "lift": 0.9,
                },
            ],
        )
        self.assertEqual((rules[0].bought, rules[0].offer), ("Inputs", "Machines"))
        self.assertIn("2 customers do not yet", rules[0].display_name)

    def test_of_a_category_is_what_is_of_those_below_it(self):
        rules = self._of("category")
        pairs = {(rule.category_id, rule.offer_category_id) for rule in rules}
        inputs = (self.seed_category, self.inputs)
        self.assertEqual(
            pairs,
            {(own, self.machines) for own in inputs}
            | {(self.machines, other) for other in inputs},
        )
        self.assertEqual(set(rules.mapped("support")), {3 / 7})

    def test_found_again_it_is_the_same_row_with_other_numbers(self):
        rules = self._of("unit")
        self._sell(self.buyers[3], ("2024-11-10", 100), product=self.tractor)
        self.assertEqual(self._of("unit"), rules)
        self.assertEqual(set(rules.mapped("customers")), {4})

    def test_what_is_rare_is_not_shown(self):
        self.company.segmentation_affinity_support = 50
        self.assertTrue(self._of("unit"))
        self.assertFalse(self._of("category"))
        self.company.segmentation_affinity_support = 50.1
        self.assertFalse(self._find())

    def test_what_is_credited_or_long_ago_does_not_count(self):
        self.company.segmentation_affinity_months = 3
        self.assertFalse(self._find())
        self.company.segmentation_affinity_months = 24
        invoices = self.env["account.move"].search(
            [("partner_id", "in", self.buyers[:2].ids)]
        )
        for invoice in invoices:
            self._invoice(
                invoice.partner_id,
                -100,
                "2024-12-01",
                invoice.invoice_line_ids.product_id,
                reversed_entry_id=invoice.id,
            )
        self.assertEqual(set(self._of("unit").mapped("customers")), {1})

    def test_a_unit_is_bought_by_what_is_left_of_all_its_categories(self):
        """An invoice that another category of the unit was credited by in full."""
        other = self.env["product.product"].create(
            {"name": "Fertiliser", "categ_id": self.inputs.id}
        )
        for invoice in self.env["account.move"].search(
            [
                ("partner_id", "=", self.buyers[0].id),
                ("invoice_line_ids.product_id", "=", self.seed.id),
            ]
        ):
            self._invoice(
                invoice.partner_id,
                -100,
                "2024-12-01",
                other,
                reversed_entry_id=invoice.id,
            )
        self.assertEqual(set(self._of("unit").mapped("customers")), {2})
        seed = self._of("category").filtered(
            lambda rule: rule.category_id == self.seed_category
        )
        self.assertEqual(seed.customers, 3)

    def test_it_becomes_a_campaign(self):
        rule = self._of("unit").sorted("candidates")[-1]
        action = rule.with_user(self.marketing).action_campaign()
        wizards = self.env["segmentation.campaign.wizard"].with_user(self.marketing)
        wizards = wizards.with_context(**action["context"])
        wizard = wizards.create(wizards.default_get(list(wizards._fields)))
        self.assertEqual(wizard.preview["customers"], rule.candidates)
        wizard.action_launch()
        self.assertEqual(
            wizard.campaign_id.audience_ids.partner_id, self.buyers[3] | self.buyers[4]
        )

    def test_the_wizard_takes_a_suggestion(self):
        rule = self._of("unit").sorted("candidates")[-1]
        with self._form() as form:
            form.segmentation_tactic = "cross_selling"
            self.assertIn("Choose what they bought", form.problem)
            form.tactic_affinity_id = rule
            self.assertEqual(form.tactic_offer_unit_id, self.unit_machines)
            self.assertEqual(form.customer_count, 2)

    def test_only_marketing_computes_and_of_own_companies(self):
        other = self.setup_other_company(name="Second")["company"]
        affinity = self.env["segmentation.affinity"]
        self._find()
        with self.assertRaises(AccessError):
            affinity.with_user(self.salesman).action_find()
        with self.assertRaises(AccessError):
            affinity.with_user(self.salesman).search([])
        found = affinity.with_user(self.marketing).with_company(self.company)
        found.action_find()
        self.assertTrue(found.search([]))
        self.marketing.write({"company_ids": other.ids, "company_id": other.id})
        self.assertFalse(affinity.with_user(self.marketing).search([]))

    def test_the_job_finds_it_in_every_company(self):
        with self.enter_registry_test_mode():
            self.env.ref("agro_segmentation.affinity_cron").method_direct_trigger()
        self.assertTrue(self.env["segmentation.affinity"].search([]))

    def test_settings_out_of_reach_are_refused(self):
        for values in (
            {"segmentation_affinity_support": 101},
            {"segmentation_affinity_support": -1},
            {"segmentation_affinity_months": 0},
            {"segmentation_affinity_months": 99999},
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.cr.savepoint(),
            ):
                self.company.write(values)
                self.env.flush_all()


@tagged("post_install", "-at_install")
class TestAffinityAgrees(RolledBack, TacticCommon):
    """SQL finds what ``engine.association`` finds in the same invoices."""

    @given(data=st.data())
    @settings(CHECKS, max_examples=12)
    @freeze_time(TODAY)
    def test_rules_are_those_of_the_engine(self, data):
        with self.example():
            products = (self.seed, self.tractor, self.other)
            customers = [self._customer(f"Buyer {number}") for number in range(5)]
            sale = st.tuples(
                st.sampled_from(customers),
                st.sampled_from(products),
                st.sampled_from((1, 89, 95, -1)),
                st.booleans(),
            )
            sales = data.draw(st.lists(sale, max_size=12))
            percent = data.draw(st.sampled_from((0, 20, 25, 40, 60, 100)))
            self.company.segmentation_affinity_months = 3
            self.company.segmentation_affinity_support = percent
            baskets = self._bill(sales)
            expected = association.rules(baskets, Fraction(percent, 100))
            self.env["segmentation.affinity"]._find(self.company)
            found = self.env["segmentation.affinity"].search(
                [("level", "=", "category")]
            )
            self.assertEqual(
                {self._by_sql(rule) for rule in found},
                {
                    self._by_engine(rule)
                    for rule in expected
                    if {rule.bought, rule.offer}
                    != {self.seed_category.id, self.inputs.id}
                },
            )

    def _bill(self, sales):
        """Invoice and credit; return {customer: categories that it bought and kept}.

        ``age`` in days: 3 months before 15 February are 92 days.
        """
        baskets = {}
        for customer, product, age, is_credited in sales:
            day = TODAY - timedelta(days=age)
            invoice = self._invoice(customer, 10, day, product)
            if is_credited:
                self._invoice(customer, -10, day, product, reversed_entry_id=invoice.id)
            elif 0 <= age <= 92:
                categories = product.categ_id | product.categ_id.parent_id
                baskets.setdefault(customer.id, set()).update(categories.ids)
        return baskets

    def _by_sql(self, rule):
        return (
            rule.category_id.id,
            rule.offer_category_id.id,
            rule.customers,
            rule.candidates,
            round(rule.support, 9),
            round(rule.confidence, 9),
            round(rule.lift, 9),
        )

    def _by_engine(self, rule):
        return (
            rule.bought,
            rule.offer,
            rule.customers,
            rule.candidates,
            round(float(rule.support), 9),
            round(float(rule.confidence), 9),
            round(float(rule.lift), 9),
        )
