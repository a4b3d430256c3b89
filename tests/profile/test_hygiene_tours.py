from odoo.tests import HttpCase, tagged

from .hygiene_common import HygieneCommon


@tagged("post_install", "-at_install")
class TestHygieneTours(HygieneCommon, HttpCase):
    def test_salesperson_cleans_up(self):
        """Merge a customer entered twice, keep another as it is."""
        seller = self._seller(
            "tour_cleaner", "sales_team.group_sale_salesman,base.group_partner_manager"
        )
        own = {"user_id": seller.id, "country_id": self.country.id}
        self.farmer.write({**own, "email": "norte@example.com"})
        twin = self._customer("Twin", email="norte@example.com", **own)
        odd = self._customer("Wrong Number", phone="12", email="o@example.com", **own)
        self.env["segmentation.hygiene.rule"].search([]).action_check_now()
        self.start_tour(
            "/odoo/segmentation-hygiene",
            "agro_segmentation_hygiene_tour",
            login="tour_cleaner",
        )
        left = (self.farmer | twin).exists()
        self.assertEqual((len(left), left.email), (1, "norte@example.com"))
        [flag] = odd.segmentation_hygiene_flag_ids
        self.assertEqual(
            (flag.keep_reason, flag.keep_user_id), ("The number of a radio", seller)
        )
