from odoo import Command
from odoo.tests import tagged

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestCampaignScope(CampaignCommon):
    """A campaign for zones and business units stays one for these."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sailor = cls._buyer("Sailor", 500, 700, zone=cls.coast)
        cls.driver = cls._buyer("Driver")
        cls._invoice(cls.driver, 500, "2024-11-15", product=cls.tractor)
        cls.on_coast = [Command.set(cls.coast.ids)]
        cls.of_inputs = [Command.set(cls.unit_inputs.ids)]

    def _draft(self, *args, **values):
        wizard = self._wizard(*args, **values)
        wizard.action_save_draft()
        return wizard.campaign_id

    def _archive(self, record):
        record.active = False
        self.env.invalidate_all()

    # --- Archived before the launch

    def test_an_archived_zone_does_not_make_it_a_campaign_for_everybody(self):
        draft = self._draft(zone_ids=self.on_coast)
        self._archive(self.coast)
        self.assertEqual(draft.segmentation_zone_ids, self.coast)
        with self.assertRefused("“Coast” is archived: restore it"):
            draft._segmentation_launch()
        self.assertFalse(draft.audience_ids)
        self.coast.active = True
        draft._segmentation_launch()
        self.assertEqual(draft.audience_ids.partner_id, self.sailor)

    def test_an_archived_unit_does_not_count_what_others_billed(self):
        billed = (None, (400, False))
        draft = self._draft("free", billed, unit_ids=self.of_inputs)
        self._archive(self.unit_inputs)
        with self.assertRefused("“Inputs” is archived: restore it"):
            draft._segmentation_launch()
        self.unit_inputs.active = True
        draft._segmentation_launch()
        self.assertEqual(draft.audience_ids.partner_id, self.sailor)

    def test_the_wizard_says_so(self):
        wizard = self._wizard(zone_ids=self.on_coast)
        self.assertFalse(wizard.problem)
        self._archive(self.coast)
        self.assertRegex(wizard.problem, "“Coast” is archived")
        self.assertFalse(wizard.preview)

    # --- Archived after the launch

    def test_a_launched_campaign_keeps_its_unit_and_its_zone(self):
        campaign = self._launch(zone_ids=self.on_coast, unit_ids=self.of_inputs)
        before = list(campaign._segmentation_line_domain())
        self._archive(self.unit_inputs)
        self._archive(self.coast)
        self.assertEqual(list(campaign._segmentation_line_domain()), before)
        self.assertIn(("unit_id", "in", self.unit_inputs.ids), before)

    # --- Deleted

    def test_a_zone_or_unit_of_a_draft_is_not_deleted(self):
        parts = self._create("business.unit", {"name": "Parts"})
        self._draft(
            zone_ids=[Command.set(self.north.ids)], unit_ids=[Command.set(parts.ids)]
        )
        for record in (self.north, parts):
            with (
                self.subTest(record.name),
                self.assertRefused("is in use .*: archive it instead"),
            ):
                record.unlink()

    def test_an_abandoned_wizard_keeps_nothing_and_is_gone_with_its_zone(self):
        north = [Command.set(self.north.ids)]
        wizard = self._wizard(zone_ids=north)
        other = self._wizard(zone_ids=self.on_coast)
        self.north.unlink()
        self.assertFalse(wizard.exists())
        self.assertTrue(other.exists())
