from odoo import api, fields, models

from .exclusion import EXCLUSIONS

#: what may be wrong with one message
PROBLEMS = [
    ("failed", "Cannot be written"),
    ("raw", "Placeholder would go raw"),
    ("empty", "Placeholder without a value"),
    ("blank", "Nothing in it"),
]


class SegmentationPreflightLine(models.Model):
    """One message of a check: who would get it, or why not, and how it reads."""

    _name = "segmentation.preflight.line"
    _description = "Message of a Check Before Sending"
    _inherit = ["segmentation.merge"]
    _order = "preflight_id desc, id"
    _rec_name = "partner_id"

    preflight_id = fields.Many2one(
        "segmentation.preflight",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Recipient",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="preflight_id.company_id", store=True, index=True
    )
    address = fields.Char(readonly=True, help="E-mail address or number.")
    reason = fields.Selection(
        EXCLUSIONS, string="Left Out", readonly=True, help="Why nothing goes to it."
    )
    is_checked = fields.Boolean(
        string="Checked", readonly=True, help="The message was written and looked at."
    )
    problem = fields.Selection(PROBLEMS, readonly=True)
    detail = fields.Char(string="What Is Wrong", readonly=True)
    sms_parts = fields.Integer(string="SMS Parts", readonly=True)
    is_sample = fields.Boolean(string="Sample", readonly=True)
    sample_subject = fields.Char(string="Subject", readonly=True)
    # what contacts are called is no code, and what marketing wrote need not be safe
    sample_body = fields.Html(
        string="Message", readonly=True, sanitize="email_outgoing"
    )

    @api.model
    def _merge_partners(self, sources, destination):
        """Hand the lines over as they are, which nobody need be told of."""
        super()._merge_partners(sources, destination)
        return []
