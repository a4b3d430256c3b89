from odoo import models
from odoo.tools import SQL

#: why somebody in the audience gets nothing: the first that holds
EXCLUSIONS = [
    ("hold_out", "Held out"),
    ("stopped", "Campaign stopped"),
    ("other_campaign", "Kept for another campaign"),
    ("gone", "Contact archived, deleted or moved"),
    ("no_address", "No address"),
    ("invalid_address", "Invalid address"),
    ("blacklisted", "Blacklisted"),
    ("opted_out", "Opted out"),
    ("cap", "Contact cap reached"),
    ("shared", "Same address as another customer"),
]
#: those who are no recipients at all; the others leave a trace that says why
SILENT = ("hold_out", "stopped", "other_campaign", "gone")
#: SQL of the address to use and of what was typed in, on ``recipient``
ADDRESSES = {
    "email": (SQL("recipient.email_normalized"), SQL("recipient.email")),
    "sms": (SQL("recipient.phone_sanitized"), SQL("recipient.phone")),
    # a person can dial what a gateway cannot
    "call": (
        SQL("COALESCE(recipient.phone_sanitized, NULLIF(TRIM(recipient.phone), ''))"),
        SQL("recipient.phone"),
    ),
}
#: SQL of what the opt-outs call so, on ``recipient``
HELD_OUT_COLUMNS = {
    "partner_id": SQL("recipient.id"),
    "email": SQL("recipient.email_normalized"),
    "phone": SQL("recipient.phone_sanitized"),
}


