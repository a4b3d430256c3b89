from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .condition_common import ConditionCommon


@tagged("post_install", "-at_install")
class TestSegmentTemplate(ConditionCommon):
    """Segments that are started from an example, as the screen does it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.templates = cls.env["segmentation.segment.template"].with_user(cls.mia)

    def _start(self, template, **values):
        """Return the segment that the button makes and opens."""
        action = self.templates.create({"template": template, **values}).action_start()
        segments = self.env[action["res_model"]].with_user(self.mia)
        return segments.browse(action["res_id"])

    def assertReads(self, segment, name, sentence):
        self.assertEqual(segment.name, name)
        self.assertEqual(self._sentence(segment), sentence)
        self.assertEqual(segment.company_id, self.company)

    def test_one_not_other(self):
        self.assertReads(
            self._start(
                "one_not_other",
                unit_id=self.unit_machines.id,
                other_unit_id=self.unit_inputs.id,
            ),
            "Customers of Machines, not of Inputs",
            "Customers: customer of Machines; but not: customer of Inputs.",
        )

    def test_lost_before(self):
        reason = self.env["crm.lost.reason"].create({"name": "Too expensive"})
        self.assertReads(
            self._start("lost_before", lost_reason_ids=[Command.set(reason.ids)]),
            "Prospects to win back",
            "Customers: prospect and an opportunity was lost (reason: Too expensive) "
            "and last contact between 2 years ago and 1 year ago.",
        )

    def test_best_not_billed(self):
        self.assertReads(
            self._start("best_not_billed"),
            "Best customers not billed this harvest",
            "Customers: quadrant Retention or Revision in the harvest before the "
            "reference harvest (Summer 23–24) and bought nothing in the reference "
            "harvest (Summer 24–25).",
        )

    def test_large_gap(self):
        self.assertReads(
            self._start("large_gap", unit_id=self.unit_inputs.id, gap=5000),
            "Investment customers with a gap in Inputs",
            "Customers: quadrant Investment in the reference harvest (Summer 24–25) "
            "and gap (Inputs) of at least $ 5,000.00 in the reference harvest "
            "(Summer 24–25).",
        )

    def test_no_salesperson(self):
        self.assertReads(
            self._start("no_salesperson"),
            "Contacts without a salesperson",
            "Contacts: Salesperson is empty.",
        )

    def test_birthday(self):
        self.assertReads(
            self._start("birthday", birth_date="create_date"),
            "Birthday this week",
            "Contacts: Created on comes round this week.",
        )

    def test_never_opened(self):
        self.assertReads(
            self._start("never_opened"),
            "Opened none of the last five mailings",
            "Contacts: opened none of the last 5 mailings.",
        )

    def test_what_only_the_dealer_knows_is_asked_for(self):
        machines = {"unit_id": self.unit_machines.id}
        for template, values, asked in (
            ("one_not_other", {}, "Business Unit"),
            ("one_not_other", machines, "Not Customers of"),
            ("lost_before", {}, "Lost Because of"),
            ("large_gap", {"gap": 10}, "Business Unit"),
            ("large_gap", machines, "Gap of at Least"),
            ("birthday", {}, "Date of Birth"),
        ):
            with self.assertRaisesRegex(UserError, f"Fill in “{asked}” first"):
                self._start(template, **values)

    def test_each_company_has_its_own_units(self):
        other = self._other_company()
        self.unit_machines.company_id = other
        with self.assertRaisesRegex(UserError, "Machines"):
            self._start("large_gap", unit_id=self.unit_machines.id, gap=10)

    def test_who_may_not_write_segments_starts_none(self):
        user = self._person("template_user")
        with self.assertRaises(AccessError):
            self.templates.with_user(user).create({"template": "birthday"})
