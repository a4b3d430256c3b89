from odoo import fields, models


class SegmentationBusinessUnit(models.Model):
    _name = "segmentation.business.unit"
    _inherit = "segmentation.business.unit"

    active_months = fields.Integer(
        default=12,
        required=True,
        help="Who bought within so many months is a customer of the unit; who bought "
        "earlier, an ex-customer.",
    )

    _active_months_positive = models.Constraint(
        "CHECK(active_months > 0)",
        "The active months of a business unit are 1 or more.",
    )

    def _refresh_fields(self):
        return super()._refresh_fields() | {"active_months"}