class UtmCampaign(models.Model):
    """Who in the audience must get nothing, and why: the one place that says so.

    Pre-flight, sending, calls and opportunities all read
    :meth:`_segmentation_exclusions`. The preview of a draft, which has no audience yet,
    cannot: it foresees addresses, blacklist and opt-outs by itself.
    Each reason has a method ``_segmentation_excluded_<reason>`` with its SQL condition
    on ``audience`` (the row), ``customer`` and ``recipient`` (the contacts).
    """

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    def _segmentation_exclusions(
        self, channel, mailing=None, recipients=None, reasons=None
    ):
        """Return a SELECT of the launched audience, with who gets nothing and why.

        One row for each row of the audience; its columns are ``audience_id``,
        ``recipient_id``, ``address`` (normalised e-mail, else sanitised phone) and
        ``reason`` (a key of ``EXCLUSIONS``; NULL for who is to be contacted). Reads all
        companies and contacts: callers answer for what they show of it.

        :param channel: ``email``, ``sms`` or ``call``
        :param mailing: of the campaign, to be sent: it may have a topic of its own
        :param recipients: ids of contacts, when only their rows are asked for
        :param reasons: the keys to look at, when not all of them matter
        """
        self.ensure_one()
        self._segmentation_flush_exclusions()
        rows = SQL(
            "SELECT audience_id, recipient_id, address, %s AS reason FROM (%s) rows",
            self._segmentation_reason_or_shared(reasons),
            self._segmentation_excluded_rows(channel, mailing, recipients, reasons),
        )
        if recipients is None:
            return rows
        # outside, because rows that share an address must be seen together
        return SQL(
            "SELECT * FROM (%s) excluded WHERE recipient_id = ANY(%s)",
            rows,
            list(recipients),
        )

    def _segmentation_flush_exclusions(self):
        """Write what the exclusions read."""
        for model in self._segmentation_exclusion_models():
            self.env[model].flush_model()

    def _segmentation_exclusion_models(self):
        """Return the names of the models that the exclusions read."""
        return [
            "segmentation.audience",
            "res.partner",
            "mail.blacklist",
            "phone.blacklist",
        ]

    def _segmentation_excluded_rows(self, channel, mailing, recipients, reasons):
        """Return a SELECT of the audience with each reason but ``shared``.

        Rows with the address of a recipient asked for come along.
        """
        address = ADDRESSES[channel][0]
        return SQL(
            """
            SELECT audience.id AS audience_id, recipient.id AS recipient_id,
                   %(address)s AS address, %(reason)s AS reason
              FROM segmentation_audience audience
              JOIN res_partner customer ON customer.id = audience.partner_id
         LEFT JOIN res_partner recipient ON recipient.id = audience.recipient_id
             WHERE audience.campaign_id = %(campaign)s AND %(asked)s
            """,
            address=address,
            reason=self._segmentation_reason(channel, mailing, reasons),
            campaign=self.id,
            asked=self._segmentation_has_address_of(recipients, channel),
        )

    def _segmentation_has_address_of(self, recipients, channel):
        """SQL condition: the row is of a recipient asked for, or shares its address."""
        if recipients is None:
            return SQL("TRUE")
        column = SQL("email_normalized" if channel == "email" else "phone_sanitized")
        return SQL(
            """
            audience.recipient_id IN (
                SELECT twin.id
                  FROM res_partner asked
                  JOIN res_partner twin ON twin.%(column)s = asked.%(column)s
                 WHERE asked.id = ANY(%(ids)s)
                 UNION ALL
                SELECT UNNEST(%(ids)s::int[]))
            """,
            column=column,
            ids=list(recipients),
        )

    def _segmentation_reason(self, channel, mailing, reasons):
        """SQL of the first reason that holds, ``shared`` left aside."""
        conditions = {
            key: getattr(self, f"_segmentation_excluded_{key}")(channel, mailing)
            for key, _label in EXCLUSIONS
            if key != "shared" and (reasons is None or key in reasons)
        }
        return SQL(
            "CASE %s END",
            SQL(" ").join(
                SQL("WHEN %s THEN %s", condition, key)
                for key, condition in conditions.items()
            ),
        )

    def _segmentation_reason_or_shared(self, reasons):
        """SQL of the reason, among rows that each have theirs.

        The first of those who share an address gets the message.
        """
        if reasons is not None and "shared" not in reasons:
            return SQL("reason")
        return SQL(
            """
            CASE WHEN reason IS NULL
                  AND ROW_NUMBER() OVER (PARTITION BY address, reason
                                             ORDER BY audience_id) > 1
                 THEN 'shared'
                 ELSE reason
            END
            """
        )

    def _segmentation_held_out(self, column):
        """Return a SELECT, in parentheses, of those who are held out.

        :param column: ``partner_id``, ``email`` or ``phone`` of the recipients
        """
        return SQL(
            """
            (SELECT %(column)s
               FROM segmentation_audience audience
               JOIN res_partner recipient ON recipient.id = audience.recipient_id
              WHERE audience.campaign_id = %(campaign)s
                AND audience."group" = 'hold_out' AND %(column)s IS NOT NULL)
            """,
            column=HELD_OUT_COLUMNS[column],
            campaign=self.id,
        )

    # -- The reasons

    def _segmentation_excluded_hold_out(self, channel, mailing):
        """Held out, or reached at an address where somebody held out is."""
        return SQL(
            """
            (audience."group" = 'hold_out'
             OR %(address)s IS NOT NULL
                AND BOOL_OR(audience."group" = 'hold_out')
                    OVER (PARTITION BY %(address)s))
            """,
            address=ADDRESSES[channel][0],
        )

    def _segmentation_excluded_stopped(self, channel, mailing):
        """The campaign is stopped."""
        return SQL("FALSE")

    def _segmentation_excluded_other_campaign(self, channel, mailing):
        """The customer is kept for a running campaign of higher priority."""
        return SQL("FALSE")

    def _segmentation_excluded_gone(self, channel, mailing):
        """Customer or contact is archived, or with another company of ours by now.

        Or the contact works for somebody else.
        """
        return SQL(
            """
            (recipient.id IS NULL OR NOT recipient.active OR NOT customer.active
             OR recipient.commercial_partner_id <> customer.commercial_partner_id
             OR recipient.company_id <> audience.company_id
             OR customer.company_id <> audience.company_id)
            """
        )

    def _segmentation_excluded_no_address(self, channel, mailing):
        """There is nothing to send to."""
        return SQL("COALESCE(TRIM(%s), '') = ''", ADDRESSES[channel][1])

    def _segmentation_excluded_invalid_address(self, channel, mailing):
        """What was typed in is no address."""
        return SQL("%s IS NULL", ADDRESSES[channel][0])

    def _segmentation_excluded_blacklisted(self, channel, mailing):
        """On the blacklist, which always wins, whatever the mailing says."""
        if channel == "email":
            return SQL(
                """EXISTS (SELECT FROM mail_blacklist
                            WHERE email = recipient.email_normalized AND active)"""
            )
        return SQL(
            """EXISTS (SELECT FROM phone_blacklist
                        WHERE number = recipient.phone_sanitized AND active)"""
        )

    def _segmentation_excluded_opted_out(self, channel, mailing):
        """Wants no messages of this topic."""
        return SQL("FALSE")

    def _segmentation_excluded_cap(self, channel, mailing):
        """Has got as many messages lately as the company allows."""
        return SQL("FALSE")
