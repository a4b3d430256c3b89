from odoo.tests import HttpCase, tagged

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestOutcomeTours(CampaignCommon, HttpCase):
    """Holding out customers and reading results, in a browser."""

    def test_hold_out_and_results(self):
        for number in range(20):
            self._buyer(f"Farmer {number}", 0, 100)
        self.start_tour(
            "/odoo/segmentation-new-campaign",
            "agro_segmentation_hold_out_tour",
            login="marketing",
        )
        campaign = self.env["utm.campaign"].search([("title", "=", "Half of them")])
        groups = campaign.audience_ids.mapped("group")
        self.assertEqual((groups.count("contact"), groups.count("hold_out")), (10, 10))
        self.assertTrue(campaign.segmentation_measured_at)
