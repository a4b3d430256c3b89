from odoo import api, fields, models
from odoo.exceptions import AccessError


class SegmentationHandoverLine(models.Model):
    """A customer in a handover: whose it was, whose it becomes, and what it weighs.

    The figures are those of the dry run: hectares of the cadastre; potential and
    billing of the company's reference harvest, in its currency; how many records of
    the old salesperson come along.
    """

    _name = "segmentation.handover.line"
    _description = "Account in a Handover"
    _inherit = ["segmentation.merge"]
    _order = "handover_id desc, sequence, id"
    _rec_name = "partner_id"

    handover_id = fields.Many2one(
        "segmentation.handover", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(readonly=True, help="Neighbours stand together.")
    company_id = fields.Many2one(related="handover_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    handover_state = fields.Selection(
        related="handover_id.state", string="Status of the Handover"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    unit_id = fields.Many2one(
        "segmentation.business.unit",
        string="Business Unit",
        readonly=True,
        ondelete="cascade",
        help="Empty: the customer as a whole.",
    )
    zone_id = fields.Many2one("segmentation.zone", readonly=True, ondelete="set null")
    from_user_id = fields.Many2one(
        "res.users", string="From", readonly=True, ondelete="set null"
    )
    to_user_id = fields.Many2one(
        "res.users",
        string="To",
        ondelete="set null",
        domain="[('share', '=', False), ('company_ids', '=', company_id)]",
        help="Who gets the account; may be changed as long as nothing is executed.",
    )
    hectares = fields.Float(digits=(16, 4), readonly=True)
    potential = fields.Monetary(readonly=True)
    billing = fields.Monetary(readonly=True)
    contact_count = fields.Integer(
        string="Contacts", readonly=True, help="Contacts that come along."
    )
    lead_count = fields.Integer(
        string="Opportunities", readonly=True, help="Open ones that come along."
    )
    activity_count = fields.Integer(
        string="Activities", readonly=True, help="Open ones that come along."
    )
    order_count = fields.Integer(
        string="Quotations", readonly=True, help="Draft ones that come along."
    )
    state = fields.Selection(
        [
            ("todo", "To do"),
            ("done", "Handed over"),
            ("skipped", "Skipped"),
            ("undone", "Undone"),
            ("left", "Partly left"),
        ],
        string="Status",
        default="todo",
        required=True,
        readonly=True,
    )
    note = fields.Char(readonly=True, help="Why it was skipped or left.")
    item_ids = fields.One2many("segmentation.handover.item", "line_id", readonly=True)

    _todo_idx = models.Index("(handover_id, state)")

    def write(self, vals):
        """Let people change who gets the account, before anything is executed."""
        if self.env.su:
            return super().write(vals)
        if vals.keys() - {"to_user_id"}:
            raise AccessError(
                self.env._("Only who gets the account can be changed in this list.")
            )
        handovers = self.handover_id
        handovers._check_draft()
        result = super().write(vals)
        for handover in handovers:
            handover._check_rights()
            handover._total()
        return result

    def _account_key(self):
        """Return what the line is about: ``(customer id, unit id or False)``."""
        return self.partner_id.id, self.unit_id.id

    # --- Merged customers -------------------------------------------------------

    @api.model
    def _merge_partners(self, sources, destination):
        """Fold accounts that a handover still has to do, and let others come along.

        What was done stays as it was: an undo needs it.
        """
        folded = self._fold_accounts(sources | destination, destination)
        sentences = super()._merge_partners(sources, destination)
        if folded:
            sentences.append(
                self.env._("Handovers: accounts summed in %s handovers.", folded)
            )
        return sentences

    @api.model
    def _fold_accounts(self, partners, destination):
        """Make one account of those of several partners in one handover and unit.

        The destination's stays, else the first, and goes to whom it was to go.

        :return: in how many handovers
        """
        domain = [("partner_id", "in", partners.ids), ("state", "=", "todo")]
        lines = self.search(domain).sorted(lambda li: li.partner_id != destination)
        folded = 0
        for handover, some in lines.grouped("handover_id").items():
            families = [same for same in some.grouped("unit_id").values() if same[1:]]
            if families:
                handover._fold(families)
                folded += 1
        return folded
