from odoo import api, fields, models
from odoo.exceptions import UserError


class SegmentationValueMerge(models.TransientModel):
    """Puts one value of a key field in the place of others, on all contacts."""

    _name = "segmentation.value.merge"
    _description = "Merge Key Field Values"

    value_ids = fields.Many2many("segmentation.value", string="Values", required=True)
    field_id = fields.Many2one(
        "segmentation.field", string="Key Field", compute="_compute_field_id"
    )
    destination_id = fields.Many2one(
        "segmentation.value",
        string="Keep",
        required=True,
        domain="[('id', 'in', value_ids)]",
        help="Contacts with one of the values have this one afterwards; the others go.",
    )

    @api.depends("value_ids")
    def _compute_field_id(self):
        for wizard in self:
            wizard.field_id = wizard.value_ids.field_id[:1]

    @api.model
    def default_get(self, fields):
        result = super().default_get(fields)
        values = self.env["segmentation.value"].browse(
            self.env.context.get("default_value_ids", [])
        )
        if len(values) < 2 or len(values.field_id) > 1:
            raise UserError(
                self.env._("Select two or more values of one and the same key field.")
            )
        return {"destination_id": values[0].id, **result}

    def action_merge(self):
        """Merge the values into the one to keep."""
        self.ensure_one()
        self.check_access("write")
        self.value_ids._merge_into(self.destination_id)
        return {"type": "ir.actions.act_window_close"}
