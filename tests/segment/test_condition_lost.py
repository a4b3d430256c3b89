from odoo.exceptions import UserError
from odoo.tests import tagged

from .condition_common import ConditionCommon


@tagged("post_install", "-at_install")
class TestConditionLost(ConditionCommon):
    """A lost opportunity, by reason, business unit and when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.price, cls.late = cls.env["crm.lost.reason"].create(
            [{"name": "Too expensive"}, {"name": "Too late"}]
        )
        cls._lose(cls.ana, cls.price, "2025-03-05")
        cls._lose(cls.east_farmer, cls.late, "2024-01-10", unit=cls.unit_machines)
        cls._opportunity(cls.west_farmer)

    @classmethod
    def _opportunity(cls, partner, **values):
        return cls.env["crm.lead"].create(
            {
                "name": "Sprayer",
                "type": "opportunity",
                "partner_id": partner.id,
                "company_id": cls.company.id,
                **values,
            }
        )

    @classmethod
    def _lose(cls, partner, reason, date, unit=None, **values):
        lead = cls._opportunity(
            partner, segmentation_unit_id=unit and unit.id, **values
        )
        lead.action_set_lost(lost_reason_id=reason.id)
        lead.date_closed = f"{date} 12:00:00"
        return lead

    def _lost(self, *reasons, **values):
        reasons = [reason.id for reason in reasons]
        return {"kind": "lost", "lost_reason_ids": [(6, 0, reasons)], **values}

    def assertLost(self, condition, expected, sentence, **values):
        with self._at("2025-03-31 12:00:00"):
            return self.assertFindsAndSays(condition, expected, sentence, **values)

    def test_for_whatever_reason(self):
        self.assertLost(
            self._lost(), self.farmer | self.east_farmer, "an opportunity was lost"
        )

    def test_by_reason(self):
        segment = self.assertLost(
            self._lost(self.price),
            self.farmer,
            "an opportunity was lost (reason: Too expensive)",
        )
        self.assertIn("(Too expensive, 03/05/2025)", self._reason(segment, self.farmer))
        self.assertLost(
            self._lost(self.price, self.late),
            self.farmer | self.east_farmer,
            "an opportunity was lost (reason: Too expensive or Too late)",
        )

    def test_by_unit(self):
        self.assertLost(
            self._lost(unit_ids=[(6, 0, self.unit_machines.ids)]),
            self.east_farmer,
            "an opportunity was lost (business unit: Machines)",
        )

    def test_by_when(self):
        self.assertLost(
            self._lost(self.price, self.late, ago_most=2, ago_unit="year", ago_least=1),
            self.east_farmer,
            "an opportunity was lost (reason: Too expensive or Too late; "
            "between 2 years ago and 1 year ago)",
        )

    def test_none(self):
        self.assertIn(
            "no opportunity was lost (reason: Too expensive)",
            self._segment(self._lost(self.price, is_negated=True)).sentence,
        )

    def test_it_is_about_the_customer_and_holds_for_all_its_contacts(self):
        self.assertLost(
            self._lost(self.price),
            self.farmer | self.ana,
            "an opportunity was lost (reason: Too expensive)",
            level="contact",
        )

    def test_what_becomes_of_opportunities_is_followed(self):
        segment = self.assertFinds(self._lost(self.price), self.farmer)
        lead = self.env["crm.lead"].search([("partner_id", "=", self.west_farmer.id)])
        lead.action_set_lost(lost_reason_id=self.late.id)
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.farmer)
        lead.lost_reason_id = self.price
        self._follow()
        self.assertMembers(segment, self.farmer | self.west_farmer)
        lead.action_unarchive()
        self._refresh()
        self._follow()
        self.assertMembers(segment, self.farmer)

    def test_a_member_leaves_overnight_with_no_write(self):
        with self._at("2025-03-31 12:00:00"):
            segment = self._segment(self._lost(ago_most=26, ago_unit="day"))
            self._run_job()
            self.assertMembers(segment, self.farmer)
        with self._at(segment.date_next):
            self._run_job()
        self.assertMembers(segment, self.nobody)

    def test_opportunities_of_other_companies_do_not_count(self):
        other = self._other_company()
        self._lose(self.west_farmer, self.price, "2025-03-05", company_id=other.id)
        self.assertFinds(self._lost(self.price), self.farmer)
        self.assertFinds(self._lost(self.price), self.west_farmer, company_id=other.id)

    def test_a_reason_that_is_asked_for_stays(self):
        self._segment(self._lost(self.price))
        with self.assertRaisesRegex(UserError, "Too expensive"):
            self.price.unlink()
