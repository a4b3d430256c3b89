from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    segmentation_max_hectares = fields.Float(
        string="Largest Parcel",
        digits=(16, 4),
        default=100000.0,
        help="A parcel with more hectares than this is refused as a slip of the pen;"
        " zero sets no limit.",
    )
