from odoo import fields, models

from ..cadastre.groups import USER


class ResPartner(models.Model):
    """In which segments a contact is and was, and why."""

    _inherit = "res.partner"

    segmentation_membership_ids = fields.One2many(
        "segmentation.membership",
        "partner_id",
        string="Memberships of Segments",
        groups=USER,
    )
