from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    segmentation_attribution_days = fields.Integer(
        string="Count Results For",
        default=30,
        help="So many days after the last day of a campaign, what customers buy still "
        "counts as its outcome. Proposed for new campaigns.",
    )

    _segmentation_attribution_days_positive = models.Constraint(
        "CHECK(segmentation_attribution_days >= 0)",
        "Results cannot be counted for a negative number of days: put 0 or more.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    segmentation_attribution_days = fields.Integer(
        related="company_id.segmentation_attribution_days", readonly=False
    )
