from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..common.limits import MOST

#: states of a message that did not leave, and will not
NOT_SENT = ("cancel", "error")
#: the models that the cap reads
COUNTED = (
    "mailing.trace",
    "mailing.mailing",
    "mail.activity",
    "segmentation.topic",
    "segmentation.touch",
)
#: names, with the company's id, the lock that messages under its cap wait for
CAP_LOCK = 0x0CA9


class ResCompany(models.Model):
    """How many messages a person may get, by whatever channel."""

    _name = "res.company"
    _inherit = "res.company"

    segmentation_cap_messages = fields.Integer(
        string="Contact Cap",
        help="Most messages a person gets within the days of the cap, by e-mail, SMS "
        "and call together. 0: no cap.",
    )
    segmentation_cap_days = fields.Integer(
        string="Days of the Contact Cap",
        default=30,
        help="The cap counts the messages of this many days back from now.",
    )
    segmentation_cap_each = fields.Boolean(
        string="Count Every Message of a Campaign",
        help="If not, several messages of one campaign count as one.",
    )

    _segmentation_cap_range = models.Constraint(
        "CHECK(segmentation_cap_messages >= 0"
        f" AND segmentation_cap_days BETWEEN 1 AND {MOST})",
        "The contact cap needs a number of messages of 0 (no cap) or more, and 1 to "
        "1000 days.",
    )


class ResConfigSettings(models.TransientModel):
    _name = "res.config.settings"
    _inherit = "res.config.settings"

    segmentation_cap_messages = fields.Integer(
        related="company_id.segmentation_cap_messages", readonly=False
    )
    segmentation_cap_days = fields.Integer(
        related="company_id.segmentation_cap_days", readonly=False
    )
    segmentation_cap_each = fields.Boolean(
        related="company_id.segmentation_cap_each", readonly=False
    )


