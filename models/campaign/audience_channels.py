from odoo import api, fields, models
from odoo.tools import SQL

from .touch import STATES

#: what came of the mailings to a customer: a later state says more than an earlier one
MAILING_STATES = [
    ("left_out", "Left out"),
    ("failed", "Failed"),
    ("bounced", "Bounced"),
    ("waiting", "Waiting"),
    ("sent", "Sent"),
    ("opened", "Opened"),
    ("clicked", "Clicked"),
    ("replied", "Replied"),
]
CALL_STATES = [state for state in STATES if state[0] not in ("open", "won", "lost")]
OPPORTUNITY_STATES = [
    state for state in STATES if state[0] not in ("planned", "overdue", "done")
]


class SegmentationAudience(models.Model):
    """What was done for a customer in each channel, and what came of it.

    Empty: nothing. Of several mailings counts the one that came furthest.
    """

    _name = "segmentation.audience"
    _inherit = ["segmentation.audience", "segmentation.sql.state"]

    touch_ids = fields.One2many("segmentation.touch", "audience_id", readonly=True)
    email_state = fields.Selection(
        MAILING_STATES,
        string="E-mail Status",
        compute="_compute_states",
        search="_search_email_state",
        help="How far the campaign's e-mails came; empty: none was sent.",
    )
    sms_state = fields.Selection(
        MAILING_STATES,
        string="SMS Status",
        compute="_compute_states",
        search="_search_sms_state",
        help="How far the campaign's SMS came; empty: none was sent.",
    )
    call_state = fields.Selection(
        CALL_STATES,
        string="Call Status",
        compute="_compute_states",
        search="_search_call_state",
        help="What became of the call; empty: none was planned.",
    )
    opportunity_state = fields.Selection(
        OPPORTUNITY_STATES,
        string="Opportunity Status",
        compute="_compute_states",
        search="_search_opportunity_state",
        help="What became of the opportunity; empty: none was made.",
    )

    @api.model
    def _state_sql(self, name, alias):
        if name in ("call_state", "opportunity_state"):
            return self._touch_state_sql(name.removesuffix("_state"), alias)
        if name in ("email_state", "sms_state"):
            return self._mailing_state_sql(
                "sms" if name == "sms_state" else "mail", alias
            )
        return super()._state_sql(name, alias)

    @api.model
    def _touch_state_sql(self, channel, alias):
        """SQL of what came of a channel that salespeople act in."""
        return SQL(
            "(SELECT state FROM (%s) told WHERE audience_id = %s AND channel = %s)",
            self.env["segmentation.touch"]._select_states(),
            SQL.identifier(alias, "id"),
            channel,
        )

    @api.model
    def _mailing_state_sql(self, trace_type, alias):
        """SQL of how far the campaign's mailings to the recipient came."""
        self.env["mailing.trace"].flush_model()
        return SQL(
            """(%(states)s::varchar[])[(
                SELECT MAX(CASE WHEN trace.trace_status = 'reply' THEN 8
                                WHEN trace.links_click_datetime IS NOT NULL THEN 7
                                WHEN trace.trace_status = 'open' THEN 6
                                WHEN trace.trace_status IN ('sent', 'pending') THEN 5
                                WHEN trace.trace_status IN ('outgoing', 'process')
                                THEN 4
                                WHEN trace.trace_status = 'bounce' THEN 3
                                WHEN trace.trace_status = 'error' THEN 2
                                ELSE 1 END)
                  FROM mailing_trace trace
                 WHERE trace.model = 'res.partner'
                   AND trace.res_id = %(recipient)s
                   AND trace.campaign_id = %(campaign)s
                   AND trace.trace_type = %(type)s
                   AND trace.is_test_trace IS NOT TRUE)]""",
            states=[state for state, _label in MAILING_STATES],
            recipient=SQL.identifier(alias, "recipient_id"),
            campaign=SQL.identifier(alias, "campaign_id"),
            type=trace_type,
        )

    def _search_email_state(self, operator, value):
        return self._search_state("email_state", operator, value)

    def _search_sms_state(self, operator, value):
        return self._search_state("sms_state", operator, value)

    def _search_call_state(self, operator, value):
        return self._search_state("call_state", operator, value)

    def _search_opportunity_state(self, operator, value):
        return self._search_state("opportunity_state", operator, value)

    @api.model
    def _fold(self, partners, destination):
        """Keep what salespeople were asked to do for the rows that become one."""
        self.env["segmentation.touch"]._unite(partners, destination)
        return super()._fold(partners, destination)
