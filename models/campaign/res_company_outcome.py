from odoo import fields, models

from ..common.limits import MOST


class ResCompany(models.Model):
    _inherit = "res.company"

    segmentation_attribution_days = fields.Integer(
        string="Count Results For",
        default=30,
        help="So many days after the last day of a campaign, what customers buy still "
        "counts as its outcome. Proposed for new campaigns.",
    )

    _segmentation_attribution_days_range = models.Constraint(
        f"CHECK(segmentation_attribution_days BETWEEN 0 AND {MOST})",
        "Results are counted for 0 to 1000 days after the end of a campaign.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    segmentation_attribution_days = fields.Integer(
        related="company_id.segmentation_attribution_days", readonly=False
    )
