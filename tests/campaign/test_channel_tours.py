from odoo.tests import HttpCase, tagged

from .channel_common import ChannelCommon


@tagged("post_install", "-at_install")
class TestChannelTours(ChannelCommon, HttpCase):
    """Calls and opportunities as marketing asks for them, in a browser."""

    def test_calls_and_opportunities(self):
        self.start_tour(
            f"/odoo/segmentation-campaigns/{self.campaign.id}",
            "agro_segmentation_channel_tour",
            login="marketing",
        )
        self.assertEqual(len(self._touches("call").activity_id), 4)
        self.assertEqual(len(self._touches("opportunity").sudo().lead_id), 4)
