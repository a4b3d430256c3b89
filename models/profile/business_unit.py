from odoo import fields, models

from ..common.limits import MOST


class SegmentationBusinessUnit(models.Model):
    _name = "segmentation.business.unit"
    _inherit = "segmentation.business.unit"

    active_months = fields.Integer(
        default=12,
        required=True,
        help="Who bought within so many months is a customer of the unit; who bought "
        "earlier, an ex-customer.",
    )

    _active_months_range = models.Constraint(
        f"CHECK(active_months BETWEEN 1 AND {MOST})",
        "The active months of a business unit go from 1 to 1000.",
    )

    def _refresh_fields(self):
        return super()._refresh_fields() | {"active_months"}
