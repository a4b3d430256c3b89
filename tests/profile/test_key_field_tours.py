from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestKeyFieldTours(HttpCase):
    def setUp(self):
        self.addCleanup(self.registry.reset_changes)
        super().setUp()

    def test_a_mandatory_key_field(self):
        """It is there at once: the contact is saved only with it."""
        new_test_user(
            self.env,
            "key_administrator",
            "agro_segmentation.group_segmentation_administrator,"
            "base.group_partner_manager",
        )
        firm = self.env["res.partner"].create(
            {"name": "Agro Norte", "is_company": True}
        )
        self.start_tour(
            "/odoo/key-fields",
            "agro_segmentation_key_field_tour",
            login="key_administrator",
        )
        field = self.env["segmentation.field"].search([("name", "=", "Soil Type")])
        self.assertEqual(field.technical_name, "x_segmentation_soil_type")
        self.assertEqual((field.state, field.requirement), ("on", "mandatory"))
        self.start_tour(
            f"/odoo/contacts/{firm.id}",
            "agro_segmentation_key_field_use_tour",
            login="key_administrator",
        )
        self.assertEqual(firm.x_segmentation_soil_type.name, "Clay")
        self.assertEqual(firm.email, "agro.norte@example.com")
