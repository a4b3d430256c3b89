from odoo import fields, models


class SegmentationHygieneWizard(models.TransientModel):
    """Asks what is still to be known to assign flagged contacts, or to keep them."""

    _name = "segmentation.hygiene.wizard"
    _description = "Decide on Flagged Contacts"

    operation = fields.Selection(
        [("assign", "Assign a salesperson"), ("keep", "Keep as they are")],
        required=True,
    )
    flag_ids = fields.Many2many(
        "segmentation.hygiene.flag", string="Contacts", required=True
    )
    user_id = fields.Many2one(
        "res.users", string="Salesperson", domain="[('share', '=', False)]"
    )
    until = fields.Date(
        help="The last day that the contacts are kept as they are; the day after they "
        "are in the queue again, unless they were put right."
    )
    reason = fields.Char(help="Written into the chatter of the contacts.")

    def action_apply(self):
        """Do it, with the user's own rights on the contacts."""
        self.ensure_one()
        if self.operation == "assign":
            self.flag_ids._assign(self.user_id)
        else:
            self.flag_ids._keep(self.until, self.reason)
        return {"type": "ir.actions.act_window_close"}
