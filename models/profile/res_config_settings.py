from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _name = "res.config.settings"
    _inherit = "res.config.settings"

    segmentation_active_months = fields.Integer(
        related="company_id.segmentation_active_months", readonly=False
    )
