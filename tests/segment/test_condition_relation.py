from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import format_date

from .condition_common import ConditionCommon


@tagged("post_install", "-at_install")
class TestRelationCondition(ConditionCommon):
    """How the customer stands to the company, as a whole or in business units."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.farmer)
        cls._invoice(cls.farmer, 10, cls._ago(days=20))
        cls._invoice(cls.farmer, 10, cls._ago(years=2), product=cls.tractor)
        cls._invoice(cls.west_farmer, 10, cls._ago(years=2), product=cls.tractor)
        cls.env["crm.lead"].create(
            {
                "name": "Offer",
                "type": "opportunity",
                "partner_id": cls.east_farmer.id,
                "segmentation_unit_id": cls.unit_machines.id,
            }
        )

    @classmethod
    def _ago(cls, **delta):
        return cls.today - relativedelta(**delta)

    def _relation(self, *relations, unit=None, **values):
        return {
            "kind": "relation",
            "unit_ids": [Command.set(unit.ids if unit else [])],
            **{f"relation_{relation}": True for relation in relations},
            **values,
        }

    def test_as_a_whole(self):
        segment = self.assertFinds(self._relation("customer"), self.farmer)
        self.assertEqual(segment.sentence, "Customers: customer.")
        day = format_date(self.env, self._ago(days=20))
        self.assertEqual(
            self._reason(segment, self.farmer),
            f"customer (Customer, last purchase on {day})",
        )
        self.assertFinds(
            self._relation("ex_customer", "prospect"),
            self.west_farmer | self.east_farmer,
        )

    def test_with_a_business_unit(self):
        segment = self.assertFinds(
            self._relation("ex_customer", "prospect", unit=self.unit_machines),
            self.farmer | self.west_farmer | self.east_farmer,
        )
        self.assertEqual(
            segment.sentence,
            "Customers: ex-customer of Machines or prospect of Machines.",
        )
        self.assertIn("(Machines: Prospect)", self._reason(segment, self.east_farmer))
        self.assertFinds(
            self._relation("customer", unit=self.unit_machines), self.nobody
        )

    def test_with_any_of_several_units(self):
        segment = self.assertFinds(
            self._relation(
                "customer", "ex_customer", unit=self.unit_machines | self.unit_inputs
            ),
            self.farmer | self.west_farmer,
        )
        reason = self._reason(segment, self.farmer)
        self.assertIn("Inputs: Customer, last purchase on", reason)
        self.assertIn("; Machines: Ex-customer, last purchase on", reason)

    def test_customers_of_one_unit_who_are_not_of_another(self):
        """The spoken filter of the domain, as two conditions."""
        self._invoice(self.west_farmer, 10, self._ago(days=3))
        self._invoice(self.west_farmer, 10, self._ago(days=3), product=self.tractor)
        self._refresh()
        segment = self._segment(
            self._relation("customer", unit=self.unit_inputs),
            self._relation("customer", unit=self.unit_machines, role="exclude"),
        )
        self.assertMembers(segment, self.farmer)
        self.assertEqual(
            segment.sentence,
            "Customers: customer of Inputs; but not: customer of Machines.",
        )

    def test_unknown_are_those_of_whom_nothing_is_known(self):
        stranger = self._customer("Stranger")
        family = [("id", "in", self._everybody().ids)]
        self._refresh()
        segment = self._segment(self._relation("unknown"), family)
        self.assertMembers(segment, stranger)
        self.assertSameByContact(segment)
        segment = self._segment(
            self._relation("unknown", unit=self.unit_inputs), family
        )
        self.assertMembers(segment, stranger | self.east_farmer | self.west_farmer)
        self.assertIn("of unknown relation with Inputs", segment.sentence)

    def test_holds_for_the_contacts_of_the_customer(self):
        self.assertFinds(
            self._relation("customer"), self.farmer | self.ana, level="contact"
        )

    def test_what_is_said_by_hand_reaches_segments(self):
        segment = self.assertFinds(self._relation("competitor"), self.nobody)
        self.env["segmentation.relation"]._set_manual(
            self.east_farmer, self.unit_inputs.browse(), "competitor", "Says so"
        )
        self._follow()
        self.assertMembers(segment, self.east_farmer)
        self.env["segmentation.relation"]._clear_manual(
            self.east_farmer, self.unit_inputs.browse()
        )
        self._follow()
        self.assertMembers(segment, self.nobody)

    def test_what_time_changes_reaches_segments(self):
        """The daily job finds who did not buy for too long."""
        segment = self.assertFinds(self._relation("ex_customer"), self.west_farmer)
        self.assertFalse(segment.date_next, "the daily job tells")
        with freeze_time(self.today + relativedelta(years=1)):
            self.env["segmentation.relation"]._cron_mark_due()
            self._refresh()
            self._follow()
        self.assertMembers(segment, self.west_farmer | self.farmer)

    def test_each_company_has_its_own_relations(self):
        other = self._other_company()
        relations = self.env["segmentation.relation"].with_company(other)
        relations._set_manual(
            self.east_farmer, self.unit_inputs.browse(), "competitor", "Says so"
        )
        self.assertFinds(self._relation("competitor"), self.nobody)
        self.assertFinds(
            self._relation("competitor"), self.east_farmer, company_id=other.id
        )

    def test_says_what_to_choose(self):
        with self.assertRaisesRegex(ValidationError, "Choose at least one relation"):
            self._segment(self._relation())
