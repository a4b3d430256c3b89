from odoo.tests import HttpCase, new_test_user, tagged

from .common import CadastreCommon


@tagged("post_install", "-at_install")
class TestTours(HttpCase, CadastreCommon):
    def test_parcel_in_the_partner_form(self):
        """A salesperson adds land to an own customer and reads the totals."""
        seller = new_test_user(
            self.env,
            "cadastre_seller",
            groups="agro_segmentation.group_segmentation_user,"
            "sales_team.group_sale_salesman",
        )
        self.customer.user_id = seller
        self._planting(self.parcel, self.summer, self.soy, 100)
        self.start_tour(
            f"/odoo/contacts/{self.customer.id}",
            "agro_segmentation_cadastre_tour",
            login=seller.login,
        )
        parcel = self.customer.segmentation_parcel_ids - self.parcel
        self.assertEqual(parcel.zone_id, self.zone_north)
        self.assertEqual(parcel.hectares, 30.5)

    def test_rate_in_the_list(self):
        """An administrator sets a rate as a dose of a product, inline."""
        new_test_user(
            self.env,
            "cadastre_administrator",
            groups="agro_segmentation.group_segmentation_administrator",
        )
        self.env["product.product"].create({"name": "Glyphosate", "list_price": 6.8})
        self.start_tour(
            "/odoo/rates-per-hectare",
            "agro_segmentation_rate_tour",
            login="cadastre_administrator",
        )
        rate = self.env["segmentation.rate"].search([("crop_id", "=", self.soy.id)])
        self.assertEqual(rate.amount_per_hectare, 17)
