from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .condition_common import ConditionCommon


@tagged("post_install", "-at_install")
class TestConditionScore(ConditionCommon):
    """A number about the contact lies between two others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._opportunity(cls.ana, 30)
        cls._opportunity(cls.farmer, 60)
        cls._opportunity(cls.east_farmer, 20)
        cls._opportunity(cls.west_farmer, 90).action_set_lost()

    @classmethod
    def _opportunity(cls, partner, probability, **values):
        return cls.env["crm.lead"].create(
            {
                "name": "Sprayer",
                "type": "opportunity",
                "partner_id": partner.id,
                "probability": probability,
                "company_id": cls.company.id,
                **values,
            }
        )

    def _scored(self, low=False, high=False, score="probability"):
        return {
            "kind": "score",
            "score": score,
            "score_from": low,
            "score_to": high,
        }

    def test_the_best_open_opportunity_counts(self):
        name = "Probability of the best open opportunity (%)"
        segment = self.assertFindsAndSays(
            self._scored(60), self.farmer, f"{name} is at least 60"
        )
        self.assertIn("(60)", self._reason(segment, self.farmer))
        self.assertFindsAndSays(
            self._scored(0, 20.5), self.east_farmer, f"{name} is from 0 to 20.50"
        )
        self.assertFindsAndSays(
            self._scored(high=60),
            self.farmer | self.east_farmer,
            f"{name} is at most 60",
        )

    def test_it_is_about_the_customer_and_holds_for_all_its_contacts(self):
        self.assertFinds(self._scored(60), self.farmer | self.ana, level="contact")

    def test_opportunities_of_other_companies_do_not_count(self):
        other = self._other_company()
        self._opportunity(self.west_farmer, 70, company_id=other.id)
        self.assertFinds(self._scored(60), self.farmer)
        self.assertFinds(self._scored(60), self.west_farmer, company_id=other.id)

    def test_what_becomes_of_opportunities_is_followed(self):
        segment = self.assertFinds(self._scored(60), self.farmer)
        self._opportunity(self.west_farmer, 80)
        self.env["crm.lead"].search([("probability", "=", 60)]).probability = 50
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.west_farmer)

    def test_completeness(self):
        ours = [("id", "in", (self.farmer | self.ana).ids)]
        complete = self._scored(100, 100, "completeness")
        self.assertMembers(self._segment(ours, complete), self.farmer)
        self.assertMembers(
            self._segment(ours, complete, level="contact"), self.farmer | self.ana
        )
        incomplete = self._scored(0, 99, "completeness")
        self.assertMembers(self._segment(ours, incomplete), self.nobody)

    def test_what_makes_no_sense_is_refused(self):
        for condition, message in (
            (self._scored(score=False), "Choose the score"),
            (self._scored(), "Enter a score"),
            (self._scored(60, 20), "between 60 and 20: exchange"),
        ):
            with self.assertRaisesRegex(ValidationError, message):
                self._segment(condition)
