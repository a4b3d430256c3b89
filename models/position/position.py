from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, formatLang

from .figures import SALE_TYPES
from .formulas import GAP, SHARE, share_of_sums

QUADRANTS = [
    ("retention", "Retention"),
    ("investment", "Investment"),
    ("revision", "Revision"),
    ("no_investment", "No investment"),
    ("unknown", "Unknown"),
]


class SegmentationPosition(models.Model):
    """One customer in one harvest of one company: billed against potential.

    Written only by the refresh (:class:`SegmentationFigures`). There is a row for every
    customer and harvest of a company, from the customer's first invoice or planting on,
    and one without harvest for what was billed outside any harvest, so that a
    customer's rows add up to all that accounting posted.
    """

    _name = "segmentation.position"
    _description = "Position of a Customer"
    _inherit = ["segmentation.merge"]
    _order = "gap desc NULLS LAST, id"
    _rec_names_search = ["partner_id"]

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    harvest_id = fields.Many2one(
        "segmentation.harvest",
        readonly=True,
        ondelete="cascade",
        help="Empty: billed outside any harvest.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    zone_id = fields.Many2one(
        "segmentation.zone",
        readonly=True,
        ondelete="set null",
        help="The customer's zone, else where most of its hectares lie, else where "
        "most was billed.",
    )
    user_id = fields.Many2one(
        related="partner_id.user_id", string="Salesperson", related_sudo=True
    )
    hectares = fields.Float(digits=(16, 4), readonly=True, help="Hectares planted.")
    billing = fields.Monetary(
        readonly=True,
        help="Untaxed product lines of posted customer invoices, less credit notes, "
        "in company currency.",
    )
    potential = fields.Monetary(
        readonly=True,
        help="Hectares planted × what a hectare buys, in company currency.",
    )
    is_potential_known = fields.Boolean(string="Potential Known", readonly=True)
    is_lower_bound = fields.Boolean(
        string="Rates Missing",
        readonly=True,
        help="Some plantings have no rate: the potential is at least this.",
    )
    is_carried = fields.Boolean(
        string="Carried Forward",
        readonly=True,
        help="Some plantings are those of an earlier harvest.",
    )
    missing_rates = fields.Json(
        readonly=True, help="[[crop id, zone id], …] of plantings without a rate."
    )
    share = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Billing / potential; over groups, of their sums. Over 100 % the cadastre "
        "is probably incomplete.",
    )
    gap = fields.Monetary(
        readonly=True, help="Potential less billing: what is left to sell."
    )
    quadrant = fields.Selection(QUADRANTS, readonly=True, group_expand=True)
    cut_point_id = fields.Many2one(
        "segmentation.cut.point",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    reason = fields.Text(compute="_compute_reason", help="Why this quadrant.")
    computed_at = fields.Datetime(
        compute="_compute_computed_at",
        help="The figures stand for everything posted and planted by then.",
    )
    is_reference = fields.Boolean(
        string="Reference Harvest",
        compute="_compute_is_reference",
        search="_search_is_reference",
        help="In the reference harvest of its company.",
    )
    line_ids = fields.One2many("segmentation.position.line", "position_id")

    _customer_harvest_uniq = models.UniqueIndex(
        "(company_id, partner_id, COALESCE(harvest_id, 0))"
    )
    _quadrant_idx = models.Index("(harvest_id, quadrant)")
    # by which a cut point finds its way to the next value
    _billing_idx = models.Index("(harvest_id, billing)")
    _potential_idx = models.Index("(harvest_id, potential)")

    @api.depends("partner_id", "harvest_id")
    def _compute_display_name(self):
        for position in self:
            harvest = position.harvest_id.display_name or self.env._("outside harvests")
            position.display_name = f"{position.partner_id.display_name} – {harvest}"

    @api.model
    def _reference_harvests(self):
        """Return the reference harvests of the companies the user works in."""
        harvests = self.env["segmentation.harvest"]
        for company in self.env.companies:
            harvests |= company._segmentation_reference_harvest()
        return harvests

    @api.depends("harvest_id")
    @api.depends_context("allowed_company_ids")
    def _compute_is_reference(self):
        references = self._reference_harvests()
        for position in self:
            position.is_reference = position.harvest_id in references

    def _search_is_reference(self, operator, _value):
        if operator != "in":
            return NotImplemented
        return [("harvest_id", "in", self._reference_harvests().ids)]

    def _compute_computed_at(self):
        refreshed = {
            refresh.company_id: refresh.date_fresh
            for refresh in self.env["segmentation.refresh"]
            .sudo()
            .search([("company_id", "in", self.company_id.ids)])
        }
        for position in self:
            fresh = refreshed.get(position.company_id) or position.write_date
            position.computed_at = max(fresh, position.write_date)

    # --- Why --------------------------------------------------------------------

    @api.depends("quadrant", "billing", "potential", "cut_point_id", "missing_rates")
    @api.depends_context("lang")
    def _compute_reason(self):
        labels = dict(self._fields["quadrant"]._description_selection(self.env))
        missing = self._missing_names()
        for position in self:
            sentences = [position._reason_figures(labels)]
            if position.is_carried:
                sentences.append(
                    self.env._(
                        "Some plantings are carried forward from an earlier harvest."
                    )
                )
            if position.is_lower_bound:
                sentences.append(
                    self.env._(
                        "The potential is at least this: no rate for %(missing)s.",
                        missing=missing[position.id],
                    )
                )
            position.reason = " ".join(sentences)

    def _missing_names(self):
        """Return {position id: "soy (Norte), maize (Este)"} for the rates missing."""
        pairs = {tuple(pair) for p in self for pair in p.missing_rates or []}
        crops = self.env["segmentation.crop"].sudo().browse({c for c, _z in pairs})
        zones = (
            self.env["segmentation.zone"]
            .sudo()
            .browse({zone for _c, zone in pairs if zone})
        )
        crop_names = {crop.id: crop.display_name for crop in crops.exists()}
        zone_names = {zone.id: zone.display_name for zone in zones.exists()}
        nowhere = self.env._("no zone")
        return {
            position.id: ", ".join(
                f"{crop_names.get(crop, '?')} ({zone_names.get(zone, nowhere)})"
                for crop, zone in position.missing_rates or []
            )
            for position in self
        }

    def _reason_figures(self, labels):
        """Return the sentence with the figures and where high begins."""

        def money(amount):
            return format_amount(self.env, amount, self.currency_id)

        values = {
            "quadrant": labels.get(self.quadrant, ""),
            "billing": money(self.billing),
            "potential": money(self.potential),
        }
        if not self.harvest_id:
            return self.env._("Billed %(billing)s outside any harvest.", **values)
        if not self.is_potential_known:
            return self.env._(
                "%(quadrant)s: billed %(billing)s; the potential is not known, for "
                "there is no planting with a rate.",
                **values,
            )
        values["share"] = formatLang(self.env, self.share * 100, digits=0)
        values["cuts"] = self._reason_cuts(money)
        if not self.potential:
            return self.env._(
                "%(quadrant)s: billed %(billing)s of no potential; %(cuts)s.", **values
            )
        return self.env._(
            "%(quadrant)s: billed %(billing)s of a potential of %(potential)s "
            "(%(share)s %%); %(cuts)s.",
            **values,
        )

    def _reason_cuts(self, money):
        cut = self.cut_point_id.sudo()
        if cut.has_potential_cut:
            potential = self.env._(
                "high potential starts at %s", money(cut.potential_cut)
            )
        else:
            potential = self.env._("no potential is high")
        if cut.has_billing_cut:
            billing = self.env._("high billing at %s", money(cut.billing_cut))
        else:
            billing = self.env._("no billing is high")
        return f"{potential}, {billing}"

    # --- Reading ----------------------------------------------------------------

    def _read_group_select(self, aggregate_spec, query):
        """A group's share is that of its sums, not a mean of shares."""
        if aggregate_spec != "share:avg":
            return super()._read_group_select(aggregate_spec, query)
        potential = self._field_to_sql(self._table, "potential", query)
        return share_of_sums(self, query, SQL("%s <> 0", potential))

    @api.model
    def _harvest_figures(self, harvest):
        """Return the figures of all customers in a harvest as a SELECT."""
        return SQL(
            """SELECT partner_id, zone_id, harvest_id, billing, potential
                 FROM segmentation_position WHERE harvest_id = %s""",
            harvest.id,
        )

    @api.model
    def _refresh_for_export(self):
        """Compute what is stale; refuse an export of figures that are not right yet."""
        refresh = self.env["segmentation.refresh"]
        if waiting := refresh._refresh_pending(self.env.companies):
            raise UserError(
                self.env._(
                    "%(waiting)s Export them when they are done: Freshness of Figures "
                    "shows how far they are.",
                    waiting=waiting,
                )
            )

    @api.model
    def _window_figures(self, company, harvest, window="in", zones=None, units=None):
        """Return every customer's figures over a billing window as a SELECT.

        :param str window: see :meth:`SegmentationHarvest._window`
        :param zones: figures in these zones and below only, of the customers that have
            any or live there; what was billed in no zone counts in the customer's own
        :param units: figures of these business units only
        :return: partner_id, zone_id, harvest_id (the reference), billing,
            potential (NULL: unknown), is_lower_bound, unknown_harvest_ids (those in
            which the potential is not known, NULL if none); one row a customer
        """
        in_zones = in_scope = SQL("TRUE")
        if zones:
            below = zones.with_context(active_test=False)
            below = below._search([("id", "child_of", zones.ids)]).subselect()
            in_zones = SQL("COALESCE(line.zone_id, position.zone_id) IN %s", below)
            in_scope = SQL(
                "BOOL_OR(line.id IS NOT NULL OR position.zone_id IN %s)", below
            )
        in_units = SQL("line.unit_id IN %s", tuple(units.ids)) if units else SQL("TRUE")
        return SQL(
            """
            SELECT position.partner_id, MIN(position.zone_id) AS zone_id,
                   %(harvest)s AS harvest_id,
                   COALESCE(SUM(line.billing), 0) AS billing,
                   SUM(line.potential) AS potential,
                   BOOL_OR(position.is_lower_bound OR position.potential IS NULL)
                       AS is_lower_bound,
                   ARRAY_AGG(DISTINCT position.harvest_id)
                       FILTER (WHERE position.potential IS NULL) AS unknown_harvest_ids
              FROM segmentation_position position
         LEFT JOIN segmentation_position_line line
                ON line.position_id = position.id AND %(in_zones)s AND %(in_units)s
             WHERE position.company_id = %(company)s
               AND position.harvest_id IN %(harvests)s
          GROUP BY position.partner_id
            HAVING %(in_scope)s""",
            harvest=harvest.id,
            harvests=tuple(harvest._window(window).ids),
            company=company.id,
            in_zones=in_zones,
            in_units=in_units,
            in_scope=in_scope,
        )

    @api.model
    def _are_stored(self, company, harvest, window, zones, units):
        """Return whether the figures asked for are those of the stored positions.

        That is, of one harvest as a whole, with nothing left to be refreshed: then
        quadrants and cut points need not be found anew.
        """
        return (
            not zones
            and not units
            and harvest._window(window) == harvest
            and not self.env["segmentation.refresh"]._stale(company)
        )

    @api.model
    def _stored_figures(self, company, harvest):
        """Return the figures and quadrants as stored, with the columns of others."""
        return SQL(
            """
            SELECT position.partner_id, position.zone_id, position.billing,
                   position.potential, position.is_lower_bound,
                   CASE WHEN position.potential IS NULL
                        THEN ARRAY[position.harvest_id] END AS unknown_harvest_ids,
                   cut.billing_cut, cut.potential_cut, position.quadrant
              FROM segmentation_position position
         LEFT JOIN segmentation_cut_point cut ON cut.id = position.cut_point_id
             WHERE position.company_id = %s AND position.harvest_id = %s""",
            company.id,
            harvest.id,
        )

    @api.model
    def _classified_figures(self, company, *scope):
        """Return the figures of a window with quadrants found anew.

        They are read once, for the cut points and for the customers.
        """
        return SQL(
            "WITH window_figures AS MATERIALIZED (%s) %s",
            self._window_figures(company, *scope),
            self.env["segmentation.cut.point"]._classified_sql(
                self.env["segmentation.policy"]._of(company),
                SQL("SELECT * FROM window_figures"),
            ),
        )

    @api.model
    def _classified(self, company, harvest, window="in", zones=None, units=None):
        """Return every customer's figures and quadrant over a window as a SELECT.

        The company's policies classify these very figures: on one harvest without zones
        or units they are the stored quadrants.

        :return: partner_id, zone_id, billing, potential (NULL: unknown), share, gap,
            is_lower_bound, unknown_harvest_ids, billing_cut, potential_cut, quadrant
        """
        self.env.flush_all()
        if self._are_stored(company, harvest, window, zones, units):
            figures = self._stored_figures(company, harvest)
        else:
            figures = self._classified_figures(company, harvest, window, zones, units)
        return SQL(
            """
            SELECT partner_id, zone_id, billing, potential,
                   %(share)s AS share, %(gap)s AS gap,
                   is_lower_bound AND potential IS NOT NULL AS is_lower_bound,
                   unknown_harvest_ids, billing_cut, potential_cut, quadrant
              FROM (%(figures)s) classified""",
            share=SHARE,
            gap=GAP,
            figures=figures,
        )

    @api.model
    def _cuts(self, company, harvest, window="in", zones=None, units=None):
        """Return ``{"billing": amount | None, "potential": amount | None}``.

        The cut points of the company's general policy on the figures of a window.
        """
        self.env.flush_all()
        policies = self.env["segmentation.policy"]._of(company)
        general = policies.filtered(lambda policy: not policy.zone_id)
        if self._are_stored(company, harvest, window, zones, units):
            cuts = SQL(
                "SELECT * FROM segmentation_cut_point WHERE harvest_id = %s", harvest.id
            )
        else:
            cuts = self.env["segmentation.cut.point"]._cuts_sql(
                policies, self._window_figures(company, harvest, window, zones, units)
            )
        rows = self.env.execute_query(
            SQL(
                "SELECT billing_cut, potential_cut FROM (%s) cut WHERE policy_id = %s",
                cuts,
                general.id,
            )
        )
        billing, potential = rows[0] if rows else (None, None)
        return {"billing": billing, "potential": potential}

    @api.model
    def _merge_partners(self, sources, destination):
        """Let the sources' positions go, and their customers be computed.

        Positions follow from invoices and plantings, which core hands over; handed
        over themselves they would collide with the destination's.
        """
        rows = self.env.execute_query(
            SQL(
                "DELETE FROM segmentation_position WHERE partner_id = ANY(%s) "
                "RETURNING company_id, partner_id",
                sources.ids,
            )
        )
        customers = (sources | destination).commercial_partner_id - sources
        self.env["segmentation.refresh"]._mark(
            [
                *rows,
                *((None, customer.id) for customer in customers),
                *self.env["account.move"]._segmentation_marks_delivered_to(sources),
            ]
        )
        if not rows:
            return []
        return [self.env._("Positions: computed anew from the invoices and land.")]

    def export_data(self, fields_to_export):
        """Export figures that are right now, not those of a minute ago."""
        self._refresh_for_export()
        return super().export_data(fields_to_export)

    # --- The matrix -------------------------------------------------------------

    @api.model
    @api.readonly
    def get_matrix(self, harvest_id=False):
        """Return the quadrants and zones of a harvest, of the customers one may read.

        :param int harvest_id: of a company the user works in; else the reference
            harvest of the current one
        :return: ``{"harvests": [{"id", "name"}], "harvest_id", "currency_id",
            "quadrants": {quadrant: figures}, "zones": [figures and "id", "name"],
            "total": figures}`` where figures are ``count``, ``billing``,
            ``potential``, ``gap`` in company currency and ``share``
        """
        harvests = self.env["segmentation.harvest"].search(
            [("company_id", "in", self.env.companies.ids)]
        )
        harvest = harvests.filtered(lambda harvest: harvest.id == harvest_id)
        harvest = harvest or self.env.company._segmentation_reference_harvest()
        quadrants, zones, [[total]] = self._matrix_figures(harvest)
        return {
            "harvests": [{"id": h.id, "name": h.display_name} for h in harvests],
            "harvest_id": harvest.id,
            "currency_id": (harvest.company_id or self.env.company).currency_id.id,
            "quadrants": dict(quadrants),
            "zones": [
                {"id": zone.id, "name": zone.display_name, **figures}
                for zone, figures in zones
            ],
            "total": total,
        }

    @api.model
    def _matrix_figures(self, harvest):
        """Return ``[(*group, figures)]`` by quadrant, by zone and of all, in one query.

        See :meth:`get_matrix`.
        """
        names = ("count", "billing", "potential", "gap", "share")
        aggregates = ["__count", "billing:sum", "potential:sum", "gap:sum", "share:avg"]
        domain = Domain("harvest_id", "=", harvest.id or 0)
        by_quadrant, by_zone, total = self._read_grouping_sets(
            domain, [["quadrant"], ["zone_id"], []], aggregates
        )
        # where Odoo knows that there is nothing it does not ask for the total
        total = total or self._read_group(Domain.FALSE, [], aggregates)
        return [
            [(*row[:-5], dict(zip(names, row[-5:], strict=True))) for row in rows]
            for rows in (by_quadrant, by_zone, total)
        ]

    # --- Actions ----------------------------------------------------------------

    @api.readonly
    def action_open_invoices(self):
        """Open the posted invoices and credit notes that make up the billing."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        return {
            **action,
            "domain": [
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("segmentation_harvest_id", "=", self.harvest_id.id),
                ("state", "=", "posted"),
                ("move_type", "in", SALE_TYPES),
            ],
            "context": {"create": False},
        }

    @api.readonly
    def action_open_plantings(self):
        """Open the plantings of the harvest, else those carried forward to it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_planting_action"
        )
        return {
            **action,
            "domain": [
                ("customer_id", "=", self.partner_id.id),
                ("harvest_id.company_id", "=", self.company_id.id),
                ("harvest_id.kind", "=", self.harvest_id.kind),
                ("harvest_id.date_start", "<=", self.harvest_id.date_start),
            ],
            "context": {"create": False, "search_default_group_by_harvest": 1},
        }