class UtmCampaign(models.Model):
    _name = "utm.campaign"
    _inherit = "utm.campaign"

    def _segmentation_exclusion_models(self):
        return [*super()._segmentation_exclusion_models(), *COUNTED]

    def _segmentation_capped_by_now(self, channel, recipients, mailing=None):
        """Return the ids of contacts whom others' messages keep from getting another.

        Whoever else writes under the company's cap waits here until what this one
        writes is committed: else two campaigns might both send somebody the last
        message allowed. What they committed since this transaction began, it cannot
        see; a new one looks.
        """
        company = self.segmentation_company_id
        topic = (mailing or self).segmentation_topic_id
        if not (recipients and company.segmentation_cap_messages) or topic.is_service:
            return []
        self.env.execute_query(
            SQL("SELECT pg_advisory_xact_lock(%s, %s)", CAP_LOCK, company.id)
        )
        select = self._segmentation_exclusions(
            channel, mailing=mailing, recipients=recipients, reasons=("cap",)
        )
        with self.env.registry.cursor() as latest:
            latest.execute(
                SQL("SELECT recipient_id FROM (%s) rows WHERE reason = 'cap'", select)
            )
            return [id_ for [id_] in latest.fetchall()]

    def _segmentation_excluded_cap(self, channel, mailing):
        """Has got as many messages lately as the company allows.

        What counts are other campaigns, each once, unless the company counts every
        message; messages that belong to no campaign count each.
        """
        company = self.segmentation_company_id
        topic = (mailing or self).segmentation_topic_id
        if not company.segmentation_cap_messages or topic.is_service:
            return super()._segmentation_excluded_cap(channel, mailing)
        return SQL(
            """
            (SELECT COUNT(DISTINCT contacts.counted)
               FROM (%s) contacts) >= %s
            """,
            SQL(" UNION ALL ").join(self._segmentation_contacts_counted(mailing)),
            company.segmentation_cap_messages,
        )

    def _segmentation_contacts_counted(self, mailing):
        """Return SELECTs of what the ``recipient`` got lately, by any channel.

        Their one column, a text, is the same for what counts as one.
        """
        return [
            self._segmentation_messages_counted(mailing),
            self._segmentation_calls_counted(),
        ]

    def _segmentation_messages_counted(self, mailing):
        """Return a SELECT of the e-mails and SMS that count."""
        return SQL(
            """
            SELECT %(counted)s AS counted
              FROM mailing_trace trace
              JOIN mailing_mailing mailing ON mailing.id = trace.mass_mailing_id
         LEFT JOIN segmentation_topic topic
                ON topic.id = mailing.segmentation_topic_id
         LEFT JOIN utm_campaign campaign ON campaign.id = mailing.campaign_id
             WHERE (%(to_recipient)s)
               AND trace.trace_status NOT IN %(not_sent)s
               AND trace.is_test_trace IS NOT TRUE
               AND COALESCE(trace.sent_datetime, trace.create_date) > %(since)s
               AND topic.is_service IS NOT TRUE
               AND COALESCE(campaign.segmentation_company_id, %(company)s)
                   = %(company)s
               AND %(other)s
            """,
            counted=self._segmentation_counted_as(
                SQL("mailing.campaign_id"), SQL("'message ' || trace.id")
            ),
            to_recipient=self._segmentation_sent_to_recipient(),
            not_sent=NOT_SENT,
            since=self._segmentation_cap_since(),
            company=self.segmentation_company_id.id,
            other=self._segmentation_is_other(mailing),
        )

    def _segmentation_calls_counted(self):
        """Return a SELECT of the calls that count: made since, or still to make."""
        is_each = self.segmentation_company_id.segmentation_cap_each
        return SQL(
            """
            SELECT %(counted)s AS counted
              FROM segmentation_touch touch
              JOIN segmentation_audience called ON called.id = touch.audience_id
              JOIN mail_activity activity ON activity.id = touch.activity_id
              JOIN utm_campaign campaign ON campaign.id = touch.campaign_id
         LEFT JOIN segmentation_topic topic
                ON topic.id = campaign.segmentation_topic_id
             WHERE touch.channel = 'call'
               AND called.recipient_id = recipient.id
               AND COALESCE(activity.date_done, activity.date_deadline) > %(since)s
               AND topic.is_service IS NOT TRUE
               AND touch.company_id = %(company)s
               AND (%(is_each)s OR touch.campaign_id <> %(campaign)s)
            """,
            counted=self._segmentation_counted_as(
                SQL("touch.campaign_id"), SQL("'call ' || touch.id")
            ),
            since=self._segmentation_cap_since().date(),
            company=self.segmentation_company_id.id,
            is_each=is_each,
            campaign=self.id,
        )

    def _segmentation_cap_since(self):
        """The moment from which messages count."""
        days = self.segmentation_company_id.segmentation_cap_days
        return self.env.cr.now() - timedelta(days=days)

    def _segmentation_sent_to_recipient(self):
        """SQL condition: the trace is of a message to the contact, or its address."""
        return SQL(
            """
            trace.model = 'res.partner' AND trace.res_id = recipient.id
            OR COALESCE(trace.email, trace.sms_number)
               IN (recipient.email_normalized, recipient.phone_sanitized)
            """
        )

    def _segmentation_counted_as(self, campaign, message):
        """SQL text that is the same for what counts as one: a campaign, or each."""
        if self.segmentation_company_id.segmentation_cap_each:
            return message
        return SQL("COALESCE('campaign ' || %s, %s)", campaign, message)

    def _segmentation_is_other(self, mailing):
        """SQL condition: not the message to be sent, or none of this campaign."""
        if self.segmentation_company_id.segmentation_cap_each:
            return SQL("mailing.id <> %s", mailing.id if mailing else 0)
        return SQL("mailing.campaign_id IS DISTINCT FROM %s", self.id)


class MailingTrace(models.Model):
    _name = "mailing.trace"
    _inherit = "mailing.trace"

    # what an address was sent, by whatever channel
    _segmentation_address_idx = models.Index(
        "(COALESCE(email, sms_number)) WHERE COALESCE(email, sms_number) IS NOT NULL"
    )
