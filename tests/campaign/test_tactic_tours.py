from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestTacticTours(CampaignCommon, HttpCase):
    """Campaigns by a tactic, in a browser."""

    def _campaign(self):
        return self.env["utm.campaign"].search(
            [("segmentation_company_id", "=", self.company.id)]
        )

    def test_win_customers_back(self):
        self._invoice(self._buyer("Long Lost"), 500, "2023-11-10")
        self._invoice(self._buyer("In Winter"), 300, "2024-06-10")
        self._buyer("Regular", 100)
        self.start_tour(
            "/odoo/segmentation-campaigns",
            "agro_segmentation_tactic_tour",
            login="marketing",
        )
        campaign = self._campaign()
        self.assertEqual(campaign.segmentation_tactic, "recovery")
        self.assertEqual(
            campaign.audience_ids.sorted("rank").partner_id.mapped("name"),
            ["Long Lost", "In Winter"],
        )
        self.assertEqual(campaign.segmentation_segment_ids.campaign_id, campaign)

    def test_from_what_sells_together_to_a_campaign(self):
        today = fields.Date.context_today(self.company)
        for name in ("Both", "Both too", "Only Tractors", "Only Advice", "No Seed"):
            buyer = self._buyer(name)
            product = self.other if name in ("Only Advice", "No Seed") else self.tractor
            self._invoice(buyer, 100, today, product)
            if name.startswith("Both"):
                self._invoice(buyer, 100, today)
        self._create(
            "business.unit", [{"name": "Advice"}]
        ).category_ids = self.other.categ_id
        self.start_tour(
            "/odoo/segmentation-affinities",
            "agro_segmentation_affinity_tour",
            login="marketing",
        )
        campaign = self._campaign()
        self.assertEqual(campaign.segmentation_tactic, "cross_selling")
        self.assertEqual(campaign.audience_ids.partner_id.name, "Only Tractors")
        self.assertEqual(campaign.segmentation_offer, "Inputs")
