from odoo.tests import HttpCase, tagged

from .action_common import SegmentActionCommon


@tagged("post_install", "-at_install")
class TestSegmentActionTour(SegmentActionCommon, HttpCase):
    """An action is added on screen, and asked for those who are members already."""

    def test_add_an_action(self):
        self.mia.password = "mia"
        self.start_tour(
            f"/odoo/segments/{self.segment.id}",
            "agro_segmentation_segment_action_tour",
            login="mia",
        )
        self.env.invalidate_all()
        self.assertEffects(self.segment.action_ids, [("Ana", "pending")])
        self._execute()
        self.assertEqual(self.ana.category_id, self.tag)
