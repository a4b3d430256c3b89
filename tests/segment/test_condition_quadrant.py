from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .condition_common import ConditionCommon


@tagged("post_install", "-at_install")
class TestQuadrantCondition(ConditionCommon):
    """In which quadrant a customer is in a harvest, and whether it moved there.

    High billing begins at 100, high potential at 1,000.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["segmentation.policy"]._of(cls.company).write(
            {"method": "fixed", "billing_amount": 100, "potential_amount": 1000}
        )
        cls._rate(cls.soy, 10)
        for customer in (cls.farmer, cls.east_farmer):
            cls._plant(customer, cls.east, cls.soy, 200, cls.summer_24)
        cls._invoice(cls.farmer, 20, "2023-11-15")
        cls._invoice(cls.farmer, 200, "2024-11-15")
        cls._invoice(cls.west_farmer, 200, "2023-11-15")

    def test_in_the_reference_harvest(self):
        segment = self.assertFinds(
            {"kind": "quadrant", "is_retention": True, "is_unknown": True},
            self.farmer | self.west_farmer,
        )
        self.assertEqual(
            segment.sentence,
            "Customers: quadrant Retention or Unknown in the reference harvest "
            "(Summer 24–25).",
        )
        self.assertEqual(
            self._reason(segment, self.farmer),
            "quadrant Retention or Unknown in the reference harvest (Summer 24–25) "
            "(Retention in Summer 24–25)",
        )

    def test_in_the_harvest_before(self):
        """That of the same kind: summer is set against summer, not against winter."""
        segment = self.assertFinds(
            {"kind": "quadrant", "is_investment": True, "harvest_choice": "before"},
            self.farmer | self.east_farmer,
        )
        self.assertIn(
            "in the harvest before the reference harvest (Summer 23–24)",
            segment.sentence,
        )

    def test_in_a_named_harvest(self):
        segment = self.assertFinds(
            {
                "kind": "quadrant",
                "is_investment": True,
                "harvest_choice": "named",
                "harvest_id": self.summer_24.id,
            },
            self.farmer | self.east_farmer,
        )
        self.assertEqual(
            segment.sentence, "Customers: quadrant Investment in Summer 23–24."
        )
        with self.assertRaisesRegex(UserError, "Summer 23–24"):
            self.summer_24.unlink()

    def test_moved_from_a_quadrant_to_another(self):
        condition = {"kind": "quadrant", "quadrant_moved": True}
        segment = self.assertFinds(
            {**condition, "is_retention": True, "was_investment": True}, self.farmer
        )
        self.assertEqual(
            self._reason(segment, self.farmer),
            "moved from Investment to Retention between the harvest before and the "
            "reference harvest (Summer 24–25) "
            "(Investment in Summer 23–24, Retention in Summer 24–25)",
        )
        self.assertFinds(condition, self.farmer)
        self.assertFinds({**condition, "was_unknown": True}, self.nobody)

    def test_who_had_no_quadrant_before_did_not_move(self):
        """Customers are there from their first invoice or planting on."""
        newcomer = self._customer("Newcomer")
        self._invoice(newcomer, 200, "2024-11-15")
        self.assertFinds({"kind": "quadrant", "quadrant_moved": True}, self.farmer)

    def test_holds_for_the_contacts_of_the_customer(self):
        self.assertFinds(
            {"kind": "quadrant", "is_retention": True},
            self.farmer | self.ana,
            level="contact",
        )

    def test_must_not_hold(self):
        segment = self._segment(
            {"kind": "quadrant", "is_retention": True, "is_negated": True},
            [("id", "in", self._everybody().ids)],
        )
        self.assertMembers(segment, self._everybody() - self.ana)
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.east_farmer | self.west_farmer)

    def test_enters_and_leaves_as_figures_change(self):
        segment = self.assertFinds(
            {"kind": "quadrant", "is_investment": True}, self.east_farmer
        )
        self._invoice(self.east_farmer, 500, "2024-12-01")
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.nobody)

    def test_follows_the_reference_harvest(self):
        segment = self.assertFinds(
            {"kind": "quadrant", "is_retention": True}, self.farmer
        )
        self.assertFalse(segment.date_next, "nothing is left to the calendar")
        self.company.segmentation_harvest_id = self.summer_24
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.nobody)

    def test_a_harvest_that_begins_is_another_one(self):
        self.company.segmentation_harvest_id = False
        segment = self.assertFinds(
            {"kind": "quadrant", "is_retention": True}, self.farmer
        )
        self.assertTrue(segment.date_next, "each day may be the first of a harvest")

    def test_before_any_harvest_nobody_is_in_a_quadrant(self):
        self.company.segmentation_harvest_id = self.winter_24
        segment = self.assertFinds(
            {"kind": "quadrant", "is_unknown": True, "harvest_choice": "before"},
            self.nobody,
        )
        self.assertIn("(there is none yet)", segment.sentence)

    def test_another_companys_quadrants_do_not_count(self):
        other = self._other_company()
        harvest = self.env["segmentation.harvest"].search(
            [("company_id", "=", other.id), ("name", "=", self.summer_25.name)]
        )
        self.assertFinds({"kind": "quadrant", "is_retention": True}, self.farmer)
        sentence = "one of Second: choose a harvest of company_1_data"
        with self.assertRaisesRegex(ValidationError, sentence):
            self._segment(
                {
                    "kind": "quadrant",
                    "is_retention": True,
                    "harvest_choice": "named",
                    "harvest_id": harvest.id,
                }
            )

    def test_says_what_to_choose(self):
        for values, sentence in (
            ({}, "Choose at least one quadrant"),
            ({"is_unknown": True, "harvest_choice": "named"}, "Choose the harvest"),
            (
                {"quadrant_moved": True, "is_unknown": True, "was_unknown": True},
                r"Nobody moves from a quadrant to itself \(Unknown\)",
            ),
        ):
            with self.assertRaisesRegex(ValidationError, sentence):
                self._segment({"kind": "quadrant", **values})
