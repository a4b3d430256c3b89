from odoo import fields, models

from ..models.profile.relation import RELATIONS


class SegmentationRelationWizard(models.TransientModel):
    """Says how customers stand to the current company, of one or of many at once."""

    _name = "segmentation.relation.wizard"
    _description = "Set Relations by Hand"

    operation = fields.Selection(
        [
            ("set", "Set the relation by hand"),
            ("clear", "Go by invoices and opportunities again"),
            ("salesperson", "Name the salesperson of the business unit"),
        ],
        default="set",
        required=True,
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        required=True,
        help="Of contacts, the customer they belong to.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        help="To whom the customers stand so.",
    )
    unit_id = fields.Many2one(
        "segmentation.business.unit",
        string="Business Unit",
        domain="[('company_id', 'in', [company_id, False])]",
        help="Empty: the customer as a whole.",
    )
    relation = fields.Selection(RELATIONS)
    reason = fields.Char()
    until = fields.Date(help="The last day that it holds; empty: for ever.")
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        domain="[('share', '=', False)]",
        help="Empty: nobody in particular.",
    )

    def action_apply(self):
        """Write it on the customers' relations."""
        self.ensure_one()
        relations = self.env["segmentation.relation"].with_company(self.company_id)
        if self.operation == "set":
            relations._set_manual(
                self.partner_ids, self.unit_id, self.relation, self.reason, self.until
            )
        elif self.operation == "clear":
            relations._clear_manual(self.partner_ids, self.unit_id)
        else:
            relations._set_salesperson(self.partner_ids, self.unit_id, self.user_id)
        return {"type": "ir.actions.act_window_close"}
