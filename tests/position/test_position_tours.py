from odoo.tests import HttpCase, new_test_user, tagged

from .common import PositionCommon

GROUP = "agro_segmentation.group_segmentation_"


@tagged("post_install", "-at_install")
class TestPositionTours(PositionCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.segmentation_harvest_id = cls.summer_25
        cls._rate(cls.soy, 100, unit_id=cls.unit_inputs.id)
        cls.stranger = cls._customer("Stranger")
        cls._plant(cls.farmer, cls.east, cls.soy, 580, cls.summer_25)
        cls._plant(cls.stranger, cls.east, cls.soy, 1, cls.summer_25)
        cls._invoice(cls.farmer, 12_400, "2024-11-15")
        cls._invoice(cls.stranger, 60_000, "2024-11-15")
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)

    def _user(self, login, groups):
        return new_test_user(
            self.env,
            login,
            groups,
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )

    def test_salesperson_reads_a_position(self):
        """Own customers alone, why they stand where they do, and their fields."""
        self.farmer.user_id = self._user(
            "tour_seller", f"{GROUP}user,sales_team.group_sale_salesman"
        )
        self.start_tour(
            "/odoo/positions", "agro_segmentation_position_tour", login="tour_seller"
        )

    def test_marketing_reads_the_matrix(self):
        """Quadrants and zones of a harvest lead to their customers."""
        self._user("tour_matrix", f"{GROUP}marketing")
        self.start_tour(
            "/odoo/segmentation-matrix",
            "agro_segmentation_matrix_tour",
            login="tour_matrix",
        )

    def test_administrator_tries_a_policy_out(self):
        """Both sides of the cut points follow the amounts before they are saved."""
        self._user("tour_administrator", f"{GROUP}administrator")
        policy = self.env["segmentation.policy"]._of(self.company)
        self.start_tour(
            f"/odoo/segmentation-policies/{policy.id}",
            "agro_segmentation_policy_tour",
            login="tour_administrator",
        )
        self.assertEqual((policy.method, policy.billing_amount), ("fixed", 30_500))

    def test_accountant_sets_the_harvest_of_a_posted_invoice(self):
        self._user("tour_accountant", "account.group_account_invoice")
        move = self._invoice(self.farmer, 7, "2024-11-16")
        self.start_tour(
            f"/odoo/customer-invoices/{move.id}",
            "agro_segmentation_invoice_tour",
            login="tour_accountant",
        )
        self.assertEqual(move.segmentation_harvest_id, self.winter_24)
        self.assertTrue(move.segmentation_harvest_manual)
        self.assertEqual(self._position(self.farmer, self.winter_24).billing, 7)

    def test_marketing_refreshes_everybody(self):
        self._user("tour_marketing", f"{GROUP}marketing")
        self.start_tour(
            "/odoo/segmentation-freshness",
            "agro_segmentation_refresh_tour",
            login="tour_marketing",
        )
        self.env.cr.execute(
            "SELECT partner FROM segmentation_refresh_mark WHERE company = %s",
            [self.company.id],
        )
        self.assertIn((0,), self.env.cr.fetchall())
