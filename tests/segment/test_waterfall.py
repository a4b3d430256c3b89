from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ...models.common.groups import MARKETING
from .common import TwoSegmentsCommon


@tagged("post_install", "-at_install")
class TestWaterfall(TwoSegmentsCommon):
    """Each contact falls into the first segment that lists it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.waterfall = cls._waterfall(cls.montero, cls.with_ref)
        cls.first, cls.second = cls.waterfall.step_ids

    @classmethod
    def _waterfall(cls, *segments):
        return (
            cls.env["segmentation.waterfall"]
            .with_user(cls.mia)
            .create(
                {
                    "name": "Offers",
                    "step_ids": [
                        Command.create({"segment_id": segment.id, "sequence": place})
                        for place, segment in enumerate(segments)
                    ],
                }
            )
        )

    def _falls(self, step):
        """Return the names of those in the list that the step opens."""
        action = step.action_view_contacts()
        partners = self.env[action["res_model"]].with_user(step.env.user)
        return sorted(partners.search(action["domain"]).mapped("name"))

    def _segment_of(self, step):
        return self._made(step.action_new_segment())

    def _job(self):
        """Run what the job of segments does."""
        self._follow()
        self.env["segmentation.segment"].sudo()._due()._rebuild()
        self._follow()

    # --- Who falls where --------------------------------------------------------

    def test_each_falls_into_the_first_that_fits(self):
        self.assertEqual(self._falls(self.first), ["Ana", "Bruno"])
        self.assertEqual(self._falls(self.second), ["Carla"])

    def test_counts_of_each_step(self):
        counts = [{"fit_count": 2, "fall_count": 2}, {"fit_count": 2, "fall_count": 1}]
        self.assertRecordValues(self.waterfall.step_ids, counts)

    def test_counts_follow_the_order_before_it_is_saved(self):
        with Form(self.waterfall) as form:
            with form.step_ids.edit(0) as step:
                step.sequence = 9
            with form.step_ids.edit(1) as step:
                step.sequence = 3
                self.assertEqual(step.fall_count, 2)
        self.assertEqual(self._falls(self.second), ["Bruno", "Carla"])
        self.assertEqual(self._falls(self.first), ["Ana"])

    def test_as_many_queries_for_many_steps(self):
        many = self._waterfall(
            *(self._segment([("ref", "=", str(index))]) for index in range(20))
        )
        costs = []
        for waterfall in (many, self.waterfall, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            waterfall.step_ids.mapped("fall_count")
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(costs[1], costs[2])

    # --- As a condition ---------------------------------------------------------

    def test_a_segment_of_who_falls_into_a_step(self):
        segment = self._segment_of(self.second)
        self.assertMembers(segment, self.carla)
        self.assertEqual(
            segment.sentence,
            "Customers: falls into “Referenced” of the waterfall “Offers”.",
        )

    def test_the_segment_follows_who_falls_elsewhere(self):
        segment = self._segment_of(self.second)
        self.carla.city = "Montero"
        self.bruno.city = "Warnes"
        self._follow()
        self.assertMembers(segment, self.bruno)

    def test_the_segment_follows_the_order_of_the_steps(self):
        segment = self._segment_of(self.second)
        self.second.sequence = -1
        self._job()
        self.assertMembers(segment, self.bruno | self.carla)

    def test_the_segment_follows_a_step_that_is_taken_out(self):
        segment = self._segment_of(self.second)
        self.first.unlink()
        self._job()
        self.assertMembers(segment, self.bruno | self.carla)

    def test_contacts_of_a_customer_that_falls_into_a_step(self):
        """Found one by one too, when something happens to the contact only."""
        segment = self._segment(
            {"kind": "waterfall", "waterfall_step_id": self.second.id},
            level="contact",
        )
        employees = self.env["res.partner"].create(
            [
                {"name": "Of Bruno", "parent_id": self.bruno.id},
                {"name": "Of Carla", "parent_id": self.carla.id},
            ]
        )
        self._follow()
        self.assertMembers(segment, self.carla | employees[1])

    def test_an_incomplete_condition_says_nothing_yet(self):
        conditions = self.env["segmentation.condition"].with_user(self.mia)
        for kind in ("segment", "waterfall", "campaign"):
            self.assertFalse(conditions.new({"kind": kind}).sentence)

    # --- What is refused --------------------------------------------------------

    def test_no_waterfall_of_customers_and_contacts(self):
        contacts = self._segment([("ref", "=", "X")], name="People", level="contact")
        with self.assertRaisesRegex(
            ValidationError, "“Montero” lists customers, “People” contacts"
        ):
            self.waterfall.step_ids = [Command.create({"segment_id": contacts.id})]

    def test_a_segment_is_not_made_of_a_waterfall_it_stands_in(self):
        segment = self._segment_of(self.second)
        with self.assertRaisesRegex(ValidationError, "would be made of itself"):
            self.waterfall.step_ids = [Command.create({"segment_id": segment.id})]

    def test_a_segment_in_a_waterfall_may_not_ask_for_its_steps(self):
        with self.assertRaisesRegex(ValidationError, "would be made of itself"):
            self.montero.condition_ids = [
                Command.create(
                    {"kind": "waterfall", "waterfall_step_id": self.second.id}
                )
            ]

    def test_what_is_in_use_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "“Montero” is in use"):
            self.montero.unlink()
        self._segment_of(self.second)
        with self.assertRaisesRegex(UserError, "“Offers: Referenced” is in use"):
            self.waterfall.unlink()

    # --- Rights -----------------------------------------------------------------

    def test_a_salesperson_sees_own_customers_and_changes_nothing(self):
        salesman = self._person("salesman_waterfall")
        self.carla.user_id = salesman
        self.waterfall.invalidate_recordset()
        steps = self.waterfall.with_user(salesman).step_ids
        counts = [{"fit_count": 0, "fall_count": 0}, {"fit_count": 1, "fall_count": 1}]
        self.assertRecordValues(steps, counts)
        self.assertEqual(self._falls(steps[1]), ["Carla"])
        with self.assertRaises(AccessError):
            steps[0].sequence = 5
        with self.assertRaises(AccessError):
            steps[0].action_new_segment()

    def test_of_another_company_they_are_not_shown(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._person("stranger", MARKETING, other)
        waterfalls = self.env["segmentation.waterfall"].with_user(stranger)
        self.assertFalse(waterfalls.search([]))
        with self.assertRaises(AccessError):
            self.first.with_user(stranger).read(["fall_count"])
