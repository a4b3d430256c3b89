from odoo import models

from ..common.groups import USER
from ..common.ruled_fields import RuledOne2many


class ResPartner(models.Model):
    """In which segments a contact is and was, and why."""

    _inherit = "res.partner"

    segmentation_membership_ids = RuledOne2many(
        "segmentation.membership",
        "partner_id",
        string="Memberships of Segments",
        groups=USER,
    )
