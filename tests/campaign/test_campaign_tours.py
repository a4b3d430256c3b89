from odoo.tests import HttpCase, tagged

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestCampaignTours(CampaignCommon, HttpCase):
    """Campaigns as marketing makes them, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketing.email = "marketing@example.com"
        cls._policy(billing=4000, potential=4000)
        cls._buyer("Loyal", 8000, 5000)
        cls._buyer("Elsewhere", 1000, 10000)
        cls._buyer("Unrecorded", 8000, 1000)
        cls._buyer("Landless", 1500)
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)

    def _campaigns(self):
        return self.env["utm.campaign"].search(
            [("segmentation_company_id", "=", self.company.id)], order="id"
        )

    def test_three_campaigns_and_their_emails(self):
        self.start_tour(
            "/odoo/segmentation-campaigns",
            "agro_segmentation_campaign_tour",
            login="marketing",
            timeout=180,  # three editors to load, maybe beside other work
        )
        campaigns = self._campaigns()
        self.assertEqual(
            campaigns.mapped("segmentation_strategy"),
            ["retention", "investment", "revision"],
        )
        self.assertEqual(
            [campaign.audience_ids.partner_id.name for campaign in campaigns],
            ["Loyal", "Elsewhere", "Unrecorded"],
        )
        for campaign in campaigns:
            self.assertEqual(
                campaign.mailing_mail_ids._get_recipients(),
                campaign.audience_ids.recipient_id.ids,
            )

    def test_problem_proposal_draft_and_launch(self):
        self.start_tour(
            "/odoo/segmentation-new-campaign",
            "agro_segmentation_campaign_problem_tour",
            login="marketing",
        )
        campaign = self._campaigns()
        self.assertEqual(campaign.segmentation_state, "launched")
        self.assertEqual(campaign.segmentation_mode, "quadrant")
        self.assertEqual(campaign.audience_ids.partner_id.name, "Elsewhere")
