from odoo import Command
from odoo.tests import HttpCase, tagged

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestSegmentUseTours(CampaignCommon, HttpCase):
    """From a segment to a campaign to an e-mail, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketing.email = "marketing@example.com"
        cls.loyal = cls._buyer("Loyal", 8000, 5000, city="Montero")
        cls.newcomer = cls._buyer("Newcomer", city="Montero")
        cls._buyer("Elsewhere", 1000, 10000)
        condition = {
            "kind": "domain",
            "partner_domain": "[('city', '=', 'Montero')]",
        }
        cls.env["segmentation.segment"].with_user(cls.marketing).create(
            {
                "name": "Growers of Montero",
                "condition_ids": [Command.create(condition)],
            }
        )

    def test_from_a_segment_to_a_campaign_to_an_email(self):
        self.start_tour(
            "/odoo/segments",
            "agro_segmentation_segment_use_tour",
            login="marketing",
            timeout=180,  # two editors to load, maybe beside other work
        )
        campaign = self.env["utm.campaign"].search(
            [("title", "=", "Tour of a segment")]
        )
        partners = self.loyal | self.newcomer
        self.assertEqual(campaign.audience_ids.partner_id, partners)
        mailing = campaign.mailing_mail_ids
        self.assertEqual(sorted(mailing._get_recipients()), sorted(partners.ids))

    def test_from_a_search_to_a_segment(self):
        self.start_tour(
            "/odoo/contacts",
            "agro_segmentation_segment_from_search_tour",
            login="marketing",
        )
        segment = self.env["segmentation.segment"].search([("name", "=", "Searched")])
        self.assertEqual(segment.level, "contact")
        self.assertLessEqual(
            self.loyal | self.newcomer, segment.membership_ids.partner_id
        )
