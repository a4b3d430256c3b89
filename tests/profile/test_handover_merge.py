"""Customers that are listed in one handover become one."""

from odoo.tests import tagged

from .handover_common import HandoverCommon


@tagged("post_install", "-at_install")
class TestHandoverMerge(HandoverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._farm("Second", cls.ana, 30)
        cls._lead(cls.second, cls.ana)

    def _listed(self, **values):
        """Return a handover: the farm goes to Bea, the second to Eva."""
        handover = self._handover(
            self.ana, [self.bea, self.eva], rule="hectares", **values
        )
        handover.action_list()
        return handover

    def _merge(self, destination):
        sources = self.farm | self.second
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge(sources.ids, destination)
        self.env.invalidate_all()

    def _totals(self, handover):
        """Return {person: accounts and hectares before and after, opportunities}."""
        names = (
            "accounts_before",
            "accounts_after",
            "hectares_before",
            "hectares_after",
            "lead_count",
        )
        return {
            total.user_id: [total[name] for name in names]
            for total in handover.total_ids
        }

    def test_planned_accounts_become_one(self):
        """That of the customer which stays, for whom it was for, with all figures."""
        handover = self._listed(date_effective="2030-05-03")
        handover.action_plan()
        self._merge(self.farm)
        self.assertRecordValues(
            handover.line_ids,
            [
                {
                    "partner_id": self.farm.id,
                    "to_user_id": self.bea.id,
                    "hectares": 130,
                    "contact_count": 1,
                    "lead_count": 1,
                }
            ],
        )
        self.assertEqual(
            self._totals(handover),
            {
                self.ana: [1, 0, 130, 0, 0],
                self.bea: [0, 1, 0, 130, 1],
                self.eva: [0, 0, 0, 0, 0],
            },
        )
        self.assertTrue(
            self.farm.message_ids.filtered(
                lambda m: "Handovers: accounts summed in 1 handovers" in m.body
            )
        )
        handover.action_execute()
        self.assertEqual(self.farm.user_id, self.bea)
        self.assertEqual(handover.line_ids.mapped("state"), ["done"])
        self.assertNotIn("Eva", self.farm.message_ids[0].body)

    def test_the_line_of_whoever_stays_stays(self):
        handover = self._listed()
        self._merge(self.second)
        self.assertEqual(handover.line_ids.partner_id, self.second)
        self.assertEqual(handover.line_ids.to_user_id, self.eva)
        self.assertEqual(self._totals(handover)[self.eva], [0, 1, 0, 130, 1])

    def test_a_line_comes_along_to_a_customer_without_one(self):
        handover = self._listed(partner_domain=f"[('id', '=', {self.farm.id})]")
        self._merge(self.second)
        self.assertRecordValues(
            handover.line_ids,
            [
                {
                    "partner_id": self.second.id,
                    "to_user_id": self.bea.id,
                    "hectares": 100,
                }
            ],
        )

    def test_totals_stay_right_where_both_were_of_different_people(self):
        self.second.user_id = self.lena
        handover = self._handover(
            self.ana | self.lena, [self.bea, self.eva], rule="hectares"
        )
        handover.action_list()
        self._merge(self.farm)
        self.assertEqual(
            self._totals(handover),
            {
                self.ana: [1, 0, 130, 0, 0],
                self.lena: [0, 0, 0, 0, 0],
                self.bea: [0, 1, 0, 130, 1],
                self.eva: [0, 0, 0, 0, 0],
            },
        )

    def test_each_unit_stays_an_account(self):
        units = self.env["segmentation.business.unit"].create(
            [{"name": "Seed"}, {"name": "Machines"}]
        )
        for partner in self.farm | self.second:
            for unit in units:
                self.env["segmentation.relation"]._set_salesperson(
                    partner, unit, self.ana
                )
        handover = self._listed(unit_ids=units.ids)
        self.assertEqual(len(handover.line_ids), 4)
        self._merge(self.farm)
        self.assertEqual(handover.line_ids.mapped("unit_id"), units)
        self.assertEqual(len(handover.line_ids), 2)

    def test_what_was_executed_stays_in_the_register(self):
        handover = self._listed()
        handover.action_execute()
        totals = self._totals(handover)
        self._merge(self.farm)
        self.assertEqual(handover.line_ids.mapped("hectares"), [100, 30])
        self.assertEqual(handover.line_ids.partner_id, self.farm)
        self.assertEqual(self._totals(handover), totals)
