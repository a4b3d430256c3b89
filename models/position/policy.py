from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_amount

from ..common.race import check_now, claim

#: what a policy measures; every parameter exists once for each
FIGURES = ("billing", "potential")


class SegmentationPolicy(models.Model):
    """Where "high" begins, for one company or for the customers of one of its zones.

    A customer is governed by the policy of the nearest zone up the tree that has one,
    else by the company's own; cut points are found among the customers a policy
    governs. See ``engine/classification.py`` for the three methods.
    """

    _name = "segmentation.policy"
    _description = "Segmentation Policy"
    _inherit = ["mail.thread"]
    _order = "company_id, zone_id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    zone_id = fields.Many2one(
        "segmentation.zone",
        ondelete="cascade",
        check_company=True,
        help="Customers of this zone and the zones below it have cut points of their "
        "own. Empty: all customers no other policy governs.",
    )
    method = fields.Selection(
        [
            ("pareto", "Pareto"),
            ("percentile", "Percentile"),
            ("fixed", "Fixed amounts"),
        ],
        required=True,
        default="pareto",
        tracking=True,
        help="Pareto: the fewest customers that together make a share of the total are "
        "high.\nPercentile: customers above a percentage of the others are high.\n"
        "Fixed amounts: customers at or above an amount are high.",
    )
    billing_pareto = fields.Float(
        string="Share of Billing (%)", digits=(5, 2), default=80, tracking=True
    )
    potential_pareto = fields.Float(
        string="Share of Potential (%)", digits=(5, 2), default=80, tracking=True
    )
    billing_percentile = fields.Float(digits=(5, 2), default=80, tracking=True)
    potential_percentile = fields.Float(digits=(5, 2), default=80, tracking=True)
    billing_amount = fields.Monetary(string="High Billing From", tracking=True)
    potential_amount = fields.Monetary(string="High Potential From", tracking=True)
    # What the parameters come to on the reference harvest, saved or not
    preview_harvest_id = fields.Many2one(
        "segmentation.harvest",
        string="Shown on Harvest",
        compute="_compute_preview_harvest_id",
        readonly=False,
        domain="[('company_id', '=', company_id)]",
    )
    preview_html = fields.Html(
        string="What It Comes To", compute="_compute_preview_html", sanitize=False
    )

    # Deferred, so that the sentence of _check_duplicate comes first.
    _company_zone_excl = models.Constraint(
        "EXCLUDE USING btree (company_id WITH =, COALESCE(zone_id, 0) WITH =) "
        "DEFERRABLE INITIALLY DEFERRED",
        "Somebody else has just saved a policy of the company for the same zone: reload"
        " the page and change that one.",
    )
    _percent_range = models.Constraint(
        "CHECK(billing_pareto BETWEEN 0 AND 100 AND potential_pareto BETWEEN 0 AND 100 "
        "AND billing_percentile BETWEEN 0 AND 100 "
        "AND potential_percentile BETWEEN 0 AND 100)",
        "Shares and percentiles go from 0 to 100.",
    )
    _pareto_positive = models.Constraint(
        "CHECK(method <> 'pareto' OR (billing_pareto > 0 AND potential_pareto > 0))",
        "Customers that make 0 % of a total are nobody: set shares of billing and "
        "potential above 0, such as 80.",
    )
    _amount_positive = models.Constraint(
        "CHECK(billing_amount >= 0 AND potential_amount >= 0)",
        "The amounts from which billing and potential are high cannot be negative.",
    )

    @api.depends("company_id", "zone_id")
    def _compute_name(self):
        for policy in self:
            zone = policy.zone_id.display_name or self.env._("All zones")
            policy.name = f"{policy.company_id.name} – {zone}"

    @api.depends("company_id")
    def _compute_preview_harvest_id(self):
        for policy in self:
            policy.preview_harvest_id = (
                policy.company_id._segmentation_reference_harvest()
            )

    @api.depends(
        "company_id",
        "zone_id",
        "method",
        "preview_harvest_id",
        *(f"{figure}_pareto" for figure in FIGURES),
        *(f"{figure}_percentile" for figure in FIGURES),
        *(f"{figure}_amount" for figure in FIGURES),
    )
    def _compute_preview_html(self):
        for policy in self:
            policy.preview_html = policy.env["ir.qweb"]._render(
                "agro_segmentation.policy_preview", policy._preview_values()
            )

    @api.constrains("company_id", "zone_id")
    def _check_duplicate(self):
        """Refuse a second policy for the same customers."""
        duplicates = self.sudo()._read_group(
            [("company_id", "in", self.company_id.ids)],
            ["company_id", "zone_id"],
            ["__count"],
            having=[("__count", ">", 1)],
        )
        for company, zone, count in duplicates:
            raise ValidationError(
                self.env._(
                    "%(company)s has %(count)s policies for %(zone)s: change the one "
                    "that is there.",
                    company=company.name,
                    count=count,
                    zone=zone.display_name or self.env._("all zones"),
                )
            )
        check_now(self, "_company_zone_excl")

    @api.model_create_multi
    def create(self, vals_list):
        """Classify the company's customers anew."""
        policies = super().create(vals_list)
        policies._reclassify()
        return policies

    def write(self, vals):
        """Classify the customers of the old and the new company anew."""
        before = self.company_id
        result = super().write(vals)
        (self | self.search([("company_id", "in", before.ids)]))._reclassify()
        return result

    def unlink(self):
        """Customers fall back to the company's policy."""
        companies = self.company_id
        result = super().unlink()
        self.env["segmentation.refresh"]._mark_classification(companies)
        return result

    def _reclassify(self):
        self.env["segmentation.refresh"]._mark_classification(self.company_id)

    @api.model
    def _of(self, company):
        """Return the policies of the company; its default one is made if missing.

        By one session only: another that finds it missing starts again.
        """
        policies = self.sudo().search([("company_id", "=", company.id)])
        if not policies.filtered(lambda policy: not policy.zone_id):
            claim(self.env["segmentation.refresh"]._of(company))
            policies |= self.sudo().create({"company_id": company.id})
        return policies

    def _rows(self):
        """Return the policies, saved or being edited, as an SQL relation.

        Columns: id, zone_id, method, and for each figure amount, percentile (0–1) and
        pareto (0–1). A policy not yet saved has id 0.
        """
        rows = SQL(", ").join(
            SQL(
                "(%s::int, %s::int, %s, %s::numeric, %s::numeric, %s::float8 / 100, "
                "%s::float8 / 100, %s::numeric / 100, %s::numeric / 100)",
                policy._origin.id or 0,
                policy.zone_id._origin.id or None,
                policy.method,
                policy.billing_amount,
                policy.potential_amount,
                policy.billing_percentile,
                policy.potential_percentile,
                policy.billing_pareto,
                policy.potential_pareto,
            )
            for policy in self
        )
        return SQL(
            "(VALUES %s) AS policy (id, zone_id, method, billing_amount, "
            "potential_amount, billing_percentile, potential_percentile, "
            "billing_pareto, potential_pareto)",
            rows,
        )

    # --- Preview ----------------------------------------------------------------

    @api.readonly
    def onchange(self, values, field_names, fields_spec):
        """Show the preview from a replica of the database, if Odoo has one."""
        return super().onchange(values, field_names, fields_spec)

    def _preview_values(self):
        """Return what the preview shows: for each figure the cut and both sides."""
        self.ensure_one()
        harvest = self.preview_harvest_id
        figures = self._preview_figures() if harvest and self.method else {}
        currency = self.company_id.currency_id

        def money(amount):
            return format_amount(self.env, amount or 0.0, currency)

        return {"harvest": harvest, "figures": figures, "money": money}

    def _preview_figures(self):
        """Return ``{figure: {cut, high_count, high_sum, low_count, low_sum}}``.

        Taken among the customers this policy would govern were it saved as it stands.
        """
        policies = self._of(self.company_id)
        policies = self + (policies - self._origin).filtered(
            lambda policy: policy.zone_id != self.zone_id._origin
        )
        cut_points = self.env["segmentation.cut.point"]
        classified = cut_points._classified_sql(
            policies,
            self.env["segmentation.position"]._harvest_figures(self.preview_harvest_id),
        )
        (row,) = self.env.execute_query_dict(
            SQL(
                "SELECT %s FROM (%s) c WHERE policy_id = %s",
                SQL(", ").join(self._preview_column(figure) for figure in FIGURES),
                classified,
                self._origin.id or 0,
            )
        )
        return {figure: row[figure] for figure in FIGURES}

    def _preview_column(self, figure):
        column = SQL.identifier(figure)
        cut = SQL.identifier(f"{figure}_cut")
        return SQL(
            """jsonb_build_object(
                'cut', MAX(%(cut)s),
                'high_count', COUNT(*) FILTER (WHERE %(figure)s >= %(cut)s),
                'high_sum', SUM(%(figure)s) FILTER (WHERE %(figure)s >= %(cut)s),
                'low_count', COUNT(%(figure)s) FILTER (
                    WHERE (%(figure)s >= %(cut)s) IS NOT TRUE),
                'low_sum', SUM(%(figure)s) FILTER (
                    WHERE (%(figure)s >= %(cut)s) IS NOT TRUE)
            ) AS %(figure)s""",
            figure=column,
            cut=cut,
        )
