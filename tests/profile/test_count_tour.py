from odoo.tests import HttpCase, tagged

from .common import RelationCommon


@tagged("post_install", "-at_install")
class TestCountTour(RelationCommon, HttpCase):
    def test_team_leader_counts(self):
        """From the card of a salesperson to a list, and to a pivot."""
        groups = "agro_segmentation.group_segmentation_manager"
        seller = self._user("tour_seller")
        leader = self._user("tour_leader", f"{groups},sales_team.group_sale_salesman")
        self.env["crm.team"].create(
            {
                "name": "East",
                "user_id": leader.id,
                "member_ids": [(4, seller.id)],
                "company_id": self.company.id,
            }
        )
        self._customer("Stranger", user_id=seller.id)
        self._customer("Another's", user_id=self._user("tour_rival").id)
        self.farmer.user_id = seller
        self._invoice(self.farmer, 10, self.today, product=self.seed)
        self._refresh()
        self.start_tour(
            "/odoo/segmentation-salespeople",
            "agro_segmentation_counts_tour",
            login="tour_leader",
        )
