from odoo import api, fields, models
from odoo.exceptions import UserError


class SegmentationPreflightConfirm(models.TransientModel):
    """Asks once more before very many messages leave, and names their number."""

    _name = "segmentation.preflight.confirm"
    _description = "Confirm the Number of Messages"

    preflight_id = fields.Many2one(
        "segmentation.preflight", required=True, readonly=True, ondelete="cascade"
    )
    number = fields.Integer(
        string="Number of Messages",
        help="Write the number of messages that leave, to show that you have read it.",
    )
    question = fields.Char(compute="_compute_question")

    @api.depends("preflight_id")
    @api.depends_context("lang")
    def _compute_question(self):
        for wizard in self:
            preflight = wizard.preflight_id
            wizard.question = self.env._(
                "%(count)s messages of “%(message)s” are about to leave. Write this"
                " number to confirm it.",
                count=preflight._number(preflight.goes_count),
                message=preflight.mailing_id.subject,
            )

    def action_confirm(self):
        """Note that the number was confirmed; back to the check."""
        self.ensure_one()
        preflight = self.preflight_id
        preflight.campaign_id._check_segmentation_marketing()
        preflight.check_access("read")
        count = preflight.goes_count
        if self.number != count:
            raise UserError(
                self.env._(
                    "%(count)s messages would leave, not %(number)s: write that number"
                    " to confirm it.",
                    count=preflight._number(count),
                    number=preflight._number(self.number),
                )
            )
        preflight.sudo().confirmed_count = count
        return preflight.mailing_id._segmentation_open_preflight(preflight)
