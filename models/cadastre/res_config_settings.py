from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    segmentation_max_hectares = fields.Float(
        related="company_id.segmentation_max_hectares", readonly=False
    )
