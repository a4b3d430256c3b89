from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .condition_common import ConditionCommon


@tagged("post_install", "-at_install")
class TestFigureCondition(ConditionCommon):
    """Billing, potential, share and gap in a range, as they stand or as they changed.

    Agro Norte: billed 300 of 2,000 in summer 24–25, 100 of 2,000 the summer before; of
    the 300, 100 for machines. Agro Este: billed nothing of 2,000. Agro Oeste: billed
    400 the summer before, 200 now; its potential is not known.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner"].search(
            [
                ("id", "<", cls.farmer.id),
                ("partner_share", "=", True),
                ("ref_company_ids", "=", False),
            ]
        ).active = False
        cls._rate(cls.soy, 6, unit_id=cls.unit_inputs.id)
        cls._rate(cls.soy, 4, unit_id=cls.unit_machines.id)
        for customer in (cls.farmer, cls.east_farmer):
            cls._plant(customer, cls.east, cls.soy, 200, cls.summer_24)
        east = {"segmentation_zone_manual": True, "segmentation_zone_id": cls.east.id}
        cls._invoice(cls.farmer, 100, "2023-11-15")
        cls._invoice(cls.farmer, 230, "2024-11-15", **east)
        cls._invoice(cls.farmer, -30, "2024-12-15", **east)
        cls._invoice(cls.ana, 100, "2024-11-15", product=cls.tractor)
        cls._invoice(cls.west_farmer, 400, "2023-11-15")
        cls._invoice(cls.west_farmer, 200, "2024-11-15")

    def _figure(self, figure, **values):
        return {"kind": "figure", "figure": figure, **values}

    def test_both_ends_belong_to_the_range(self):
        billing = self._figure("billing", amount_from=200, amount_to=300)
        segment = self.assertFinds(billing, self.farmer | self.west_farmer)
        self.assertEqual(
            self._sentence(segment),
            "Customers: billing of $ 200.00 to $ 300.00 in the reference harvest "
            "(Summer 24–25).",
        )
        self.assertTrue(
            self._reason(segment, self.farmer).endswith("($ 300.00 in Summer 24–25)")
        )
        self.assertFinds({**billing, "amount_from": 200.01}, self.farmer)
        self.assertFinds({**billing, "amount_to": 299.99}, self.west_farmer)

    def test_an_empty_end_is_open_and_zero_is_none(self):
        segment = self.assertFinds(
            self._figure("billing", amount_to=0), self.east_farmer
        )
        self.assertIn("billing of at most $ 0.00 in", self._sentence(segment))
        segment = self.assertFinds(
            self._figure("billing", amount_from=0),
            self.farmer | self.east_farmer | self.west_farmer,
        )
        self.assertIn("billing of at least $ 0.00 in", self._sentence(segment))

    def test_who_has_no_position_was_billed_nothing(self):
        """Not those of another company, nor those who are archived."""
        prospect = self._customer("Prospect")
        self._customer("Gone", active=False)
        other = self.env["res.company"].create({"name": "Other"})
        self._customer("Theirs", company_id=other.id)
        nothing = self.east_farmer | prospect
        segment = self.assertFinds(self._figure("billing", amount_to=0), nothing)
        self.assertTrue(
            self._reason(segment, prospect).endswith("($ 0.00 in Summer 24–25)")
        )
        for ends in (
            {"amount_from": 0, "amount_to": 0},
            {"amount_from": -5, "amount_to": 199},
            {"amount_from": 0.01, "is_negated": True},
        ):
            self.assertFinds(self._figure("billing", **ends), nothing)
        for ends in ({"amount_from": 0.01, "amount_to": 1}, {"amount_to": -0.01}):
            self.assertFinds(self._figure("billing", **ends), self.nobody)
        for figure in ("potential", "gap"):
            self.assertFinds(self._figure(figure, amount_to=0), self.nobody)

    def test_billed_nothing_in_units_and_zones(self):
        here = self._customer("Here", segmentation_zone_id=self.east.id)
        there = self._customer("There", segmentation_zone_id=self.coast.id)
        nothing = self._figure("billing", amount_to=0)
        machines = {"unit_ids": [Command.set(self.unit_machines.ids)]}
        self.assertFinds(
            {**nothing, **machines}, self.east_farmer | self.west_farmer | here | there
        )
        region = {"zone_ids": [Command.set(self.region.ids)]}
        self.assertFinds({**nothing, **region}, self.east_farmer | here)

    def test_billed_nothing_is_followed(self):
        """By who is new, is billed, and whose invoice is taken back."""
        segment = self.assertFinds(
            self._figure("billing", amount_to=0), self.east_farmer
        )
        prospect = self._customer("Prospect")
        self._follow()
        self.assertMembers(segment, self.east_farmer | prospect)
        invoice = self._invoice(prospect, 50, "2024-11-15")
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.east_farmer)
        invoice.button_draft()
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.east_farmer | prospect)

    def test_without_any_harvest_nothing_is_known(self):
        company = self.env["res.company"].create({"name": "New"})
        self.mia.company_ids += company
        self.assertFinds(
            self._figure("billing", amount_to=0), self.nobody, company_id=company.id
        )

    def test_change_of_who_is_billed_no_more(self):
        lost = self._customer("Lost")
        self._invoice(lost, 300, "2023-11-15")
        billing = self._figure("billing", figure_change=True)
        segment = self.assertFinds(
            {**billing, "amount_to": -200}, self.west_farmer | lost
        )
        self.assertIn(
            "($ 300.00 in Summer 23–24, $ 0.00 in Summer 24–25)",
            self._reason(segment, lost),
        )

    def test_what_is_not_known_is_in_no_range(self):
        known = self.farmer | self.east_farmer
        self.assertFinds(self._figure("potential", amount_from=0), known)
        self.assertFinds(self._figure("gap", amount_from=-9999), known)
        self.assertFinds(self._figure("share", share_from=0), known)
        self.assertFinds(self._figure("gap", amount_from=1700.01), self.east_farmer)

    def test_share_is_in_percent(self):
        segment = self.assertFinds(
            self._figure("share", share_from=15, share_to=20), self.farmer
        )
        self.assertIn("share of 15.0 % to 20.0 % in", self._sentence(segment))
        self.assertIn("(15.0 % in Summer 24–25)", self._reason(segment, self.farmer))

    def test_of_business_units(self):
        """Agro Norte has 200 of 1,200 for inputs, 100 of 800 for machines."""
        machines = {"unit_ids": [Command.set(self.unit_machines.ids)]}
        segment = self.assertFinds(
            self._figure("gap", amount_from=700, amount_to=700, **machines), self.farmer
        )
        self.assertIn("gap (Machines) of $ 700.00 to", self._sentence(segment))
        inputs = {"unit_ids": [Command.set(self.unit_inputs.ids)]}
        self.assertFinds(
            self._figure("gap", amount_from=1000, **inputs),
            self.farmer | self.east_farmer,
        )
        self.assertFinds(
            self._figure("billing", amount_from=201, **inputs), self.nobody
        )

    def test_in_zones_and_those_below(self):
        region = {"zone_ids": [Command.set(self.region.ids)]}
        segment = self.assertFinds(
            self._figure("billing", amount_from=200, **region), self.farmer
        )
        self.assertIn("billing (Santa Cruz) of at", self._sentence(segment))
        both = {**region, "unit_ids": [Command.set(self.unit_machines.ids)]}
        self.assertFinds(self._figure("potential", amount_to=799, **both), self.nobody)
        segment = self.assertFinds(
            self._figure("potential", amount_to=800, **both),
            self.farmer | self.east_farmer,
        )
        self.assertIn("potential (Machines; Santa Cruz) of", self._sentence(segment))

    def test_change_since_the_harvest_before(self):
        """That of the same kind; who was no customer then had nothing billed."""
        newcomer = self._customer("Newcomer")
        self._invoice(newcomer, 250, "2024-11-15")
        billing = self._figure("billing", figure_change=True)
        segment = self.assertFinds(
            {**billing, "amount_from": 200}, self.farmer | newcomer
        )
        self.assertIn(
            "billing rose by at least $ 200.00 from the harvest before to the "
            "reference harvest (Summer 24–25)",
            self._sentence(segment),
        )
        self.assertIn(
            "($ 100.00 in Summer 23–24, $ 300.00 in Summer 24–25)",
            self._reason(segment, self.farmer),
        )
        segment = self.assertFinds({**billing, "amount_to": -200}, self.west_farmer)
        self.assertIn("billing fell by at least $ 200.00 from", self._sentence(segment))
        segment = self.assertFinds(
            {**billing, "amount_from": -5, "amount_to": 5}, self.east_farmer
        )
        self.assertIn("billing changed by $ -5.00 to $ 5.00", self._sentence(segment))
        self.assertFinds(
            {**billing, "amount_to": 0}, self.east_farmer | self.west_farmer
        )
        self.assertFinds(
            {**billing, "amount_from": 0}, self.farmer | newcomer | self.east_farmer
        )

    def test_change_of_what_was_not_known_is_not_known(self):
        self._plant(self.west_farmer, self.east, self.soy, 50, self.summer_25)
        share = self._figure("share", figure_change=True)
        self.assertFinds({**share, "share_from": -100}, self.farmer | self.east_farmer)
        self.assertFinds({**share, "share_from": 10}, self.farmer)

    def test_without_a_harvest_before_nothing_changed(self):
        self.assertFinds(
            self._figure(
                "billing",
                figure_change=True,
                amount_from=0,
                harvest_choice="named",
                harvest_id=self.winter_24.id,
            ),
            self.nobody,
        )

    def test_each_company_has_its_own_figures_and_currency(self):
        other = self._other_company()
        self._other_invoice(self.east_farmer, 500, "2024-11-15")
        condition = self._figure("billing", amount_from=301)
        self.assertFinds(condition, self.nobody)
        segment = self.assertFinds(condition, self.east_farmer, company_id=other.id)
        self.assertEqual(
            self._reason(segment, self.east_farmer),
            "billing of at least £ 301.00 in the reference harvest (Summer 24–25) "
            "(£ 500.00 in Summer 24–25)",
        )

    def test_enters_as_figures_change(self):
        segment = self.assertFinds(
            self._figure("gap", amount_from=1800), self.east_farmer
        )
        self._invoice(self.farmer, -150, "2025-01-15")
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.farmer | self.east_farmer)

    def test_holds_for_the_contacts_of_the_customer(self):
        self.assertFinds(
            self._figure("billing", amount_from=300),
            self.farmer | self.ana,
            level="contact",
        )

    def test_says_what_to_change(self):
        for values, sentence in (
            ({}, "Fill in from or to"),
            ({"figure": False, "amount_from": 1}, "Choose billing, potential"),
            ({"figure": "share", "amount_from": 1}, "Fill in from or to"),
            ({"amount_from": 2, "amount_to": 1}, "from .*2.00 to .*1.00: put the sm"),
            ({"amount_from": 2, "harvest_choice": "named"}, "Choose the harvest"),
        ):
            with self.assertRaisesRegex(ValidationError, sentence):
                self._segment({"kind": "figure", **values})
