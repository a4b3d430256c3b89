from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class SegmentationChoiceWizard(models.TransientModel):
    """Puts contacts into a segment by hand, keeps them out, or takes that back."""

    _name = "segmentation.choice.wizard"
    _description = "Choose Members by Hand"

    segment_id = fields.Many2one(
        "segmentation.segment",
        required=True,
        domain=[("kind", "=", "dynamic")],
        ondelete="cascade",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="Contacts",
        required=True,
        help="A segment that lists customers takes the customers they belong to.",
    )
    operation = fields.Selection(
        [
            ("in", "Put them in"),
            ("out", "Keep them out"),
            ("rule", "Let the rule decide again"),
        ],
        string="What to Do",
        required=True,
        default="in",
    )
    reason = fields.Char()

    @api.model
    def default_get(self, fields):
        """Start from the members selected in a list of memberships."""
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "segmentation.membership":
            memberships = self.env["segmentation.membership"].browse(
                self.env.context.get("active_ids", [])
            )
            if len(memberships.segment_id) > 1:
                raise UserError(self.env._("Select members of one segment."))
            values["partner_ids"] = [Command.set(memberships.partner_id.ids)]
            values["segment_id"] = memberships.segment_id.id
        return values

    def action_apply(self):
        """Write the choices; whoever is chosen enters or leaves at once."""
        self.ensure_one()
        choices = self.env["segmentation.choice"]
        choices.check_access("write")
        partners = self._partners()
        chosen = choices.search(
            Domain("segment_id", "=", self.segment_id.id)
            & Domain("partner_id", "in", partners.ids)
        )
        if self.operation == "rule":
            chosen.unlink()
        else:
            values = {"choice": self.operation, "reason": self.reason}
            chosen.write(values)
            choices.create(
                [
                    {
                        **values,
                        "segment_id": self.segment_id.id,
                        "partner_id": partner.id,
                    }
                    for partner in partners - chosen.partner_id
                ]
            )
        return {"type": "ir.actions.act_window_close"}

    def _partners(self):
        """Return whom the segment may list."""
        if self.segment_id.level == "customer":
            return self.partner_ids.commercial_partner_id
        return self.partner_ids
