from odoo.tests import tagged
from odoo.tools import file_open

from .common import CadastreCommon

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@tagged("post_install", "-at_install")
class TestImportTemplates(CadastreCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.summer + cls.winter).unlink()
        (cls.soy + cls.maize).unlink()
        cls.env["res.partner"].create({"name": "Agropecuaria Ejemplo"})
        cls.env["product.product"].create({"name": "Glyphosate"})

    def _import(self, model, **context):
        """Import the template of `model` as its reader would; return the records."""
        (template,) = self.env[model].get_import_templates()
        with file_open(template["template"].lstrip("/"), "rb") as file:
            content = file.read()
        wizard = self.env["base_import.import"].create(
            {
                "res_model": model,
                "file": content,
                "file_name": template["template"].rsplit("/", 1)[1],
                "file_type": XLSX,
            }
        )
        options = {"has_headers": True, "quoting": '"', "advanced": False}
        preview = wizard.parse_preview(options)
        self.assertNotIn("error", preview)
        headers = preview["headers"]
        self.assertEqual(len(preview["matches"]), len(headers), "a column has no field")
        fields = ["/".join(preview["matches"][i]) for i in range(len(headers))]
        result = wizard.execute_import(fields, headers, preview["options"])
        self.assertEqual(result["messages"], [])
        self.assertTrue(result["ids"])
        return self.env[model].browse(result["ids"])

    def test_every_template_imports(self):
        zones = self._import("segmentation.zone")
        self.assertEqual(zones[1].complete_name, "Santa Cruz / Norte")
        self.assertEqual(zones[3].state_ids.code, "MT")
        self.assertEqual(zones[3].zip_from, "78000-000")
        self.assertEqual(
            self._import("segmentation.crop").mapped("name"), ["Soy", "Maize"]
        )
        units = self._import("segmentation.business.unit")
        self.assertEqual(units[0].category_ids.name, "Goods")
        harvests = self._import("segmentation.harvest")
        self.assertEqual(harvests.mapped("state"), ["closed", "open"])
        self.assertEqual(str(harvests[1].date_end), "2025-09-30")
        parcels = self._import("segmentation.parcel")
        self.assertEqual(parcels.mapped("hectares"), [120, 80.5])
        self.assertEqual(parcels.mapped("tenure"), ["owned", "rented"])
        self.assertEqual(parcels.zone_id, zones[1] + zones[2])
        plantings = self._import("segmentation.planting")
        self.assertEqual(plantings.parcel_id, parcels)
        self.assertEqual(plantings.mapped("source"), ["visit", "estimate"])
        rates = self._import("segmentation.rate")
        self.assertEqual(rates.mapped("amount_per_hectare"), [250, 35.5, 17])
        self.assertEqual(
            [rate.unit_id.name for rate in rates],
            ["Agrochemicals", "Workshop", "Agrochemicals"],
            "a rate without a unit would be one more beside those of the units",
        )

    def test_a_bad_row_is_told_with_its_name(self):
        self._import("segmentation.zone")
        self.company.segmentation_max_hectares = 100
        (template,) = self.env["segmentation.parcel"].get_import_templates()
        with file_open(template["template"].lstrip("/"), "rb") as file:
            content = file.read()
        wizard = self.env["base_import.import"].create(
            {
                "res_model": "segmentation.parcel",
                "file": content,
                "file_name": "parcels.xlsx",
                "file_type": XLSX,
            }
        )
        fields = "name partner_id zone_id hectares tenure cadastral_reference".split()
        result = wizard.execute_import(fields, fields, {"has_headers": True})
        self.assertFalse(result["ids"])
        self.assertIn("“La Esperanza” has 120 ha", str(result["messages"]))
