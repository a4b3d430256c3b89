from odoo import fields, models

from .relation import RELATIONS


class SegmentationChange(models.Model):
    _name = "segmentation.change"
    _inherit = "segmentation.change"

    kind = fields.Selection(
        selection_add=[("relation", "Relation")], ondelete={"relation": "cascade"}
    )
    old_value = fields.Selection(selection_add=RELATIONS)
    new_value = fields.Selection(selection_add=RELATIONS)
