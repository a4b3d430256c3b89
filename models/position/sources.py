from odoo import api, models

from .figures import SALE_TYPES


class SegmentationParcel(models.Model):
    _name = "segmentation.parcel"
    _inherit = ["segmentation.parcel", "segmentation.refresh.source"]

    def _refresh_fields(self):
        return {"partner_id", "zone_id", "active"}

    def _refresh_marks(self):
        return [(None, partner.id) for partner in self.partner_id]


class SegmentationPlanting(models.Model):
    _name = "segmentation.planting"
    _inherit = ["segmentation.planting", "segmentation.refresh.source"]

    def _refresh_fields(self):
        return {"parcel_id", "harvest_id", "crop_id", "hectares"}

    def _refresh_marks(self):
        return [
            (planting.harvest_id.company_id.id, planting.parcel_id.partner_id.id)
            for planting in self
        ]


class SegmentationRate(models.Model):
    _name = "segmentation.rate"
    _inherit = ["segmentation.rate", "segmentation.refresh.source"]

    def _refresh_fields(self):
        return {
            "company_id",
            "crop_id",
            "zone_id",
            "harvest_id",
            "unit_id",
            "amount_per_hectare",
            "dose",
            "price_unit",
            "product_id",
            "basis",
        }

    def _refresh_marks(self):
        return [(company.id, None) for company in self.company_id]


class SegmentationZone(models.Model):
    _name = "segmentation.zone"
    _inherit = ["segmentation.zone", "segmentation.refresh.source"]

    def _refresh_fields(self):
        return {"parent_id"}

    def _refresh_marks(self):
        """Rates and policies follow the tree, so everybody is concerned.

        Unless nothing lies in the zones yet, as when they are new.
        """
        users = (
            ("segmentation.parcel", "zone_id"),
            ("res.partner", "segmentation_zone_id"),
            ("account.move", "segmentation_zone_id"),
        )
        for model, field in users:
            records = self.env[model].with_context(active_test=False)
            if records.search_count([(field, "child_of", self.ids)], limit=1):
                return [(None, None)]
        return []

    def unlink(self):
        """Give invoices set to these zones by hand back to their addresses."""
        self.env["account.move"]._segmentation_release("zone", self)
        return super().unlink()


class SegmentationBusinessUnit(models.Model):
    _name = "segmentation.business.unit"
    _inherit = ["segmentation.business.unit", "segmentation.refresh.source"]

    def _refresh_fields(self):
        return {"category_ids", "company_id"}

    def _refresh_marks(self):
        return [(unit.company_id.id, None) for unit in self if unit.category_ids]


class ProductCategory(models.Model):
    _name = "product.category"
    _inherit = ["product.category", "segmentation.refresh.source"]

    def _refresh_fields(self):
        return {"parent_id"}

    def _refresh_marks(self):
        """Units claim whole branches, so moving a branch concerns all who bought."""
        return self.env["product.template"]._refresh_marks_of(
            [("product_id.categ_id", "child_of", self.ids)]
        )


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "segmentation.refresh.source"]

    def _refresh_fields(self):
        return {"categ_id"}

    def _refresh_marks(self):
        return self._refresh_marks_of([("product_id.product_tmpl_id", "in", self.ids)])

    @api.model
    def _refresh_marks_of(self, domain):
        """Return the marks of the customers billed on lines that meet ``domain``.

        One grouped query, whatever the number of products and invoices.
        """
        return [
            (company.id, partner.id)
            for company, partner in self.env["account.move.line"]._read_group(
                [
                    *domain,
                    ("parent_state", "=", "posted"),
                    ("display_type", "=", "product"),
                    ("move_id.move_type", "in", SALE_TYPES),
                    ("move_id.partner_id", "!=", False),
                ],
                ["company_id", "move_id.partner_id"],
            )
        ]
