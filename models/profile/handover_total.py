from odoo import fields, models


class SegmentationHandoverTotal(models.Model):
    """What a person has before and after a handover, in all, as the dry run found it.

    Hectares are those of the cadastre; potential and billing those of the company's
    reference harvest, in its currency. What comes along is that of accounts which the
    person gets from somebody else.
    """

    _name = "segmentation.handover.total"
    _description = "Totals of a Person in a Handover"
    _order = "handover_id desc, id"
    _rec_name = "user_id"

    handover_id = fields.Many2one(
        "segmentation.handover",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="handover_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    accounts_before = fields.Integer(readonly=True)
    accounts_after = fields.Integer(readonly=True)
    hectares_before = fields.Float(digits=(16, 4), readonly=True)
    hectares_after = fields.Float(digits=(16, 4), readonly=True)
    potential_before = fields.Monetary(readonly=True)
    potential_after = fields.Monetary(readonly=True)
    billing_before = fields.Monetary(readonly=True)
    billing_after = fields.Monetary(readonly=True)
    contact_count = fields.Integer(
        string="Contacts", readonly=True, help="Contacts that come to this person."
    )
    lead_count = fields.Integer(
        string="Opportunities",
        readonly=True,
        help="Open opportunities that come to this person.",
    )
    activity_count = fields.Integer(
        string="Activities",
        readonly=True,
        help="Open activities that come to this person.",
    )
    order_count = fields.Integer(
        string="Quotations",
        readonly=True,
        help="Draft quotations that come to this person.",
    )
