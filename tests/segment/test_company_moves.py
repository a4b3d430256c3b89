from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.common.groups import ADMINISTRATOR
from ..refusals import Refusals
from .condition_common import ConditionCommon


@tagged("post_install", "-at_install")
class TestCompanyMoves(Refusals, ConditionCommon):
    """What is used in a company does not move to another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._other_company()
        cls.unit = cls._create("business.unit", {"name": "Workshop"})
        cls.zone = cls._create("zone", {"name": "Highlands"})
        cls.elsewhere = cls._person("elsewhere", ADMINISTRATOR, cls.other)

    def assertStays(self, record, kind):
        """The record may become of the company, and of no other one.

        Who moves what is shared may not see who uses it.
        """
        name = record.display_name
        with self.assertRefused(
            rf"“{name}” is in use in {self.company.name} \({kind}: 1\): make another "
            "one for Second instead"
        ):
            record.company_id = self.other
        if not record.company_id:
            with self.assertRefused(
                rf"^“{name}” is in use in a company that is not yours: make another "
                "one for Second instead.$"
            ):
                record.with_user(self.elsewhere).company_id = self.other
        record.company_id = self.company

    def test_a_unit_that_somebody_is_a_customer_of(self):
        self.env["segmentation.relation"]._set_manual(
            self.farmer, self.unit, "competitor", "Said so"
        )
        self.assertStays(self.unit, "Change of a Customer")

    def test_a_unit_in_which_somebody_is_offered_something(self):
        self.env["crm.lead"].create(
            {
                "name": "Offer",
                "company_id": self.company.id,
                "segmentation_unit_id": self.unit.id,
            }
        )
        self.assertStays(self.unit, "Lead")

    def test_a_unit_that_a_segment_asks_for(self):
        self._segment(
            {
                "kind": "purchase",
                "purchase_of": "unit",
                "unit_ids": [Command.set(self.unit.ids)],
            }
        )
        self.assertStays(self.unit, "Condition of a Segment")

    def test_a_unit_that_a_campaign_is_about(self):
        self.env["utm.campaign"].create(
            {
                "name": "Campaign",
                "segmentation_company_id": self.company.id,
                "segmentation_harvest_id": self.summer_25.id,
                "segmentation_window": "in",
                "segmentation_strategy": "all",
                "segmentation_unit_ids": [Command.set(self.unit.ids)],
            }
        )
        self.assertStays(self.unit, "UTM Campaign")

    def test_a_unit_that_an_archived_record_names(self):
        self.env["crm.lead"].create(
            {
                "name": "Offer",
                "active": False,
                "company_id": self.company.id,
                "segmentation_unit_id": self.unit.id,
            }
        )
        self.assertStays(self.unit, "Lead")

    def test_a_zone_with_a_policy(self):
        self._create("policy", {"company_id": self.company.id, "zone_id": self.zone.id})
        self.assertStays(self.zone, "Segmentation Policy")

    def test_a_zone_of_a_contact_that_belongs_to_a_company(self):
        self._customer(
            "Theirs", company_id=self.company.id, segmentation_zone_id=self.zone.id
        )
        self.assertStays(self.zone, "Contact")

    def test_what_nobody_of_a_company_uses_moves(self):
        self.farmer.segmentation_zone_id = self.zone
        key_field = self.env["segmentation.field"].create(
            {"name": "Tractors", "type": "number", "unit_ids": self.unit.ids}
        )
        for record in self.zone, self.unit:
            record.company_id = self.other
        self.assertEqual(key_field.unit_ids, self.unit)

    def test_a_harvest_that_a_segment_asks_for(self):
        self._segment(
            {
                "kind": "figure",
                "amount_from": 1,
                "harvest_choice": "named",
                "harvest_id": self.winter_24.id,
            }
        )
        self.assertStays(self.winter_24, "Condition of a Segment")

    def test_a_segment_whose_rule_names_what_is_of_its_company(self):
        self.unit.company_id = self.company
        segment = self._segment(
            {
                "kind": "purchase",
                "purchase_of": "unit",
                "unit_ids": [Command.set(self.unit.ids)],
            }
        )
        with self.assertRefused("Workshop.*Second.*Workshop.*company", UserError):
            segment.company_id = self.other
        segment.condition_ids.unit_ids = self.unit_inputs
        segment.company_id = self.other

    def test_a_segment_whose_rule_names_another_one(self):
        montero = self._segment([("city", "=", "Montero")], name="Montero")
        within = self._segment({"kind": "segment", "other_segment_id": montero.id})
        with self.assertRefused("Montero.*another company", UserError):
            within.company_id = self.other
        with self.assertRefused("“Montero” is in use in"):
            montero.company_id = self.other
        within.unlink()
        montero.company_id = self.other
