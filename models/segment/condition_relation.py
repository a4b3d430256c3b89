from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..profile.relation import RELATIONS
from .condition import FIGURES


class SegmentationCondition(models.Model):
    """How the customer stands to the company: as a whole, or in business units.

    Where nothing is known there is no row: whoever has none is of unknown relation.
    """

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("relation", "Relation")], ondelete={"relation": "cascade"}
    )
    relation_customer = fields.Boolean(string="Customer")
    relation_ex_customer = fields.Boolean(string="Ex-customer")
    relation_prospect = fields.Boolean(string="Prospect")
    relation_competitor = fields.Boolean(string="Competitor's Customer")
    relation_unknown = fields.Boolean()

    @api.model
    def _customer_kinds(self):
        return super()._customer_kinds() | {"relation"}

    def _topics_relation(self):
        return {FIGURES}

    def _problem_relation(self):
        """None chosen."""
        if not self._chosen("relation", RELATIONS):
            return self.env._("Choose at least one relation.")
        return None

    def _sentence_relation(self):
        words = self._relation_words()
        return self._any_of(
            words[relation] for relation in self._chosen("relation", RELATIONS)
        )

    def _relation_words(self):
        """Return each relation in words: as a whole, or with any of the units."""
        if not self.unit_ids:
            return {
                "customer": self.env._("customer"),
                "ex_customer": self.env._("ex-customer"),
                "prospect": self.env._("prospect"),
                "competitor": self.env._("competitor's customer"),
                "unknown": self.env._("of unknown relation"),
            }
        units = self._any_name(self.unit_ids)
        return {
            "customer": self.env._("customer of %s", units),
            "ex_customer": self.env._("ex-customer of %s", units),
            "prospect": self.env._("prospect of %s", units),
            "competitor": self.env._("competitor's customer in %s", units),
            "unknown": self.env._("of unknown relation with %s", units),
        }

    def _values_relation(self, values):
        """Return the relation, of each unit where it holds, and the last purchase."""
        labels = self.env["segmentation.relation"]._fields["relation"]
        labels = dict(labels._description_selection(self.env))
        # of a condition that is not saved yet, too
        units = {unit.id: unit.display_name for unit in self.sudo().unit_ids._origin}
        return "; ".join(
            self._relation_held(labels[row["relation"]], units.get(row["unit"]), row)
            for row in values["relations"]
        )

    def _relation_held(self, relation, unit, row):
        """Return what one row of relations says."""
        last = row.get("last") and format_date(self.env, row["last"])
        values = {"relation": relation, "unit": unit, "date": last}
        if unit and last:
            return self.env._(
                "%(unit)s: %(relation)s, last purchase on %(date)s", **values
            )
        if unit:
            return self.env._("%(unit)s: %(relation)s", **values)
        if last:
            return self.env._("%(relation)s, last purchase on %(date)s", **values)
        return relation

    def _select_relation(self, scope):
        """Customers by their rows; by none, where unknown is asked for."""
        said = SQL(
            "JSONB_BUILD_OBJECT("
            "'unit', unit_id, 'relation', relation, 'last', date_last)"
        )
        is_one = len(self.sudo().unit_ids) <= 1
        return SQL(
            """
            SELECT partner_id AS key,
                   JSONB_BUILD_OBJECT('relations', %(said)s) AS detail
              FROM (%(rows)s) row
             WHERE relation IN %(relations)s AND %(in_scope)s
                   %(grouped)s""",
            said=SQL("JSONB_BUILD_ARRAY(%s)", said)
            if is_one
            else SQL("JSONB_AGG(%s ORDER BY unit_id)", said),
            rows=self._relation_rows(),
            relations=tuple(self._chosen("relation", RELATIONS)),
            in_scope=scope.customers(SQL("partner_id")),
            grouped=SQL("" if is_one else "GROUP BY partner_id"),
        )

    def _relation_rows(self):
        """Return a SELECT of partner_id, unit_id (0: as a whole), relation, date_last.

        Of all customers where unknown is asked for, else of those that have a row.
        """
        units = self.sudo().unit_ids.ids
        rows = SQL(
            """
            SELECT partner_id, COALESCE(unit_id, 0) AS unit_id, relation, date_last
              FROM segmentation_relation
             WHERE company_id = %s AND %s""",
            self.company_id.id,
            SQL("unit_id IN %s", tuple(units)) if units else SQL("unit_id IS NULL"),
        )
        if not self.relation_unknown:
            return rows
        return SQL(
            """
            SELECT customer.id AS partner_id, asked.unit_id, known.date_last,
                   COALESCE(known.relation, 'unknown') AS relation
              FROM res_partner customer
        CROSS JOIN UNNEST(%s) AS asked (unit_id)
         LEFT JOIN (%s) known
                ON known.partner_id = customer.id AND known.unit_id = asked.unit_id
             WHERE customer.commercial_partner_id = customer.id""",
            units or [0],
            rows,
        )
