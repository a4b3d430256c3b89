from odoo import api, fields, models
from odoo.tools import SQL

from ..common.optional_fields import OptionalMonetary
from ..position.position import QUADRANTS

#: columns that are 1 or 0, and what of the audience they tell
FLAGS = {
    "written": "is_written",
    "opened": "is_opened",
    "clicked": "is_clicked",
    "replied": "is_replied",
    "called": "is_called",
    "won": "is_won",
    "buyers": "is_buyer",
}


class SegmentationOutcome(models.Model):
    """The outcome of campaigns, to be summed up in any way: a row for each customer.

    Counts are numbers of customers. Amounts are in the currency of the campaign's
    company, so they add up within a company only.
    """

    _name = "segmentation.outcome"
    _description = "Outcome of Campaigns"
    _auto = False
    _rec_name = "partner_id"
    _order = "date desc, id"

    campaign_id = fields.Many2one("utm.campaign", readonly=True)
    strategy = fields.Selection(
        selection=lambda self: self.env["utm.campaign"]
        ._fields["segmentation_strategy"]
        ._description_selection(self.env),
        readonly=True,
    )
    tactic = fields.Selection(
        selection=lambda self: self.env["utm.campaign"]
        ._fields["segmentation_tactic"]
        ._description_selection(self.env),
        readonly=True,
    )
    date = fields.Date(
        string="First Day", readonly=True, help="First day that counts as outcome."
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    group = fields.Selection(
        [("contact", "To contact"), ("hold_out", "Hold-out")], readonly=True
    )
    quadrant = fields.Selection(QUADRANTS, readonly=True)
    zone_id = fields.Many2one("segmentation.zone", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    customers = fields.Integer(readonly=True)
    written = fields.Integer(string="Written To", readonly=True)
    opened = fields.Integer(readonly=True)
    clicked = fields.Integer(readonly=True)
    replied = fields.Integer(readonly=True)
    called = fields.Integer(readonly=True)
    won = fields.Integer(string="Opportunities Won", readonly=True)
    buyers = fields.Integer(readonly=True)
    buyer_share = fields.Float(
        string="Buyers (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Share of the customers who bought, in per cent.",
    )
    invoices = fields.Integer(readonly=True)
    invoiced = fields.Monetary(readonly=True)
    invoiced_average = fields.Monetary(
        string="Invoiced per Customer", readonly=True, aggregator="avg"
    )
    billing = fields.Monetary(string="Billing at Launch", readonly=True)
    potential = OptionalMonetary(string="Potential at Launch", readonly=True)
    gap = OptionalMonetary(string="Gap at Launch", readonly=True)

    _depends = {
        "segmentation.audience": [
            "campaign_id",
            "partner_id",
            "company_id",
            "currency_id",
            "group",
            "quadrant",
            "zone_id",
            "user_id",
            "billing",
            "potential",
            "gap",
            "invoiced",
            "invoice_count",
            *FLAGS.values(),
        ],
        "utm.campaign": [
            "segmentation_strategy",
            "segmentation_tactic",
            "segmentation_outcome_from",
        ],
    }

    @property
    def _table_query(self):
        """One row for each row of an audience."""
        return SQL(
            """
            SELECT audience.id, audience.campaign_id, audience.partner_id,
                   audience.company_id, audience.currency_id, audience."group",
                   audience.quadrant, audience.zone_id, audience.user_id,
                   audience.billing, audience.potential, audience.gap,
                   audience.invoiced, audience.invoiced AS invoiced_average,
                   audience.invoice_count AS invoices,
                   campaign.segmentation_strategy AS strategy,
                   campaign.segmentation_tactic AS tactic,
                   campaign.segmentation_outcome_from AS date,
                   1 AS customers, 100.0 * audience.is_buyer::int AS buyer_share, %s
              FROM segmentation_audience audience
              JOIN utm_campaign campaign ON campaign.id = audience.campaign_id
            """,
            SQL(", ").join(
                SQL(
                    "%s::int AS %s",
                    SQL.identifier("audience", column),
                    SQL.identifier(name),
                )
                for name, column in FLAGS.items()
            ),
        )


class UtmCampaign(models.Model):
    _name = "utm.campaign"
    _inherit = "utm.campaign"

    @api.readonly
    def action_segmentation_outcome(self):
        """Open the outcome of the campaign, to be looked at in any way."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_outcome_action"
        )
        return {
            **action,
            "domain": [("campaign_id", "=", self.id)],
            "context": {},
        }
