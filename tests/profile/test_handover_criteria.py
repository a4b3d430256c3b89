"""Criteria mean what they meant: what is archived or gone is said, not left out."""

from odoo.tests import tagged

from .handover_common import HandoverCommon


@tagged("post_install", "-at_install")
class TestHandoverCriteria(HandoverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unit = cls.env["segmentation.business.unit"].create({"name": "Machines"})
        cls.env["segmentation.relation"]._set_salesperson(cls.farm, cls.unit, cls.ana)
        cls._farm("East", cls.ana, zone=cls.zone_east)

    def _of_unit(self):
        return self._handover(self.ana, [self.bea], unit_ids=self.unit.ids)

    def _by_zone(self, **values):
        """Return a handover: Bea takes a zone of her own and no rest, Eva the East."""
        targets = [(self.bea, [self.zone_north]), (self.eva, [self.zone_east])]
        return self._handover(self.ana, targets, **{"rule": "zone", **values})

    def test_an_archived_unit_is_kept_and_said(self):
        """Without it the handover would be of all customers as a whole."""
        handover = self._of_unit()
        handover.action_list()
        self.unit.active = False
        self.env.invalidate_all()
        self.assertEqual(handover.unit_ids, self.unit)
        for step in (handover.action_list, handover.action_execute):
            with self.assertRefused("“Machines” is archived: restore it, or take it"):
                step()
        handover.unit_ids = False
        handover.action_list()
        self.assertEqual(len(handover.line_ids), 2)

    def test_a_planned_one_of_an_archived_unit_goes_back_to_draft(self):
        handover = self._of_unit()
        handover.date_effective = "2030-05-03"
        handover.action_list()
        handover.action_plan()
        self.unit.active = False
        self.env.invalidate_all()
        handover._run_step()
        self.assertEqual(handover.state, "draft")
        self.assertEqual(handover.line_ids.unit_id, self.unit)
        self.assertIn("“Machines” is archived", handover.message_ids[0].body)
        self.assertEqual(self.farm.user_id, self.ana)

    def test_an_archived_zone_is_kept_and_said(self):
        """Without it the person would take the rest."""
        handover = self._by_zone()
        self.zone_north.active = False
        self.env.invalidate_all()
        self.assertEqual(handover.target_ids[0].zone_ids, self.zone_north)
        with self.assertRefused("“.*North” is archived: restore it, or take it out"):
            handover.action_list()

    def test_an_archived_zone_is_in_nobody_s_way_where_zones_do_not_count(self):
        handover = self._by_zone(rule="count")
        self.zone_north.active = False
        handover.action_list()
        self.assertEqual(len(handover.line_ids), 2)

    def test_units_and_zones_in_use_are_not_deleted(self):
        self._of_unit()
        self._by_zone()
        self.env["segmentation.relation"].search([]).unlink()
        zone = self.env["segmentation.zone"].create({"name": "Village"})
        self._handover(self.ana, [(self.bea, [zone])])
        for record in (self.unit, zone):
            with self.assertRefused("is in use .*: archive it instead"):
                record.unlink()

    def test_a_condition_whose_field_is_gone_is_said(self):
        handover = self._handover(self.ana, [self.bea])
        handover.action_list()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE segmentation_handover SET partner_domain = %s WHERE id = %s",
            ["[('x_segmentation_gone', '=', 1)]", handover.id],
        )
        self.env.invalidate_all()
        for step in (handover.action_list, handover.action_execute):
            with self.assertRefused("cannot be used: choose existing fields"):
                step()
