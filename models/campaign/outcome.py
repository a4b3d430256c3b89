import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common.clock import begins
from ..common.columns import listed
from ..common.groups import USER
from ..common.job import PASSING, take, tries_again
from ..common.staging import stage

_logger = logging.getLogger(__name__)

#: the columns of the audience that measuring writes, by the source they come from
OUTCOMES = {
    "messages": ("is_written", "is_opened", "is_clicked", "is_replied"),
    "calls": ("is_called",),
    "opportunities": ("is_won",),
    "invoices": ("invoiced", "invoice_count", "is_buyer"),
}
OUTCOME_NAMES = [name for names in OUTCOMES.values() for name in names]
#: those that add up where two customers become one; of the others, one will do
SUMS = ("invoiced", "invoice_count")


class SegmentationAudience(models.Model):
    """What became of each customer in the window of the campaign.

    Of those held out too: what they do shows what would have happened anyway.
    """

    _name = "segmentation.audience"
    _inherit = "segmentation.audience"

    is_written = fields.Boolean(
        string="Written To",
        readonly=True,
        help="An e-mail or SMS of the campaign was sent, and did not bounce.",
    )
    is_opened = fields.Boolean(
        string="Opened", readonly=True, help="Opened a message of the campaign."
    )
    is_clicked = fields.Boolean(
        string="Clicked",
        readonly=True,
        help="Followed a link in a message of the campaign.",
    )
    is_replied = fields.Boolean(
        string="Replied", readonly=True, help="Replied to a message of the campaign."
    )
    is_called = fields.Boolean(
        string="Called",
        readonly=True,
        help="A call that the campaign planned was made. Other calls to the customer "
        "do not count.",
    )
    is_won = fields.Boolean(
        string="Opportunity Won",
        readonly=True,
        help="An opportunity of the campaign was won: one that it made, or that has "
        "it as its campaign.",
    )
    invoiced = fields.Monetary(
        readonly=True,
        help="Billed in the days that count for the campaign: posted invoices, "
        "untaxed, in company currency, credit notes subtracted.",
    )
    invoice_count = fields.Integer(
        string="Invoices", readonly=True, help="Credit notes are not counted."
    )
    is_buyer = fields.Boolean(
        string="Buyer",
        readonly=True,
        help="More was invoiced than credited in the days that count for the campaign.",
    )
    measured_at = fields.Datetime(related="campaign_id.segmentation_measured_at")

    @api.model
    def _fold(self, partners, destination):
        """The outcome of a customer merged of several is that of all of them."""
        self._share_outcomes(partners)
        return super()._fold(partners, destination)

    @api.model
    def _share_outcomes(self, partners):
        """Give all rows of the partners in one campaign the outcome of them together.

        Whichever row is kept then has it.
        """
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
                UPDATE segmentation_audience audience
                   SET %s
                  FROM (SELECT campaign_id, %s
                          FROM segmentation_audience
                         WHERE partner_id IN %s
                      GROUP BY campaign_id
                        HAVING COUNT(*) > 1) family
                 WHERE audience.campaign_id = family.campaign_id
                   AND audience.partner_id IN %s
                """,
                self._assignments("family"),
                SQL(", ").join(
                    SQL(
                        "%s(%s) AS %s",
                        SQL("SUM" if name in SUMS else "BOOL_OR"),
                        SQL.identifier(name),
                        SQL.identifier(name),
                    )
                    for name in OUTCOME_NAMES
                ),
                tuple(partners.ids),
                tuple(partners.ids),
            )
        )

    @api.model
    def _assignments(self, source):
        """Return SQL that sets the outcome to that of another table."""
        return SQL(", ").join(
            SQL("%s = %s", SQL.identifier(name), SQL.identifier(source, name))
            for name in OUTCOME_NAMES
        )


class UtmCampaign(models.Model):
    """Measures the outcome of a launched campaign, whenever asked and daily by a job.

    The outcome of all customers is found and written by one statement. Customers are
    those of today: what contacts of theirs did is found by their commercial entity.
    """

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    segmentation_measured_at = fields.Datetime(
        string="Measured At",
        readonly=True,
        copy=False,
        groups=USER,
        help="When the outcome was last looked up.",
    )

    # -- When

    def action_segmentation_measure(self):
        """Look up the outcome now."""
        self.ensure_one()
        self._check_segmentation_marketing()
        if self.segmentation_state != "launched":
            raise UserError(
                self.env._("Launch the campaign first: then it has an outcome.")
            )
        self._segmentation_lock()
        self._segmentation_measure()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    @tries_again("outcome_cron")
    def _cron_segmentation_measure(self):
        """Measure the campaigns whose outcome still grows; commit each.

        An error in one keeps no other from being measured.
        """
        due = self._segmentation_to_measure()
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(due))
        for campaign in due:
            if take(campaign, "outcome_cron", allow_referencing=True):
                campaign._segmentation_attempt_measure()
            if not progress(1):
                break

    @api.model
    def _segmentation_to_measure(self):
        """Return the campaigns whose last day, when last measured, was not over yet."""
        campaigns = self.search(
            [
                ("segmentation_state", "=", "launched"),
                ("segmentation_outcome_from", "<=", fields.Date.today()),
            ]
        )
        return campaigns.filtered(
            lambda campaign: not campaign.segmentation_measured_at
            or campaign._segmentation_day(campaign.segmentation_measured_at)
            <= campaign.segmentation_outcome_to
        )

    def _segmentation_attempt_measure(self):
        """Measure, and note an error in the log."""
        try:
            with self.env.cr.savepoint():
                self._segmentation_measure()
        except PASSING as error:
            _logger.info("Campaign %s is measured tomorrow: %s", self.id, error)
        except psycopg2.Error:
            _logger.exception("The outcome of campaign %s was not measured", self.id)

    # -- Measuring

    def _segmentation_measure(self):
        """Look up the outcome of every customer; the caller holds a lock on it."""
        self.ensure_one()
        self.env.flush_all()
        company = self.segmentation_company_id
        campaign = self.sudo().with_context(allowed_company_ids=company.ids)
        campaign._segmentation_stage_members()
        campaign._segmentation_write_outcome()
        self.env["segmentation.audience"].invalidate_model()
        campaign.segmentation_measured_at = fields.Datetime.now()
        campaign._segmentation_conclude()

    def _segmentation_conclude(self):
        """Draw conclusions from what was just measured."""

    def _segmentation_stage_members(self):
        """Stage the audience with the customers that its members are today.

        A customer may have become a contact of another one since the launch. Where that
        makes one of two, one row has the outcome, that of the customer itself first:
        nothing is counted twice.
        """
        stage(
            self.env,
            "segmentation_member",
            SQL(
                """
                SELECT id, CASE WHEN rank = 1 THEN customer_id END AS customer_id
                  FROM (SELECT audience.id,
                               partner.commercial_partner_id AS customer_id,
                               ROW_NUMBER() OVER (
                                   PARTITION BY partner.commercial_partner_id
                                   ORDER BY partner.id <> partner.commercial_partner_id,
                                            audience.id) AS rank
                          FROM segmentation_audience audience
                          JOIN res_partner partner ON partner.id = audience.partner_id
                         WHERE audience.campaign_id = %s) ranked""",
                self.id,
            ),
        )

    def _segmentation_write_outcome(self):
        """Write what the sources say of the staged members, where it is something new.

        One statement, so that each row is written once. Who is not in a source did
        nothing.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE segmentation_audience audience
                   SET (%(columns)s) = ROW(%(found)s)
                  FROM (SELECT member.id, %(values)s
                          FROM segmentation_member member
                               %(sources)s) found
                 WHERE found.id = audience.id
                   AND (%(audience)s) IS DISTINCT FROM (%(found)s)
                """,
                columns=listed(OUTCOME_NAMES),
                found=listed(OUTCOME_NAMES, "found"),
                values=self._segmentation_outcome_values(),
                sources=self._segmentation_outcome_sources(),
                audience=listed(OUTCOME_NAMES, "audience"),
            )
        )

    @api.model
    def _segmentation_outcome_values(self):
        """SQL columns of what the sources say, zero or false where they say nothing."""
        return SQL(", ").join(
            SQL(
                "COALESCE(%s, %s) AS %s",
                SQL.identifier(source, name),
                SQL("0") if name in SUMS else SQL("FALSE"),
                SQL.identifier(name),
            )
            for source, names in OUTCOMES.items()
            for name in names
        )

    def _segmentation_outcome_sources(self):
        """SQL that joins the sources to the members."""
        return SQL(" ").join(
            SQL(
                "LEFT JOIN (%s) %s ON %s = member.customer_id",
                getattr(self, f"_segmentation_outcome_{source}")(),
                SQL.identifier(source),
                SQL.identifier(source, "customer_id"),
            )
            for source in OUTCOMES
        )

    def _segmentation_moments(self):
        """Return when the window begins, and when it is over, in UTC."""
        zone = self.segmentation_company_id._segmentation_zone()
        after = self.segmentation_outcome_to + timedelta(days=1)
        return [begins(day, zone) for day in (self.segmentation_outcome_from, after)]

    # -- Sources: a SELECT of customer_id and the columns of each

    def _segmentation_outcome_messages(self):
        """What became of the e-mails and SMS of the campaign, before the window ends.

        Who clicked or replied has opened it, whether or not a picture told us.
        """
        _start, end = self._segmentation_moments()
        return SQL(
            """
            SELECT contact.commercial_partner_id AS customer_id,
                   BOOL_OR(trace.trace_status IN ('pending', 'sent', 'open', 'reply'))
                       AS is_written,
                   BOOL_OR(trace.open_datetime < %(end)s
                           OR trace.reply_datetime < %(end)s
                           OR click.is_there) AS is_opened,
                   BOOL_OR(click.is_there) AS is_clicked,
                   BOOL_OR(trace.reply_datetime < %(end)s) AS is_replied
              FROM mailing_trace trace
              JOIN res_partner contact ON contact.id = trace.res_id
        CROSS JOIN LATERAL (
                   SELECT EXISTS (
                       SELECT FROM link_tracker_click
                        WHERE mailing_trace_id = trace.id
                          AND create_date < %(end)s)
                       OR trace.links_click_datetime < %(end)s AS is_there) click
             WHERE trace.campaign_id = %(campaign)s
               AND trace.model = 'res.partner'
               AND trace.is_test_trace IS NOT TRUE
          GROUP BY 1
            """,
            end=end,
            campaign=self.id,
        )

    def _segmentation_outcome_calls(self):
        """Whose call, planned by the campaign, was made in the window.

        The day is that of the activity, which Odoo tells in UTC.
        """
        return SQL(
            """
            SELECT customer.commercial_partner_id AS customer_id, TRUE AS is_called
              FROM segmentation_touch touch
              JOIN segmentation_audience audience ON audience.id = touch.audience_id
              JOIN res_partner customer ON customer.id = audience.partner_id
              JOIN mail_activity activity ON activity.id = touch.activity_id
             WHERE touch.campaign_id = %s AND NOT activity.active
               AND activity.date_done BETWEEN %s AND %s
          GROUP BY 1
            """,
            self.id,
            self.segmentation_outcome_from,
            self.segmentation_outcome_to,
        )

    def _segmentation_outcome_opportunities(self):
        """With whom an opportunity of the campaign was won in the window.

        Those that it made, and those that say they came of it.
        """
        return SQL(
            """
            SELECT contact.commercial_partner_id AS customer_id, TRUE AS is_won
              FROM crm_lead lead
              JOIN res_partner contact ON contact.id = lead.partner_id
             WHERE lead.won_status = 'won'
               AND lead.id IN (SELECT id FROM crm_lead
                                WHERE campaign_id = %(campaign)s
                                UNION
                               SELECT lead_id FROM segmentation_touch
                                WHERE campaign_id = %(campaign)s)
               AND COALESCE(lead.company_id, %(company)s) = %(company)s
               AND lead.date_closed >= %(start)s AND lead.date_closed < %(end)s
          GROUP BY 1
            """,
            campaign=self.id,
            company=self.segmentation_company_id.id,
            **dict(zip(("start", "end"), self._segmentation_moments(), strict=True)),
        )

    def _segmentation_outcome_invoices(self):
        """What was billed in the window."""
        return SQL(
            """
            SELECT customer_id, invoiced, invoice_count, invoiced > 0 AS is_buyer
              FROM (%s) billed
            """,
            self._segmentation_billed(
                SQL("ANY(SELECT customer_id FROM segmentation_member)"),
                self.segmentation_outcome_from,
                self.segmentation_outcome_to,
            ),
        )
