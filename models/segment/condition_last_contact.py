from odoo import api, fields, models
from odoo.tools import SQL, format_list

from ..profile.timeline_message import CONTACT_KINDS
from .condition import CONTACT, FIGURES

#: what may be ticked, and the kinds of contact that it means
TICKS = {
    "contact_call": ("call",),
    "contact_visit": ("visit",),
    "contact_meeting": ("meeting",),
    "contact_email": ("email_in", "email_out"),
    "contact_sms": ("sms",),
}


class SegmentationCondition(models.Model):
    """When a person of ours and the customer were last in touch, if ever.

    What counts as contact, and that rights do not, is told by
    :meth:`segmentation.timeline._select_contacts`.
    """

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("last_contact", "Last contact")],
        ondelete={"last_contact": "cascade"},
    )
    contact_never = fields.Boolean(
        string="Never in Touch",
        help="Those with whom there was no such contact at all.",
    )
    contact_call = fields.Boolean(string="Calls")
    contact_visit = fields.Boolean(string="Visits")
    contact_meeting = fields.Boolean(string="Meetings")
    contact_email = fields.Boolean(string="E-mails")
    contact_sms = fields.Boolean(string="SMS")

    @api.model
    def _customer_kinds(self):
        return super()._customer_kinds() | {"last_contact"}

    def _topics_last_contact(self):
        """Documents that messages are on may get another customer."""
        return {CONTACT, FIGURES}

    def _is_timed_last_contact(self):
        """Planned meetings take place without any change, too."""
        return True

    def _problem_last_contact(self):
        return None if self.contact_never else self._period_problem()

    # --- In words ---------------------------------------------------------------

    def _contact_words(self):
        """Return the kinds of contact in words; empty if any will do."""
        words = {
            "contact_call": self.env._("call"),
            "contact_visit": self.env._("visit"),
            "contact_meeting": self.env._("meeting"),
            "contact_email": self.env._("e-mail"),
            "contact_sms": self.env._("SMS"),
        }
        chosen = [words[name] for name in TICKS if self[name]]
        return format_list(self.env, chosen, style="or") if chosen else ""

    def _sentence_last_contact(self):
        said = {"kinds": self._contact_words(), "period": self._period_words()}
        if self.contact_never and said["kinds"]:
            return self.env._("never in touch by %(kinds)s", **said)
        if self.contact_never:
            return self.env._("never in touch")
        if said["kinds"] and said["period"]:
            return self.env._("last %(kinds)s %(period)s", **said)
        if said["kinds"]:
            return self.env._("ever in touch by %(kinds)s", **said)
        if said["period"]:
            return self.env._("last contact %(period)s", **said)
        return self.env._("ever in touch")

    def _denial_last_contact(self):
        """Who was not in touch lately was in touch earlier, or never."""
        said = {"kinds": self._contact_words(), "period": self._period_words()}
        if self.contact_never or self.ago_least or not self.ago_most:
            return None
        if said["kinds"]:
            return self.env._("no %(kinds)s %(period)s", **said)
        return self.env._("no contact %(period)s", **said)

    def _values_last_contact(self, values):
        kinds = self.env["segmentation.timeline"]._kinds()
        return self.env._(
            "%(kind)s on %(date)s",
            kind=kinds[values["kind"]][0],
            date=self._moment_words(values["date"]),
        )

    # --- Whom it finds ----------------------------------------------------------

    def _select_last_contact(self, scope):
        if self.contact_never:
            return self._select_never_in_touch(scope)
        return SQL(
            """
            SELECT key, JSONB_BUILD_OBJECT('date', date, 'kind', kind) AS detail
              FROM (SELECT DISTINCT ON (customer_id)
                           customer_id AS key, date_trunc('second', date) AS date, kind
                      FROM (%s) contact
                  ORDER BY customer_id, date_trunc('second', date) DESC, kind) last
             WHERE %s""",
            self._contacts(scope),
            self._in_period(SQL("date")),
        )

    def _select_never_in_touch(self, scope):
        return SQL(
            """
            SELECT partner.id AS key, '{}'::jsonb AS detail
              FROM res_partner partner
         LEFT JOIN (SELECT DISTINCT customer_id FROM (%s) contact) touched
                ON touched.customer_id = partner.id
             WHERE partner.commercial_partner_id = partner.id
               AND touched.customer_id IS NULL AND %s""",
            self._contacts(scope),
            scope.customers(SQL("partner.id")),
        )

    def _contacts(self, scope):
        """Return the SELECT of customer_id, date and kind of the contact asked for."""
        ticked = [kind for name in TICKS if self[name] for kind in TICKS[name]]
        return SQL(
            "SELECT customer_id, date, kind FROM (%s) contact"
            " WHERE kind = ANY(%s) AND %s",
            self.env["segmentation.timeline"]._select_contacts(),
            ticked or list(CONTACT_KINDS),
            scope.customers(SQL("customer_id")),
        )
