from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    segmentation_zone_id = fields.Many2one(
        "segmentation.zone",
        string="Growing Zone",
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    segmentation_parcel_ids = fields.One2many(
        "segmentation.parcel",
        "partner_id",
        string="Parcels",
        groups="agro_segmentation.group_segmentation_user",
    )
