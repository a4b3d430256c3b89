from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestConditionCampaign(CampaignCommon):
    """Segments of who was in the audience of a campaign; campaigns of segments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loyal = cls._buyer("Loyal", 8000, 5000)
        cls.elsewhere = cls._buyer("Elsewhere", 1000, 10000)
        cls.segments = cls.env["segmentation.segment"].with_user(cls.marketing)

    def _segment(self, campaign, **values):
        condition = {"kind": "campaign", "campaign_id": campaign.id, **values}
        return self.segments.create(
            {"name": "Audience", "condition_ids": [Command.create(condition)]}
        )

    def _members(self, segment):
        current = segment.membership_ids.filtered(lambda row: not row.date_to)
        return current.partner_id

    def test_who_was_in_the_audience(self):
        campaign = self._launch("free", (None, (5000, False)))
        segment = self._segment(campaign)
        self.assertEqual(self._members(segment), self.loyal)
        self.assertEqual(segment.sentence, "Customers: in the audience of “free”.")

    def test_who_was_not(self):
        campaign = self._launch("free", (None, (5000, False)))
        segment = self._segment(campaign, is_negated=True)
        self.assertIn(self.elsewhere, self._members(segment))
        self.assertNotIn(self.loyal, self._members(segment))

    def test_contacts_of_those_who_were(self):
        campaign = self._launch("free", (None, (5000, False)))
        ana = self.env["res.partner"].create(
            {"name": "Ana", "parent_id": self.loyal.id}
        )
        segment = self._segment(campaign)
        segment.level = "contact"
        self.assertEqual(self._members(segment), self.loyal | ana)

    def test_the_launch_fills_the_segment(self):
        wizard = self._wizard()
        wizard.action_save_draft()
        segment = self._segment(wizard.campaign_id)
        self.assertFalse(self._members(segment))
        wizard.action_launch()
        self.segments.sudo()._due()._rebuild()
        self.assertEqual(self._members(segment), self.loyal | self.elsewhere)

    def test_a_campaign_without_an_audience_is_refused(self):
        stock = self.env["utm.campaign"].create({"title": "Stock"})
        with self.assertRefused("Choose a campaign that has an audience"):
            self._segment(stock)

    def test_a_campaign_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.marketing.company_ids += other
        condition = {"kind": "campaign", "campaign_id": self._launch().id}
        with self.assertRefused("all belongs to .*, the segment to Other"):
            self.segments.create(
                {
                    "name": "Theirs",
                    "company_id": other.id,
                    "condition_ids": [Command.create(condition)],
                }
            )

    def test_a_campaign_in_use_is_not_deleted(self):
        wizard = self._wizard()
        wizard.action_save_draft()
        campaign = wizard.campaign_id
        self._segment(campaign)
        with self.assertRefused("“Audience” asks who was in the audience of all"):
            campaign.unlink()

    # --- From the segment -------------------------------------------------------

    def test_the_button_opens_the_wizard_for_the_members(self):
        campaign = self._launch("free", (None, (5000, False)))
        segment = self._segment(campaign)
        action = segment.action_new_campaign()
        wizards = self.env[action["res_model"]].with_user(self.marketing)
        form = Form(wizards.with_context(**action["context"]))
        self.assertEqual(form.segmentation_segment_ids[:], segment)
        self.assertEqual(form.customer_count, 1)

    def test_salespeople_start_no_campaign(self):
        segment = self._segment(self._launch())
        with self.assertRaises(AccessError):
            segment.with_user(self.salesman).action_new_campaign()
