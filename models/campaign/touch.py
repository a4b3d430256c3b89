from odoo import api, fields, models
from odoo.tools import SQL

from ..common.groups import MARKETING
from .exclusion import EXCLUSIONS

CHANNELS = [("call", "Call"), ("opportunity", "Opportunity")]
STATES = [
    ("waiting", "Being prepared"),
    ("planned", "To do"),
    ("overdue", "Overdue"),
    ("done", "Done"),
    ("open", "Open"),
    ("won", "Won"),
    ("lost", "Lost"),
    ("cancelled", "Cancelled"),
    ("left_out", "Left out"),
]


class SegmentationTouch(models.Model):
    """What a campaign had salespeople do for a customer: a call, or an opportunity.

    The row is the ledger: it is written when calls or opportunities are asked for, once
    for each customer of the audience and channel whatever happens, and stays if the
    activity or opportunity is deleted. What came of it is told by the activity and the
    opportunity themselves, so that it is never out of date. E-mails and SMS have a
    ledger of Odoo's own, the traces of mailings.
    """

    _name = "segmentation.touch"
    _description = "Call or Opportunity of a Campaign"
    _inherit = ["segmentation.sql.state"]
    _order = "campaign_id desc, date, id"
    _rec_name = "partner_id"

    outreach_id = fields.Many2one(
        "segmentation.outreach",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        groups=MARKETING,
    )
    audience_id = fields.Many2one(
        "segmentation.audience", required=True, readonly=True, ondelete="cascade"
    )
    campaign_id = fields.Many2one(
        "utm.campaign", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(related="audience_id.partner_id", string="Customer")
    recipient_id = fields.Many2one(
        related="audience_id.recipient_id", string="Whom to Call"
    )
    phone = fields.Char(related="recipient_id.phone")
    quadrant = fields.Selection(related="audience_id.quadrant")
    gap = fields.Monetary(related="audience_id.gap", string="Gap at Launch")
    channel = fields.Selection(CHANNELS, required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Who is to call, or has the opportunity.",
    )
    date = fields.Date(string="Due Date", readonly=True, help="Day of the call.")
    made_at = fields.Datetime(
        string="Handed Over at",
        readonly=True,
        help="When the salesperson got it; empty while it is being prepared.",
    )
    reason = fields.Selection(
        EXCLUSIONS,
        string="Left Out Because",
        readonly=True,
        help="Why the customer had to be left alone when it was its turn.",
    )
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, index="btree_not_null", ondelete="set null"
    )
    lead_id = fields.Many2one(
        "crm.lead",
        string="Opportunity",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="sales_team.group_sale_salesman",
    )
    state = fields.Selection(
        STATES,
        string="Status",
        compute="_compute_states",
        search="_search_touch_state",
    )
    date_done = fields.Date(related="activity_id.date_done", string="Called on")
    feedback = fields.Text(related="activity_id.feedback")
    script = fields.Html(
        related="activity_id.note",
        help="What to say, with the figures of this customer.",
    )
    expected_revenue = fields.Monetary(compute="_compute_states")
    lost_reason_id = fields.Many2one(
        "crm.lost.reason",
        compute="_compute_states",
        search="_search_lost_reason_id",
    )

    _audience_channel_uniq = models.Constraint(
        "UNIQUE(audience_id, channel)",
        "A campaign has each customer called once, and makes one opportunity of it.",
    )
    _waiting_idx = models.Index(
        "(outreach_id, id) WHERE made_at IS NULL AND reason IS NULL"
    )

    @api.model
    def _state_sql(self, name, alias):
        if name == "state":
            return SQL(
                "(SELECT state FROM (%s) told WHERE told.id = %s)",
                self._select_states(),
                SQL.identifier(alias, "id"),
            )
        if name in ("expected_revenue", "lost_reason_id"):
            self.env["crm.lead"].flush_model([name])
            return SQL(
                "(SELECT %s FROM crm_lead WHERE id = %s)",
                SQL.identifier(name),
                SQL.identifier(alias, "lead_id"),
            )
        return super()._state_sql(name, alias)

    def _search_touch_state(self, operator, value):
        return self._search_state("state", operator, value)

    def _search_lost_reason_id(self, operator, value):
        return self._search_state("lost_reason_id", operator, value)

    @api.model
    def _select_states(self):
        """Return a SELECT of ``id``, ``audience_id``, ``channel`` and ``state``.

        Odoo archives an activity that is done, with feedback, and deletes one that is
        cancelled. An opportunity that is archived without being lost is given up.
        """
        self.flush_model()
        self.env["mail.activity"].flush_model(["active", "date_deadline"])
        self.env["crm.lead"].flush_model(["active", "won_status"])
        return SQL(
            """
            SELECT touch.id, touch.audience_id, touch.channel,
                   CASE WHEN touch.reason IS NOT NULL THEN 'left_out'
                        WHEN touch.made_at IS NULL THEN 'waiting'
                        WHEN COALESCE(activity.id, lead.id) IS NULL THEN 'cancelled'
                        WHEN touch.channel = 'call'
                        THEN CASE WHEN NOT activity.active THEN 'done'
                                  WHEN activity.date_deadline < %s THEN 'overdue'
                                  ELSE 'planned' END
                        WHEN lead.won_status <> 'pending' THEN lead.won_status
                        WHEN lead.active THEN 'open'
                        ELSE 'cancelled'
                   END AS state
              FROM segmentation_touch touch
         LEFT JOIN mail_activity activity ON activity.id = touch.activity_id
         LEFT JOIN crm_lead lead ON lead.id = touch.lead_id
            """,
            fields.Date.context_today(self),
        )

    @api.model
    def _unite(self, partners, destination):
        """Hand over what was asked for rows of the audience that become one.

        Of several in one channel stays that of the row that is kept, else the oldest;
        what the others had salespeople do stays with the merged customer.
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE segmentation_touch touch
                   SET audience_id = ranked.kept_id
                  FROM (SELECT touch.id, row.kept_id,
                               ROW_NUMBER() OVER (
                                   PARTITION BY row.kept_id, touch.channel
                                       ORDER BY row.id = row.kept_id DESC, touch.id
                               ) AS rank
                          FROM (SELECT id, FIRST_VALUE(id) OVER (%s) AS kept_id
                                  FROM segmentation_audience
                                 WHERE partner_id IN %s) row
                          JOIN segmentation_touch touch
                            ON touch.audience_id = row.id) ranked
                 WHERE ranked.id = touch.id AND ranked.rank = 1
                   AND touch.audience_id <> ranked.kept_id""",
                self.env["segmentation.audience"]._family(destination),
                tuple(partners.ids),
            )
        )
        self.invalidate_model()


class MailActivity(models.Model):
    """A call of a campaign that goes to somebody else, or to another day."""

    _inherit = "mail.activity"

    def write(self, vals):
        result = super().write(vals)
        if "user_id" in vals or "date_deadline" in vals:
            touches = self.env["segmentation.touch"].sudo()
            for touch in touches.search([("activity_id", "in", self.ids)]):
                touch.user_id = touch.activity_id.user_id
                touch.date = touch.activity_id.date_deadline
        return result


class CrmLead(models.Model):
    """An opportunity of a campaign that goes to somebody else."""

    _inherit = "crm.lead"

    def write(self, vals):
        result = super().write(vals)
        if "user_id" in vals:
            touches = self.env["segmentation.touch"].sudo()
            touches.search([("lead_id", "in", self.ids)]).user_id = vals["user_id"]
        return result

    def _merge_dependences(self, opportunities):
        """What becomes of a merged opportunity is told of all that it was made of."""
        touches = self.env["segmentation.touch"].sudo()
        touches.search([("lead_id", "in", opportunities.ids)]).lead_id = self
        return super()._merge_dependences(opportunities)
