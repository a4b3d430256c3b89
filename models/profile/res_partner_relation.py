from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.groups import USER
from .relation import RELATIONS


class ResPartner(models.Model):
    """How the customer stands to the current company, shown on all its contacts.

    Not stored, and read, searched, sorted and grouped through the relations with the
    record rules of the user: what one may not see is unknown.
    """

    _name = "res.partner"
    _inherit = "res.partner"

    segmentation_relation = fields.Selection(
        RELATIONS,
        string="Relation",
        compute="_compute_segmentation_relations",
        search="_search_segmentation_relation",
        groups=USER,
        help="How the customer stands to the company as a whole.",
    )
    segmentation_relation_ids = fields.One2many(
        "segmentation.relation",
        string="Relations",
        compute="_compute_segmentation_relations",
        groups=USER,
    )
    segmentation_customer_unit_ids = fields.Many2many(
        "segmentation.business.unit",
        string="Customer of",
        compute="_compute_segmentation_relations",
        search="_search_segmentation_customer_unit_ids",
        groups=USER,
    )
    segmentation_ex_customer_unit_ids = fields.Many2many(
        "segmentation.business.unit",
        string="Ex-customer of",
        compute="_compute_segmentation_relations",
        search="_search_segmentation_ex_customer_unit_ids",
        groups=USER,
    )
    segmentation_prospect_unit_ids = fields.Many2many(
        "segmentation.business.unit",
        string="Prospect of",
        compute="_compute_segmentation_relations",
        search="_search_segmentation_prospect_unit_ids",
        groups=USER,
    )
    segmentation_competitor_unit_ids = fields.Many2many(
        "segmentation.business.unit",
        string="Competitor's Customer of",
        compute="_compute_segmentation_relations",
        search="_search_segmentation_competitor_unit_ids",
        groups=USER,
    )

    @api.model
    def _segmentation_relation_fields(self):
        """Return the fields that read relations."""
        return [
            "segmentation_relation",
            "segmentation_relation_ids",
            "segmentation_customer_unit_ids",
            "segmentation_ex_customer_unit_ids",
            "segmentation_prospect_unit_ids",
            "segmentation_competitor_unit_ids",
        ]

    @api.model
    def _segmentation_relations(self):
        """Return the relations the user may read, rights restored even in sudo."""
        return self.env["segmentation.relation"].sudo(False)

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_segmentation_relations(self):
        rows = self._segmentation_relations()
        customers = self.commercial_partner_id.ids
        if customers and rows.has_access("read"):
            rows = rows.search_fetch(
                Domain("company_id", "=", self.env.company.id)
                & Domain("partner_id", "in", customers),
                ["partner_id", "unit_id", "relation"],
            )
        rows_of = rows.grouped("partner_id")
        for partner in self:
            shown = rows_of.get(partner.commercial_partner_id._origin, rows.browse())
            units = shown.filtered("unit_id")
            partner.segmentation_relation = (shown - units).relation or "unknown"
            partner.segmentation_relation_ids = (shown - units) + units
            units_of = units.grouped("relation")
            for relation in ("customer", "ex_customer", "prospect", "competitor"):
                partner[f"segmentation_{relation}_unit_ids"] = units_of.get(
                    relation, rows.browse()
                ).unit_id

    # --- Searching --------------------------------------------------------------

    @api.model
    def _segmentation_related(self, wanted):
        """Return the domain of the partners with a relation that meets ``wanted``."""
        rows = self._segmentation_relations()._search(
            Domain("company_id", "=", self.env.company.id) & wanted
        )
        customers = SQL.identifier(rows.table, "partner_id")
        return Domain("commercial_partner_id", "in", rows.subselect(customers))

    def _search_segmentation_relation(self, operator, value):
        """No row means unknown."""
        if operator != "in":
            return NotImplemented
        overall = Domain("unit_id", "=", False)
        if "unknown" in value:
            others = [key for key, _label in RELATIONS if key not in value]
            return ~self._segmentation_related(
                overall & Domain("relation", "in", others)
            )
        return self._segmentation_related(
            overall & Domain("relation", "in", [key for key in value if key])
        )

    def _search_segmentation_customer_unit_ids(self, operator, value):
        return self._search_segmentation_units("customer", operator, value)

    def _search_segmentation_ex_customer_unit_ids(self, operator, value):
        return self._search_segmentation_units("ex_customer", operator, value)

    def _search_segmentation_prospect_unit_ids(self, operator, value):
        return self._search_segmentation_units("prospect", operator, value)

    def _search_segmentation_competitor_unit_ids(self, operator, value):
        return self._search_segmentation_units("competitor", operator, value)

    @api.model
    def _search_segmentation_units(self, relation, operator, value):
        """Find the partners of a relation with any of the units."""
        related = Domain("relation", "=", relation)
        if operator in ("any", "any!"):
            return self._segmentation_related(
                related & Domain("unit_id", operator, value)
            )
        if operator != "in":
            return NotImplemented
        found = self._segmentation_related(
            related & Domain("unit_id", "in", [unit for unit in value if unit])
        )
        if False in value:
            anywhere = related & Domain("unit_id", "!=", False)
            found |= ~self._segmentation_related(anywhere)
        return found

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let the relation be grouped and sorted by."""
        if field_expr != "segmentation_relation":
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        rows = self._segmentation_relations()._search(
            Domain("company_id", "=", self.env.company.id)
            & Domain("unit_id", "=", False)
        )
        return SQL(
            "COALESCE((SELECT relation FROM segmentation_relation "
            "WHERE id IN %s AND partner_id = %s), 'unknown')",
            rows.subselect(),
            self._field_to_sql(alias, "commercial_partner_id", query),
        )

    def export_data(self, fields_to_export):
        """Export relations, where asked for, that are right now."""
        names = {path.split("/")[0] for path in fields_to_export}
        if not names.isdisjoint(self._segmentation_relation_fields()):
            self.env["segmentation.position"]._refresh_for_export()
        return super().export_data(fields_to_export)

    # --- Actions ----------------------------------------------------------------

    @api.readonly
    def action_set_segmentation_relation(self):
        """Open the form in which the relation of the customers is said by hand."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_relation_wizard_action"
        )
        return {**action, "context": {"default_partner_ids": self.ids}}
