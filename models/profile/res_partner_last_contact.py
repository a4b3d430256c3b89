from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.groups import USER

LAST = "segmentation_last_contact"
LAST_KIND = "segmentation_last_contact_kind"
# the kinds of contact that each field tells the last of
KINDS = {
    LAST: ("call", "visit", "meeting", "email_in", "email_out", "sms"),
    "segmentation_last_call": ("call",),
    "segmentation_last_visit": ("visit",),
    "segmentation_last_meeting": ("meeting",),
    "segmentation_last_email": ("email_in", "email_out"),
    "segmentation_last_sms": ("sms",),
}


class ResPartner(models.Model):
    """When the customer was last in touch: shown on all its contacts.

    Not stored: writing a message must not write partners. What counts as contact is
    told by :meth:`segmentation.timeline._select_contacts`; one statement fills, sorts,
    groups or searches these fields.
    """

    _inherit = "res.partner"

    segmentation_last_contact = fields.Datetime(
        string="Last Contact",
        compute="_compute_segmentation_last_contact",
        search="_search_segmentation_last_contact",
        groups=USER,
        help="The last call, visit, meeting, e-mail or SMS between a person of ours and"
        " the customer or one of its contacts. Mailings do not count.",
    )
    segmentation_last_contact_kind = fields.Selection(
        [
            ("call", "Call"),
            ("visit", "Visit"),
            ("meeting", "Meeting"),
            ("email_in", "E-mail Received"),
            ("email_out", "E-mail Sent"),
            ("sms", "SMS"),
        ],
        compute="_compute_segmentation_last_contact",
        search="_search_segmentation_last_contact_kind",
        groups=USER,
    )
    segmentation_last_call = fields.Datetime(
        string="Last Call",
        compute="_compute_segmentation_last_contact",
        search="_search_segmentation_last_call",
        groups=USER,
    )
    segmentation_last_visit = fields.Datetime(
        string="Last Visit",
        compute="_compute_segmentation_last_contact",
        search="_search_segmentation_last_visit",
        groups=USER,
    )
    segmentation_last_meeting = fields.Datetime(
        string="Last Meeting",
        compute="_compute_segmentation_last_contact",
        search="_search_segmentation_last_meeting",
        groups=USER,
    )
    segmentation_last_email = fields.Datetime(
        string="Last E-mail",
        compute="_compute_segmentation_last_contact",
        search="_search_segmentation_last_email",
        groups=USER,
    )
    segmentation_last_sms = fields.Datetime(
        string="Last SMS",
        compute="_compute_segmentation_last_contact",
        search="_search_segmentation_last_sms",
        groups=USER,
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("allowed_company_ids")
    def _compute_segmentation_last_contact(self):
        last_of = self._segmentation_last_by_kind()
        for partner in self:
            last = last_of.get(partner.commercial_partner_id._origin.id, {})
            for name, kinds in KINDS.items():
                partner[name] = max(
                    (last[kind] for kind in kinds if kind in last), default=False
                )
            # of several at one moment, the first by name
            partner[LAST_KIND] = min(
                (kind for kind, date in last.items() if date == partner[LAST]),
                default=False,
            )

    def _segmentation_last_by_kind(self):
        """Return ``{customer id: {kind: last date}}`` of the customers of ``self``."""
        customers = self.commercial_partner_id._origin.ids
        if not customers:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT customer_id, kind, date_trunc('second', MAX(date))
                  FROM (%s) contact
                 WHERE customer_id = ANY(%s)
              GROUP BY customer_id, kind""",
                self._segmentation_contacts(),
                customers,
            )
        )
        last_of = {}
        for customer, kind, date in rows:
            last_of.setdefault(customer, {})[kind] = date
        return last_of

    @api.model
    def _segmentation_contacts(self):
        """Return the SELECT of customer_id, date and kind of all contact, flushed."""
        self.env.flush_all()
        return self.env["segmentation.timeline"]._select_contacts()

    # --- Search -----------------------------------------------------------------

    def _search_segmentation_last_contact(self, operator, value):
        return self._segmentation_search_last(LAST, operator, value)

    def _search_segmentation_last_call(self, operator, value):
        return self._segmentation_search_last("segmentation_last_call", operator, value)

    def _search_segmentation_last_visit(self, operator, value):
        return self._segmentation_search_last(
            "segmentation_last_visit", operator, value
        )

    def _search_segmentation_last_meeting(self, operator, value):
        return self._segmentation_search_last(
            "segmentation_last_meeting", operator, value
        )

    def _search_segmentation_last_email(self, operator, value):
        return self._segmentation_search_last(
            "segmentation_last_email", operator, value
        )

    def _search_segmentation_last_sms(self, operator, value):
        return self._segmentation_search_last("segmentation_last_sms", operator, value)

    @api.model
    def _segmentation_search_last(self, name, operator, value):
        """Return the domain of the partners by when they were last in touch.

        :param value: a moment in UTC; with ``in``, a set that may hold False: never
        """
        self._check_segmentation_searched(name)
        if operator == "in":
            moments = [moment for moment in value if moment]
            domain = self._segmentation_last(
                name, SQL("date_trunc('second', MAX(date)) = ANY(%s)", moments)
            )
            if False in value:
                domain |= ~self._segmentation_last(name, SQL("TRUE"))
            return domain
        if operator in ("<", ">="):
            return self._segmentation_last(
                name, SQL("MAX(date) %s %s", SQL(operator), value)
            )
        return NotImplemented

    @api.model
    def _segmentation_last(self, name, having):
        return Domain(
            "commercial_partner_id",
            "in",
            SQL(
                "(SELECT customer_id FROM (%s) contact WHERE kind = ANY(%s)"
                " GROUP BY customer_id HAVING %s)",
                self._segmentation_contacts(),
                list(KINDS[name]),
                having,
            ),
        )

    def _search_segmentation_last_contact_kind(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = Domain(
            "commercial_partner_id",
            "in",
            SQL(
                "(SELECT customer_id FROM (SELECT DISTINCT ON (customer_id)"
                " customer_id, kind FROM (%s) contact"
                " ORDER BY customer_id, date_trunc('second', date) DESC, kind) last"
                " WHERE kind = ANY(%s))",
                self._segmentation_contacts(),
                [kind for kind in value if kind],
            ),
        )
        if False in value:
            domain |= Domain(LAST, "=", False)
        return domain

    # --- Sort and group ---------------------------------------------------------

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let partners be sorted and grouped by when and how they were in touch."""
        if field_expr not in KINDS and field_expr != LAST_KIND:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        is_kind = field_expr == LAST_KIND
        name = LAST if is_kind else field_expr
        last = query.make_alias(alias, name)
        # joined once, not asked again for each contact
        query.add_join(
            "LEFT JOIN",
            last,
            SQL(
                "(SELECT DISTINCT ON (customer_id)"
                " customer_id, date_trunc('second', date) AS date, kind"
                " FROM (%s) contact WHERE kind = ANY(%s)"
                " ORDER BY customer_id, date_trunc('second', date) DESC, kind)",
                self._segmentation_contacts(),
                list(KINDS[name]),
            ),
            SQL(
                "%s = %s",
                SQL.identifier(last, "customer_id"),
                self._field_to_sql(alias, "commercial_partner_id", query),
            ),
        )
        return SQL.identifier(last, "kind" if is_kind else "date")
