"""What the customer shows: fields, search, group-by, rights."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import PositionCommon


@tagged("post_install", "-at_install")
class TestPartner(PositionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.segmentation_harvest_id = cls.summer_25
        cls._rate(cls.soy, 10)
        cls.env["segmentation.policy"]._of(cls.company).write(
            {"method": "fixed", "billing_amount": 100, "potential_amount": 100}
        )
        cls.seller = cls._user("seller", "group_segmentation_user")
        cls.marketer = cls._user("marketer", "group_segmentation_marketing")
        cls.accountant = new_test_user(
            cls.env,
            "seg_accountant",
            "account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        cls.farmer.user_id = cls.seller
        cls.contact = cls.env["res.partner"].create(
            {"name": "Ana", "parent_id": cls.farmer.id}
        )
        cls.stranger = cls._customer("Stranger")
        cls._invoice(cls.farmer, 50, "2024-11-15")
        cls._invoice(cls.stranger, 500, "2024-11-15")
        cls._plant(cls.farmer, cls.east, cls.soy, 20, cls.summer_25)
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)

    @classmethod
    def _user(cls, login, group):
        return new_test_user(
            cls.env,
            login,
            f"agro_segmentation.{group}",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    def test_figures_of_the_reference_harvest_also_on_contacts(self):
        for partner in self.farmer, self.contact:
            self.assertRecordValues(
                partner,
                [
                    {
                        "segmentation_quadrant": "investment",
                        "segmentation_billing": 50,
                        "segmentation_potential": 200,
                        "segmentation_share": 0.25,
                        "segmentation_gap": 150,
                    }
                ],
            )
            self.assertTrue(partner.segmentation_reason.startswith("Investment"))

    def test_another_reference_harvest_shows_other_figures(self):
        self.company.segmentation_harvest_id = self.winter_24
        self.assertFalse(self.farmer.segmentation_quadrant)

    def test_search_by_quadrant(self):
        search = self.env["res.partner"].search
        self.assertEqual(
            search([("segmentation_quadrant", "=", "investment")]),
            self.farmer | self.contact,
        )
        self.assertEqual(
            search([("segmentation_quadrant", "=", "unknown")]), self.stranger
        )
        known = search([("segmentation_quadrant", "!=", False)])
        self.assertEqual(known, self.farmer | self.contact | self.stranger)
        unset = search([("segmentation_quadrant", "=", False)])
        self.assertFalse(unset & known)
        self.assertIn(self.partner_a, unset)
        self.assertNotIn(
            self.farmer, search([("segmentation_quadrant", "!=", "investment")])
        )

    def test_search_and_sort_by_amount(self):
        partners = self.env["res.partner"].search(
            [("segmentation_billing", ">", 10)], order="segmentation_billing desc"
        )
        self.assertEqual(partners[0], self.stranger)
        self.assertEqual(partners[1:], self.farmer | self.contact)

    def test_positions_are_joined_once_however_many_figures_are_asked_for(self):
        query = self.env["res.partner"]._search(
            [], order="segmentation_billing desc, segmentation_gap, segmentation_share"
        )
        self.assertEqual(query.select().code.count("LEFT JOIN"), 1)
        self.assertNotIn("SELECT", query.order.code)

    def test_who_has_no_position_has_no_amount(self):
        """And hence none above or below 0, either."""
        idle = self._customer("Idle")
        for name in ("billing", "potential", "gap", "share"):
            for operator in ("<", ">"):
                condition = (f"segmentation_{name}", operator, 0)
                found = self.env["res.partner"].search([condition])
                self.assertNotIn(idle, found, condition)
            self.assertIn(self.farmer, found)

    def test_group_by_quadrant(self):
        groups = dict(
            self.env["res.partner"]._read_group(
                [("id", "in", (self.farmer | self.contact | self.stranger).ids)],
                ["segmentation_quadrant"],
                ["__count"],
            )
        )
        self.assertEqual(groups, {"investment": 2, "unknown": 1})
        field = self.env["res.partner"].fields_get(["segmentation_quadrant"])
        self.assertTrue(field["segmentation_quadrant"]["groupable"])
        self.assertTrue(field["segmentation_quadrant"]["searchable"])

    def test_history_by_harvest_and_split(self):
        self.assertEqual(
            self.contact.segmentation_position_ids.harvest_id, self.summer_25
        )
        self.assertEqual(len(self.farmer.segmentation_line_ids), 2)

    def test_seller_sees_own_customers_only(self):
        farmer = self.farmer.with_user(self.seller)
        stranger = self.stranger.with_user(self.seller)
        self.assertEqual(farmer.segmentation_quadrant, "investment")
        self.assertFalse(stranger.segmentation_quadrant)
        self.assertFalse(stranger.segmentation_billing)
        self.assertFalse(stranger.segmentation_position_ids)
        partners = self.env["res.partner"].with_user(self.seller)
        self.assertEqual(
            partners.search([("segmentation_quadrant", "!=", False)]),
            farmer | self.contact.with_user(self.seller),
        )
        groups = partners._read_group([], ["segmentation_quadrant"], ["__count"])
        self.assertEqual(dict(groups)["investment"], 2)
        self.assertNotIn("unknown", dict(groups))
        positions = self.env["segmentation.position"].with_user(self.seller)
        self.assertEqual(positions.search([]).partner_id, self.farmer)

    def test_marketing_sees_all_customers(self):
        positions = self.env["segmentation.position"].with_user(self.marketer)
        self.assertEqual(positions.search([]).partner_id, self.farmer | self.stranger)

    def test_accounting_sees_harvest_and_zone_but_no_figures(self):
        move = self._invoice(self.stranger, 1, "2024-11-15")
        move = move.with_user(self.accountant)
        self.assertEqual(move.segmentation_harvest_id.display_name, "Summer 24–25")
        move.segmentation_harvest_id = self.winter_24
        move.segmentation_zone_id = self.east
        partner = self.farmer.with_user(self.accountant)
        with self.assertRaises(AccessError):
            partner.read(["segmentation_billing"])
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(self.accountant).search(
                [("segmentation_quadrant", "=", "investment")]
            )

    def test_seller_needs_no_invoicing_rights(self):
        position = self.env["segmentation.position"].with_user(self.seller).search([])
        self.assertEqual(position.billing, 50)
        self.assertTrue(position.reason)
        self.farmer.with_user(self.seller).read(
            self.env["res.partner"]._segmentation_fields()
        )

    def test_export_of_figures_refreshes_first(self):
        self._invoice(self.farmer, 7, "2024-11-15")
        exported = self.farmer.export_data(["name", "segmentation_billing"])["datas"]
        self.assertEqual(exported, [["Agro Norte", 57.0]])

    def test_another_companys_figures_do_not_show(self):
        other = self.setup_other_company(name="Second")["company"]
        self.assertFalse(self.farmer.with_company(other).segmentation_quadrant)

    def test_reading_many_takes_no_more_queries_than_one(self):
        names = self.env["res.partner"]._segmentation_fields()
        for index in range(30):
            self._invoice(self._customer(f"Many {index}"), 10, "2024-11-15")
        self._refresh()
        many = self.env["res.partner"].search([("name", "like", "Many %")])

        def queries(partners):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            partners.read(names)
            return self.env.cr.sql_log_count - before

        queries(many)
        self.assertEqual(queries(many), queries(many[0]))
