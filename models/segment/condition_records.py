from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..position.figures import SALE_TYPES
from .condition import TOPICS

#: what does not change on an invoice while it is posted
FIXED = {
    "amount_total",
    "amount_total_signed",
    "amount_untaxed",
    "amount_untaxed_signed",
    "currency_id",
    "move_type",
    "name",
}


class Records(NamedTuple):
    """Records of contacts that can be asked for."""

    label: str
    contact: str = "partner_id"  # field of the contact or contacts
    domain: tuple = ()  # what counts at all
    is_of_customer: bool = True  # and not of the one contact
    told: frozenset = frozenset()  # fields whose change is told, as new ones are


class SegmentationCondition(models.Model):
    """Has so many invoices, opportunities, parcels… that meet a filter.

    Searched with the rights of the rule's author, in the segment's company.
    """

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("records", "Documents")], ondelete={"records": "cascade"}
    )
    records_model = fields.Selection(
        selection="_selection_records_model", string="Which Documents"
    )
    records_domain = fields.Char(
        string="That Meet", default="[]", help="Empty: all of them."
    )
    records_count = fields.Integer(string="At Least so Many Documents", default=1)

    @api.model
    def _records(self):
        """Return ``{model: Records}`` of what can be asked for.

        What figures are made of is told as figures are.
        """
        moves, leads = self.env["account.move"], self.env["crm.lead"]
        positions = self.env["segmentation.position"]
        private = self.env["calendar.event"]._get_default_privacy_domain()
        return {
            "account.move": Records(
                contact="partner_id",
                domain=(
                    ("move_type", "in", SALE_TYPES),
                    ("state", "=", "posted"),
                ),
                told=frozenset(moves._segmentation_watched() | FIXED),
                label=self.env._("Invoices and credit notes"),
            ),
            "crm.lead": Records(
                contact="partner_id",
                domain=(("type", "=", "opportunity"),),
                told=frozenset(leads._refresh_fields() | leads._segment_fields()),
                label=self.env._("Opportunities"),
            ),
            "calendar.event": Records(
                contact="partner_ids",
                domain=tuple(private),
                is_of_customer=False,
                label=self.env._("Meetings"),
            ),
            "segmentation.parcel": Records(
                told=frozenset(self.env["segmentation.parcel"]._refresh_fields()),
                label=self.env._("Parcels"),
            ),
            "segmentation.planting": Records(
                contact="customer_id",
                told=frozenset(self.env["segmentation.planting"]._refresh_fields()),
                label=self.env._("Plantings"),
            ),
            "segmentation.position": Records(
                told=frozenset(
                    name for name, field in positions._fields.items() if field.store
                ),
                label=self.env._("Positions"),
            ),
            "segmentation.relation": Records(label=self.env._("Relations")),
        }

    @api.model
    def _selection_records_model(self):
        return [(model, records.label) for model, records in self._records().items()]

    @api.onchange("records_model")
    def _onchange_records_model(self):
        """Filters of other documents do not fit."""
        self.records_domain = "[]"

    def _domain_asked(self):
        if self.kind != "records":
            return super()._domain_asked()
        return self.records_domain, self.records_model

    @api.model
    def _domain_kinds(self):
        return super()._domain_kinds() | {"records"}

    def _is_about_customers(self):
        if self.kind != "records":
            return super()._is_about_customers()
        records = self._records().get(self.records_model)
        return bool(records and records.is_of_customer)

    def _topics_records(self):
        return TOPICS

    def _is_timed_records(self):
        return self._reach().is_timed

    def _is_untold_records(self):
        told = self._records()[self.records_model].told
        return not told or self._reach(told).is_untold

    def _problem_records(self):
        """No documents chosen, or some that its author may not read."""
        if not self.records_model:
            return self.env._("Choose which documents are counted.")
        if not self.env[self.records_model].has_access("read"):
            return self.env._(
                "You may not read these documents (%s): choose others, or ask an "
                "administrator for access.",
                self._records()[self.records_model].label,
            )
        if self.records_count < 1:
            return self.env._(
                "Ask for at least one document; to ask for none, turn “Must Not Hold” "
                "on."
            )
        return self._problem_domain()

    # --- In words ---------------------------------------------------------------

    def _records_words(self):
        """Return what the sentences say of the documents."""
        return {
            "count": self.records_count,
            "documents": self._records()[self.records_model].label,
            "conditions": self._sentence_domain(),
        }

    def _asks_for_any(self):
        return self._domain().is_true()

    def _sentence_records(self):
        if not self.records_model:
            return ""
        said = self._records_words()
        if self._asks_for_any():
            return self.env._("%(documents)s: at least %(count)s", **said)
        return self.env._(
            "%(documents)s where (%(conditions)s): at least %(count)s", **said
        )

    def _denial_records(self):
        said = self._records_words()
        if self._asks_for_any() and self.records_count == 1:
            return self.env._("%(documents)s: none", **said)
        if self._asks_for_any():
            return self.env._("%(documents)s: fewer than %(count)s", **said)
        if self.records_count == 1:
            return self.env._("%(documents)s where (%(conditions)s): none", **said)
        return self.env._(
            "%(documents)s where (%(conditions)s): fewer than %(count)s", **said
        )

    def _values_records(self, values):
        return str(values["count"])

    # --- Whom it finds ----------------------------------------------------------

    def _select_records(self, scope):
        """Customers, or contacts, with how many there are."""
        self._check_domain()
        records = self._records()[self.records_model]
        is_of_customer = records.is_of_customer
        key = SQL("partner.commercial_partner_id") if is_of_customer else self._key()
        return SQL(
            """
            SELECT %(key)s AS key,
                   JSONB_BUILD_OBJECT('count', COUNT(DISTINCT record.id)) AS detail
              FROM (%(records)s) record
              JOIN res_partner partner ON partner.id = record.contact
             WHERE %(in_scope)s
          GROUP BY 1
            HAVING COUNT(DISTINCT record.id) >= %(count)s""",
            key=key,
            records=self._select_documents(records),
            count=self.records_count,
            in_scope=scope.customers(key)
            if is_of_customer
            else self._key_in_scope(scope),
        )

    def _select_documents(self, records):
        """Return the SELECT of id and contact of the documents that count."""
        documents = self.env[self.records_model]
        domain = self._domain() & Domain(list(records.domain))
        if "company_id" in documents._fields:
            domain &= Domain("company_id", "in", [self.company_id.id, False])
        query = documents._search(domain)
        field = documents._fields[records.contact]
        contact = SQL.identifier(query.table, records.contact)
        if field.type == "many2many":
            link = query.make_alias(query.table, records.contact)
            query.add_join(
                "JOIN",
                link,
                SQL.identifier(field.relation),
                SQL(
                    "%s = %s",
                    SQL.identifier(link, field.column1),
                    SQL.identifier(query.table, "id"),
                ),
            )
            contact = SQL.identifier(link, field.column2)
        return query.select(
            SQL("%s AS id", SQL.identifier(query.table, "id")),
            SQL("%s AS contact", contact),
        )
