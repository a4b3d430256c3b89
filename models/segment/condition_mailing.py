from odoo import fields, models
from odoo.tools import SQL

from .condition import MAILING

#: how many mailings back one may look
MOST = 100


class SegmentationCondition(models.Model):
    """What was done about the last e-mails of mailings.

    Counted are those sent to the contact itself or about one of its opportunities; in a
    segment of customers, those of all contacts of the customer together. An e-mail that
    bounced was received by nobody: it counts where the question is whether they bounce.
    """

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("mailing", "E-mails of mailings")],
        ondelete={"mailing": "cascade"},
    )
    mailing_event = fields.Selection(
        [
            ("opened", "Opened"),
            ("clicked", "Clicked"),
            ("replied", "Replied"),
            ("bounced", "Bounced"),
        ],
        string="What Happened",
        default="opened",
    )
    mailing_bound = fields.Selection(
        [("least", "At least"), ("most", "At most")],
        string="How Often",
        default="least",
        help="At most: only those who received as many e-mails as are looked at, so "
        "that who received none yet is not taken for somebody who opens none.",
    )
    mailing_count = fields.Integer(string="So Many", default=1)
    mailing_last = fields.Integer(
        string="Of the Last", default=5, help="E-mails of mailings, the newest first."
    )

    def _topics_mailing(self):
        return {MAILING}

    def _problem_mailing(self):
        """Numbers that nobody, or everybody, meets."""
        if not self.mailing_event or not self.mailing_bound:
            return self.env._("Choose what happened to the e-mails, and how often.")
        if not 1 <= self.mailing_last <= MOST:
            return self.env._(
                "A condition on mailings looks at the last 1 to %(most)s: change "
                "“Of the Last” (%(last)s).",
                most=MOST,
                last=self.mailing_last,
            )
        least, most = (1, 0) if self.mailing_bound == "least" else (0, 1)
        if not least <= self.mailing_count <= self.mailing_last - most:
            return self.env._(
                "Of the last %(last)s mailings, from %(low)s to %(high)s can be asked "
                "for: change “So Many” (%(count)s).",
                last=self.mailing_last,
                low=least,
                high=self.mailing_last - most,
                count=self.mailing_count,
            )
        return None

    # --- In words ---------------------------------------------------------------

    def _sentence_mailing(self):
        if self.mailing_last == 1:
            return self._last_one().get(self.mailing_event)
        said = {"count": self.mailing_count, "last": self.mailing_last}
        if self.mailing_bound == "least":
            return self._at_least(said).get(self.mailing_event)
        if not self.mailing_count:
            return self._none(said).get(self.mailing_event)
        return self._at_most(said).get(self.mailing_event)

    def _last_one(self):
        if self.mailing_bound == "least":
            return {
                "opened": self.env._("opened the last mailing"),
                "clicked": self.env._("clicked in the last mailing"),
                "replied": self.env._("replied to the last mailing"),
                "bounced": self.env._("the last mailing bounced"),
            }
        return {
            "opened": self.env._("did not open the last mailing"),
            "clicked": self.env._("did not click in the last mailing"),
            "replied": self.env._("did not reply to the last mailing"),
            "bounced": self.env._("the last mailing did not bounce"),
        }

    def _at_least(self, said):
        return {
            "opened": self.env._(
                "opened at least %(count)s of the last %(last)s mailings", **said
            ),
            "clicked": self.env._(
                "clicked in at least %(count)s of the last %(last)s mailings", **said
            ),
            "replied": self.env._(
                "replied to at least %(count)s of the last %(last)s mailings", **said
            ),
            "bounced": self.env._(
                "at least %(count)s of the last %(last)s mailings bounced", **said
            ),
        }

    def _at_most(self, said):
        return {
            "opened": self.env._(
                "opened at most %(count)s of the last %(last)s mailings", **said
            ),
            "clicked": self.env._(
                "clicked in at most %(count)s of the last %(last)s mailings", **said
            ),
            "replied": self.env._(
                "replied to at most %(count)s of the last %(last)s mailings", **said
            ),
            "bounced": self.env._(
                "at most %(count)s of the last %(last)s mailings bounced", **said
            ),
        }

    def _none(self, said):
        return {
            "opened": self.env._("opened none of the last %(last)s mailings", **said),
            "clicked": self.env._(
                "clicked in none of the last %(last)s mailings", **said
            ),
            "replied": self.env._(
                "replied to none of the last %(last)s mailings", **said
            ),
            "bounced": self.env._("none of the last %(last)s mailings bounced", **said),
        }

    def _values_mailing(self, values):
        return self.env._(
            "%(count)s of %(last)s", count=values["count"], last=values["last"]
        )

    # --- Whom it finds ----------------------------------------------------------

    def _select_mailing(self, scope):
        """Contacts or customers, with how many of the last e-mails it happened to."""
        count = SQL("COUNT(*) FILTER (WHERE happened)")
        if self.mailing_bound == "least":
            holds = SQL("%s >= %s", count, self.mailing_count)
        else:
            holds = SQL(
                "%s <= %s AND COUNT(*) = %s",
                count,
                self.mailing_count,
                self.mailing_last,
            )
        return SQL(
            """
            SELECT key,
                   JSONB_BUILD_OBJECT('count', %(count)s, 'last', COUNT(*)) AS detail
              FROM (SELECT key, happened,
                           ROW_NUMBER() OVER (PARTITION BY key
                                              ORDER BY sent DESC NULLS LAST,
                                                       id DESC) AS place
                      FROM (%(received)s) received) ranked
             WHERE place <= %(last)s
          GROUP BY key
            HAVING %(holds)s""",
            count=count,
            received=self._received(scope),
            last=self.mailing_last,
            holds=holds,
        )

    def _received(self, scope):
        """Return the SELECT of key, id, sent and happened of the e-mails that count."""
        to_contacts = SQL("trace.model = 'res.partner' AND partner.id = trace.res_id")
        to_leads = SQL("trace.model = 'crm.lead' AND partner.id = lead.partner_id")
        return SQL(
            "%s UNION ALL %s",
            self._received_by(SQL("res_partner partner ON %s", to_contacts), scope),
            self._received_by(
                SQL(
                    "crm_lead lead ON lead.id = trace.res_id"
                    " JOIN res_partner partner ON %s",
                    to_leads,
                ),
                scope,
            ),
        )

    def _received_by(self, joined, scope):
        happened = {
            "opened": SQL("trace.trace_status IN ('open', 'reply')"),
            "clicked": SQL("trace.links_click_datetime IS NOT NULL"),
            "replied": SQL("trace.trace_status = 'reply'"),
            "bounced": SQL("trace.trace_status = 'bounce'"),
        }
        statuses = ["sent", "open", "reply"]
        if self.mailing_event == "bounced":
            statuses.append("bounce")
        return SQL(
            """
            SELECT %(key)s AS key, trace.id, trace.sent_datetime AS sent,
                   %(happened)s AS happened
              FROM mailing_trace trace
              JOIN %(joined)s
             WHERE trace.trace_type = 'mail'
               AND trace.trace_status = ANY(%(statuses)s) AND %(in_scope)s""",
            key=self._key(),
            happened=happened[self.mailing_event],
            joined=joined,
            statuses=statuses,
            in_scope=self._key_in_scope(scope),
        )
