from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import CadastreCommon

USER = "agro_segmentation.group_segmentation_user"
PEOPLE = {
    "employee": "base.group_user",
    "accountant": "account.group_account_invoice",
    "keeper": USER,
    "seller": f"{USER},sales_team.group_sale_salesman",
    "marketing": "agro_segmentation.group_segmentation_marketing",
    "administrator": "agro_segmentation.group_segmentation_administrator",
}
OUTSIDERS = ("employee", "accountant")
OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestRights(CadastreCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            login: new_test_user(cls.env, f"cadastre_{login}", groups=groups)
            for login, groups in PEOPLE.items()
        }
        cls.other_company = cls.env["res.company"].create({"name": "Other Dealer"})
        cls.unit = cls.env["segmentation.business.unit"].create({"name": "Seed"})
        cls.rate = cls.env["segmentation.rate"].create(
            {"crop_id": cls.soy.id, "amount_per_hectare": 1}
        )
        cls.planting = cls._planting(cls.parcel, cls.summer, cls.soy, 10)
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger"})
        cls.strange_parcel = cls._parcel("Strange", cls.stranger, 50)
        cls.strange_planting = cls._planting(
            cls.strange_parcel, cls.summer, cls.maize, 10
        )

    def _assert_allowed(self, record, login, allowed):
        """`login` may do exactly the `allowed` operations on `record`."""
        record = record.with_user(self.users[login])
        found = [operation for operation in OPERATIONS if record.has_access(operation)]
        message = f"{login} on {record._name}"
        self.assertEqual(found, [o for o in OPERATIONS if o in allowed], message)

    def test_configuration(self):
        for_all = self.zone_north, self.summer
        for_users = self.soy, self.unit, self.rate
        for login in PEOPLE:
            administers = OPERATIONS if login == "administrator" else ("read",)
            for record in for_all:
                self._assert_allowed(record, login, administers)
            for record in for_users:
                self._assert_allowed(
                    record, login, () if login in OUTSIDERS else administers
                )

    def test_wizard_is_for_administrators(self):
        for login, user in self.users.items():
            wizard = self.env["segmentation.harvest.wizard"].with_user(user)
            self.assertEqual(
                wizard.has_access("create"), login == "administrator", login
            )

    def test_land_of_other_customers(self):
        for login in PEOPLE:
            sees_all = login in ("marketing", "administrator")
            for record in (self.strange_parcel, self.strange_planting):
                self._assert_allowed(record, login, OPERATIONS if sees_all else ())

    def test_nobody_finds_out_who_has_land_that_may_not_be_read(self):
        partners = self.env["res.partner"].with_user(self.users["seller"])
        for condition in (
            ("segmentation_parcel_ids", "!=", False),
            ("segmentation_parcel_ids", "in", self.strange_parcel.ids),
            ("segmentation_parcel_ids.hectares", ">", 0),
        ):
            self.assertNotIn(self.stranger, partners.search([condition]), condition)
        no_land = ("segmentation_parcel_ids", "=", False)
        self.assertIn(self.stranger, partners.search([no_land]))
        self.assertNotIn(self.stranger, self.env["res.partner"].search([no_land]))

    def test_land_that_a_query_names(self):
        parcels = self.strange_parcel._as_query()
        condition = ("segmentation_parcel_ids", "in", parcels)
        self.assertIn(self.stranger, self.env["res.partner"].search([condition]))

    def test_land_of_own_customers(self):
        for login, user in self.users.items():
            self.customer.user_id = user
            allowed = () if login in OUTSIDERS else OPERATIONS
            for record in (self.parcel, self.planting):
                self._assert_allowed(record, login, allowed)

    def test_land_of_a_farm_of_an_own_customer(self):
        farm = self.env["res.partner"].create(
            {"name": "Farm", "type": "other", "parent_id": self.customer.id}
        )
        parcel = self._parcel("Field", farm, 10)
        planting = self._planting(parcel, self.summer, self.soy, 10)
        other = self.users["marketing"]
        for customer_user, farm_user, allowed in (
            (self.users["keeper"], other, OPERATIONS),
            (other, self.users["keeper"], OPERATIONS),
            (other, other, ()),
        ):
            self.customer.user_id = customer_user
            farm.user_id = farm_user
            for record in (parcel, planting):
                self._assert_allowed(record, "keeper", allowed)

    def test_land_of_an_archived_own_customer(self):
        self.customer.write({"user_id": self.users["keeper"].id, "active": False})
        self._assert_allowed(self.parcel, "keeper", OPERATIONS)

    def test_sellers_create_for_own_customers_only(self):
        for login in ("keeper", "seller"):
            self.customer.user_id = self.users[login]
            parcels = self.env["segmentation.parcel"].with_user(self.users[login])
            parcel = parcels.create(
                {"name": "New", "partner_id": self.customer.id, "hectares": 5}
            )
            self.assertEqual(parcel.zone_id, self.zone_north)
            plantings = self.env["segmentation.planting"].with_user(self.users[login])
            values = {
                "harvest_id": self.winter.id,
                "crop_id": self.soy.id,
                "hectares": 1,
            }
            plantings.create({**values, "parcel_id": parcel.id})
            with self.assertRaises(AccessError):
                parcels.create(
                    {"name": "New", "partner_id": self.stranger.id, "hectares": 5}
                )
            with self.assertRaises(AccessError):
                plantings.create({**values, "parcel_id": self.strange_parcel.id})

    def test_sellers_cannot_move_land_to_other_customers(self):
        self.customer.user_id = self.users["seller"]
        with self.assertRaises(AccessError):
            self.parcel.with_user(self.users["seller"]).partner_id = self.stranger
        with self.assertRaises(AccessError):
            self.planting.with_user(
                self.users["seller"]
            ).parcel_id = self.strange_parcel

    def test_over_planting_counts_what_one_may_not_see(self):
        theirs = self.env["segmentation.harvest"].create(
            {
                "name": "Theirs",
                "date_start": "2024-10-01",
                "date_end": "2025-04-30",
                "company_id": self.other_company.id,
            }
        )
        self._planting(self.parcel, theirs, self.soy, 110)
        self.customer.user_id = self.users["seller"]
        with self.assertRefused("Theirs come to 110 ha"):
            self.parcel.with_user(self.users["seller"]).hectares = 100

    def test_other_companies_are_out_of_sight(self):
        theirs = {"company_id": self.other_company.id}
        crop = self.env["segmentation.crop"].create({"name": "Theirs", **theirs})
        harvest = self.env["segmentation.harvest"].create(
            {
                "name": "Theirs",
                "date_start": "2025-01-01",
                "date_end": "2025-12-31",
                **theirs,
            }
        )
        partner = self.env["res.partner"].create({"name": "Theirs", **theirs})
        parcel = self._parcel("Theirs", partner, 5)
        records = [
            crop,
            harvest,
            parcel,
            self.env["segmentation.zone"].create({"name": "Theirs", **theirs}),
            self.env["segmentation.business.unit"].create({"name": "Theirs", **theirs}),
            self._planting(parcel, harvest, crop, 5),
            self._planting(self.parcel, harvest, crop, 5),
            self.env["segmentation.rate"].create(
                {"crop_id": crop.id, "amount_per_hectare": 1, **theirs}
            ),
        ]
        administrator = self.users["administrator"]
        for record in records:
            self._assert_allowed(record, "administrator", ())
        administrator.company_ids |= self.other_company
        for record in records:
            allowed = record.with_user(administrator).with_context(
                allowed_company_ids=[self.company.id, self.other_company.id]
            )
            for operation in OPERATIONS:
                self.assertTrue(allowed.has_access(operation), record._name)

    def test_seller_uses_the_partner_form(self):
        self.customer.user_id = self.users["seller"]
        with Form(self.customer.with_user(self.users["seller"])) as form:
            with form.segmentation_parcel_ids.new() as parcel:
                parcel.name = "New"
                parcel.hectares = 5
        self.assertEqual(len(self.customer.segmentation_parcel_ids), 2)

    def test_outsiders_open_the_partner_form_without_the_tab(self):
        for login in OUTSIDERS:
            partner = self.customer.with_user(self.users[login])
            arch = partner.get_view(view_type="form")["arch"]
            self.assertNotIn("segmentation_parcel_ids", arch)
            with self.assertRaises(AccessError):
                partner.read(["segmentation_hectares"])
            self.assertEqual(partner.segmentation_zone_id, self.zone_north)

    def test_menus(self):
        """Every user finds the screens of the room that are theirs, and only these."""
        cadastre = {"parcel", "planting", "rate"}
        configuration = {"harvest", "zone", "crop", "business_unit"}
        expected = dict.fromkeys(PEOPLE, cadastre) | dict.fromkeys(OUTSIDERS, set())
        expected["administrator"] = cadastre | configuration
        for login, names in expected.items():
            menus = self.env["ir.ui.menu"].with_user(self.users[login])
            visible = menus.load_menus(debug=False)
            for name in cadastre | configuration:
                menu = self.env.ref(f"agro_segmentation.menu_segmentation_{name}")
                self.assertEqual(menu.id in visible, name in names, (login, name))
