from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    segmentation_harvest_id = fields.Many2one(
        related="company_id.segmentation_harvest_id", readonly=False
    )
    segmentation_carry_harvests = fields.Integer(
        related="company_id.segmentation_carry_harvests", readonly=False
    )
