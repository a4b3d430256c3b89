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
    relation_unknown = fields.Boolean(string="Relation Unknown")

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
        chosen = self._chosen("relation", RELATIONS)
        return SQL(
            """
            SELECT customer.id AS key,
                   JSONB_BUILD_OBJECT('relations', JSONB_AGG(JSONB_BUILD_OBJECT(
                       'unit', asked.unit_id,
                       'relation', COALESCE(relation.relation, 'unknown'),
                       'last', relation.date_last) ORDER BY asked.unit_id)) AS detail
              FROM res_partner customer
        CROSS JOIN UNNEST(%(units)s) AS asked (unit_id)
           %(join)s JOIN segmentation_relation relation
                ON relation.company_id = %(company)s
               AND relation.partner_id = customer.id
               AND COALESCE(relation.unit_id, 0) = asked.unit_id
             WHERE customer.commercial_partner_id = customer.id
               AND COALESCE(relation.relation, 'unknown') IN %(relations)s
               AND %(in_scope)s
          GROUP BY customer.id""",
            units=self.sudo().unit_ids.ids or [0],
            join=SQL("LEFT" if "unknown" in chosen else "INNER"),
            company=self.company_id.id,
            relations=tuple(chosen),
            in_scope=scope.customers(SQL("customer.id")),
        )
