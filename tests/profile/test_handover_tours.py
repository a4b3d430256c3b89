from odoo.tests import HttpCase, tagged

from .handover_common import HandoverCommon


@tagged("post_install", "-at_install")
class TestHandoverTours(HandoverCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farm.active = False
        cls.farms = cls.env["res.partner"].create(
            [
                {"name": f"Farm {n:03}", "is_company": True, "user_id": cls.ana.id}
                for n in range(200)
            ]
        )
        cls.env["segmentation.parcel"].create(
            [
                {"name": farm.name, "partner_id": farm.id, "hectares": 10 + n}
                for n, farm in enumerate(cls.farms)
            ]
        )
        cls.team.member_ids += cls._salesperson("dora")

    def test_a_leavers_accounts_are_split_by_hectares_and_given_back(self):
        """200 accounts over three: the dry run is checked, executed and undone."""
        self.ana.action_archive()
        self.start_tour(
            "/odoo/handovers", "agro_segmentation_handover_tour", login="lena"
        )
        handover = self.env["segmentation.handover"].search([])
        self.assertEqual((handover.state, handover.left_count), ("undone", 0))
        self.assertEqual(handover.user_id, self.lena)
        self.assertEqual(self.farms.user_id, self.ana)
        hectares = [
            total.hectares_after for total in handover.total_ids if total.hectares_after
        ]
        self.assertEqual(sum(hectares), sum(range(10, 210)))
        self.assertLessEqual(max(hectares) - min(hectares), 209)
