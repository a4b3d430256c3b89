from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.groups import USER
from ..common.optional_fields import OptionalFloat, OptionalMonetary


class ShownPosition(fields.Many2one):
    """The position that a partner shows, which is grouped and sorted by in one join.

    A customer has one at most in the reference harvest: no partner comes twice.
    """

    def join(self, model, alias, query):
        """Join the positions that the user may read."""
        positions = model._segmentation_positions()._search(
            model._segmentation_domain()
        )
        shown = query.make_alias(alias, self.name)
        is_shown = SQL(
            "%s = %s",
            SQL.identifier(shown, "partner_id"),
            model._field_to_sql(alias, "commercial_partner_id", query),
        )
        columns = SQL("%s.*", SQL.identifier(positions.table))
        query.add_join("LEFT JOIN", shown, positions.subselect(columns), is_shown)
        return model.env[self.comodel_name], shown


class ResPartner(models.Model):
    _inherit = "res.partner"

    # The figures of the customer (also on its contacts) in the reference harvest of
    # the current company. Not stored: posting an invoice must not write partners, and
    # each company has its own. They are read, searched, sorted and grouped through
    # the position, with the record rules of the user. Amounts may be empty: else Odoo
    # would find those without a position by "more than 0".
    segmentation_position_id = ShownPosition(
        "segmentation.position",
        string="Position",
        compute="_compute_segmentation_position_id",
        search="_search_segmentation_position_id",
        groups=USER,
    )
    segmentation_quadrant = fields.Selection(
        string="Quadrant",
        related="segmentation_position_id.quadrant",
        groups=USER,
    )
    segmentation_currency_id = fields.Many2one(
        string="Segmentation Currency",
        related="segmentation_position_id.currency_id",
        groups=USER,
    )
    segmentation_billing = OptionalMonetary(
        string="Billing",
        related="segmentation_position_id.billing",
        currency_field="segmentation_currency_id",
        aggregator=None,
        groups=USER,
    )
    segmentation_potential = OptionalMonetary(
        string="Potential",
        related="segmentation_position_id.potential",
        currency_field="segmentation_currency_id",
        aggregator=None,
        groups=USER,
    )
    segmentation_share = OptionalFloat(
        string="Share",
        related="segmentation_position_id.share",
        aggregator=None,
        groups=USER,
    )
    segmentation_gap = OptionalMonetary(
        string="Gap",
        related="segmentation_position_id.gap",
        currency_field="segmentation_currency_id",
        aggregator=None,
        groups=USER,
    )
    segmentation_reason = fields.Text(
        string="Why", related="segmentation_position_id.reason", groups=USER
    )
    segmentation_harvest_id = fields.Many2one(
        string="Reference Harvest",
        related="segmentation_position_id.harvest_id",
        groups=USER,
    )
    segmentation_computed_at = fields.Datetime(
        string="Figures Computed at",
        related="segmentation_position_id.computed_at",
        groups=USER,
    )
    segmentation_is_potential_known = fields.Boolean(
        string="Potential Known",
        related="segmentation_position_id.is_potential_known",
        groups=USER,
    )
    segmentation_position_ids = fields.One2many(
        "segmentation.position",
        string="Positions",
        compute="_compute_segmentation_history",
        groups=USER,
    )
    segmentation_line_ids = fields.One2many(
        "segmentation.position.line",
        string="Split by Zone and Unit",
        compute="_compute_segmentation_history",
        groups=USER,
    )

    @api.model
    def _segmentation_fields(self):
        """Return the fields that read positions."""
        return [
            name
            for name, field in self._fields.items()
            if name == "segmentation_position_id"
            or (field.related or "").startswith("segmentation_position_id.")
        ] + ["segmentation_position_ids", "segmentation_line_ids"]

    @api.model
    def _segmentation_positions(self):
        """Return the positions the user may read, rights restored even in sudo."""
        return self.env["segmentation.position"].sudo(False)

    @api.model
    def _segmentation_domain(self):
        """Return the domain of the positions that partners show."""
        company = self.env.company
        return Domain("company_id", "=", company.id) & Domain(
            "harvest_id", "=", company._segmentation_reference_harvest().id or 0
        )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_segmentation_position_id(self):
        self.segmentation_position_id = False
        positions = self._segmentation_positions()
        customers = self.commercial_partner_id.ids
        if not customers or not positions.has_access("read"):
            return
        position_of = {
            position.partner_id: position
            for position in positions.search_fetch(
                self._segmentation_domain() & Domain("partner_id", "in", customers),
                ["partner_id"],
            )
        }
        for partner in self:
            partner.segmentation_position_id = position_of.get(
                partner.commercial_partner_id._origin
            )

    def _search_segmentation_position_id(self, operator, value):
        if operator in ("any", "any!"):
            wanted = Domain(value)
        elif operator == "in":
            wanted = Domain("id", "in", list(value))
            if False in value:
                return ~self._segmentation_partners(Domain.TRUE) | (
                    self._segmentation_partners(wanted)
                )
        else:
            return NotImplemented
        return self._segmentation_partners(wanted)

    @api.model
    def _segmentation_partners(self, wanted):
        """Return the domain of the partners whose shown position meets ``wanted``."""
        positions = self._segmentation_positions()._search(
            self._segmentation_domain() & wanted
        )
        customers = SQL.identifier(positions.table, "partner_id")
        return Domain("commercial_partner_id", "in", positions.subselect(customers))

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let the position be grouped and sorted by."""
        if field_expr != "segmentation_position_id":
            return super()._field_to_sql(alias, field_expr, query)
        field = self._fields[field_expr]
        self._check_field_access(field, "read")
        _positions, shown = field.join(self, alias, query)
        return SQL.identifier(shown, "id")

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_segmentation_history(self):
        positions = self._segmentation_positions()
        lines = self.env["segmentation.position.line"].sudo(False)
        self.segmentation_position_ids = self.segmentation_line_ids = False
        customers = self.commercial_partner_id.ids
        if not customers or not positions.has_access("read"):
            return
        domain = [
            ("partner_id", "in", customers),
            ("company_id", "=", self.env.company.id),
        ]
        positions = positions.search_fetch(domain, ["partner_id"])
        lines = lines.search_fetch(domain, ["partner_id"])
        by_date = positions.sorted(
            lambda p: (p.harvest_id.date_start or fields.Date.to_date("1900-01-01")),
            reverse=True,
        )
        positions_of = by_date.grouped("partner_id")
        lines_of = lines.grouped("partner_id")
        for partner in self:
            customer = partner.commercial_partner_id._origin
            partner.segmentation_position_ids = positions_of.get(customer)
            partner.segmentation_line_ids = lines_of.get(customer)

    # --- Marking ----------------------------------------------------------------

    def write(self, vals):
        """Mark customers whose invoices and parcels come, go or change zone."""
        if not {"parent_id", "is_company", "segmentation_zone_id"} & vals.keys():
            return super().write(vals)
        zone_id = vals.get("segmentation_zone_id") or False
        moved = self.sudo().filtered(
            lambda partner: "segmentation_zone_id" in vals
            and partner.segmentation_zone_id.id != zone_id
        )
        customers = self.sudo().commercial_partner_id
        result = super().write(vals)
        customers |= self.sudo().commercial_partner_id
        self.env["segmentation.refresh"]._mark(
            {(None, customer.id) for customer in customers}
            | self.env["account.move"]._segmentation_marks_delivered_to(moved)
        )
        return result

    def unlink(self):
        """Mark customers that lose a contact, and the parcels it had.

        Those, too, that take their positions along: cut points are found without them;
        and contacts that become customers of their own, or get another one.
        """
        all_partners = self.sudo().with_context(active_test=False)
        below = all_partners.search([("id", "child_of", self.ids)])
        customers = (below | self.sudo().commercial_partner_id) - self
        positions = self.env["segmentation.position"].sudo()
        gone = positions._read_group(
            [("partner_id", "in", self.ids)], ["company_id", "partner_id"]
        )
        marks = {(company.id, partner.id) for company, partner in gone}
        marks.update((None, customer.id) for customer in customers)
        marks |= self.env["account.move"]._segmentation_marks_delivered_to(self)
        result = super().unlink()
        self.env["segmentation.refresh"]._mark(marks)
        return result

    def export_data(self, fields_to_export):
        """Export figures, where asked for, that are right now."""
        names = {path.split("/")[0] for path in fields_to_export}
        if not names.isdisjoint(self._segmentation_fields()):
            self.env["segmentation.position"]._refresh_for_export()
        return super().export_data(fields_to_export)

    # --- Actions ----------------------------------------------------------------

    @api.readonly
    def action_open_positions(self):
        """Open the customer's positions in every harvest."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_position_action"
        )
        return {
            **action,
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {},
        }
