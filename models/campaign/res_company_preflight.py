from odoo import fields, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = "res.company"

    segmentation_confirm_from = fields.Integer(
        string="Confirm From",
        default=500,
        required=True,
        help="From so many messages on, sending them asks to confirm their number.",
    )

    _segmentation_confirm_from_positive = models.Constraint(
        "CHECK(segmentation_confirm_from > 0)",
        "The number of messages from which to confirm must be at least 1.",
    )


class ResConfigSettings(models.TransientModel):
    _name = "res.config.settings"
    _inherit = "res.config.settings"

    segmentation_confirm_from = fields.Integer(
        related="company_id.segmentation_confirm_from", readonly=False
    )
