from odoo import api, fields, models
from odoo.tools import SQL, format_amount, formatLang

from ..common.optional_fields import OptionalFloat, OptionalMonetary, is_empty
from ..position.formulas import GAP
from .condition import FIGURES


class SegmentationCondition(models.Model):
    """A figure of the customer in a harvest, or how it changed since the one before.

    Both ends of a range belong to it; an empty one is open. What is not known is in no
    range: neither a potential without cadastre, nor the share and gap that follow. Who
    has no position in a harvest was billed nothing in it, which is known: 0.
    """

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("figure", "Billing, potential, share or gap")],
        ondelete={"figure": "cascade"},
    )
    figure = fields.Selection(
        [
            ("billing", "Billing"),
            ("potential", "Potential"),
            ("share", "Share"),
            ("gap", "Gap"),
        ],
        default="billing",
        help="Billing: untaxed, credit notes subtracted. Potential: what the customer "
        "could buy. Share: billing of potential. Gap: potential less billing.",
    )
    figure_change = fields.Boolean(
        string="Change since the Harvest Before",
        help="By how much it is more, or less where negative. The harvest before: the "
        "latest earlier one of the same kind.",
    )
    amount_from = OptionalMonetary(help="In company currency. Empty: open.")
    amount_to = OptionalMonetary(help="In company currency. Empty: open.")
    share_from = OptionalFloat(string="Percent From", digits=(16, 1))
    share_to = OptionalFloat(string="Percent To", digits=(16, 1))
    zone_ids = fields.Many2many(
        "segmentation.zone",
        string="Zones",
        ondelete="restrict",
        check_company=True,
        context={"active_test": False},
        help="And those below them. Empty: anywhere.",
    )

    @api.model
    def _customer_kinds(self):
        return super()._customer_kinds() | {"figure"}

    def _topics_figure(self):
        return {FIGURES}

    def _is_timed_figure(self):
        return self._is_harvest_timed()

    # --- In words ---------------------------------------------------------------

    def _problem_figure(self):
        """No figure, no range, or one whose ends are the wrong way round."""
        if not self.figure:
            return self.env._("Choose billing, potential, share or gap.")
        low, high = self._figure_range()
        if is_empty(low) and is_empty(high):
            return self.env._("Fill in from or to: with neither, every customer fits.")
        if not is_empty(low) and not is_empty(high) and low > high:
            return self.env._(
                "Nothing is from %(low)s to %(high)s: put the smaller one first.",
                low=self._figure_words(low),
                high=self._figure_words(high),
            )
        return self._harvest_problem()

    def _figure_range(self):
        """Return both ends; amounts in company currency, shares in percent."""
        if self.figure == "share":
            return self.share_from, self.share_to
        return self.amount_from, self.amount_to

    def _figure_words(self, value):
        """Return a value as the user's language writes it."""
        if self.figure == "share":
            return self.env._("%s %%", formatLang(self.env, value, digits=1))
        return format_amount(self.env, value, self.currency_id)

    def _figure_label(self):
        """Return what the range is of: the figure, and in which units and zones."""
        label = {
            "billing": self.env._("billing"),
            "potential": self.env._("potential"),
            "share": self.env._("share"),
            "gap": self.env._("gap"),
        }[self.figure]
        where = [self._any_name(records) for records in self._figure_split() if records]
        return f"{label} ({'; '.join(where)})" if where else label

    def _figure_split(self):
        """Return the units and the zones that the figure is restricted to."""
        return self.sudo().unit_ids, self.sudo().zone_ids

    def _sentence_figure(self):
        if self._problem_figure():
            return ""
        low, high = self._figure_range()
        values = {
            "figure": self._figure_label(),
            "harvest": self._harvest_words(),
            "low": not is_empty(low) and self._figure_words(low),
            "high": not is_empty(high) and self._figure_words(high),
        }
        if self.figure_change:
            return self._sentence_figure_change(low, high, values)
        if not values["high"]:
            return self.env._("%(figure)s of at least %(low)s in %(harvest)s", **values)
        if not values["low"]:
            return self.env._("%(figure)s of at most %(high)s in %(harvest)s", **values)
        return self.env._("%(figure)s of %(low)s to %(high)s in %(harvest)s", **values)

    def _sentence_figure_change(self, low, high, values):
        """Return the condition on a change in words: it rose, fell, or changed."""
        if not values["high"] and low > 0:
            return self.env._(
                "%(figure)s rose by at least %(low)s from the harvest before to "
                "%(harvest)s",
                **values,
            )
        if not values["low"] and high < 0:
            return self.env._(
                "%(figure)s fell by at least %(fall)s from the harvest before to "
                "%(harvest)s",
                fall=self._figure_words(-high),
                **values,
            )
        if not values["high"]:
            return self.env._(
                "%(figure)s changed by %(low)s or more from the harvest before to "
                "%(harvest)s",
                **values,
            )
        if not values["low"]:
            return self.env._(
                "%(figure)s changed by %(high)s or less from the harvest before to "
                "%(harvest)s",
                **values,
            )
        return self.env._(
            "%(figure)s changed by %(low)s to %(high)s from the harvest before to "
            "%(harvest)s",
            **values,
        )

    def _values_figure(self, values):
        words = {
            "value": self._figure_words(values["value"]),
            "harvest": values["harvest"],
        }
        if "before" not in values:
            return self.env._("%(value)s in %(harvest)s", **words)
        return self.env._(
            "%(before)s in %(harvest_before)s, %(value)s in %(harvest)s",
            before=self._figure_words(values["before"]),
            harvest_before=values["harvest_before"],
            **words,
        )

    # --- Who --------------------------------------------------------------------

    def _select_figure(self, scope):
        """Customers by a figure in a harvest."""
        if self.figure_change:
            return self._select_figure_change(scope)
        harvest = self._harvest()
        figures = self._figures_in(harvest, scope)
        if self._is_billed_nothing_in_range():
            figures = self._with_billed_nothing(figures, harvest, scope)
        return SQL(
            """
            SELECT figures.partner_id AS key,
                   JSONB_BUILD_OBJECT('harvest', %(harvest)s::text,
                                      'value', figures.value) AS detail
              FROM (%(figures)s) figures
             WHERE %(in_range)s""",
            harvest=harvest.name or "",
            figures=figures,
            in_range=self._in_range(SQL("figures.value")),
        )

    def _select_figure_change(self, scope):
        """Customers by a figure less that of the harvest before.

        Who has no position in one of them was billed nothing in it; nothing else is
        known of it.
        """
        harvest = self._harvest()
        before = self._harvest_before(harvest)
        figures = self._figures_in(harvest, scope)
        if self.figure == "billing":
            figures = self._with_billed_nothing(figures, harvest, scope)
        then = SQL("0" if self.figure == "billing" else "NULL")
        return SQL(
            """
            SELECT figures.partner_id AS key,
                   JSONB_BUILD_OBJECT('harvest', %(harvest)s::text,
                                      'harvest_before', %(harvest_before)s::text,
                                      'value', figures.value,
                                      'before', COALESCE(before.value, %(then)s))
                       AS detail
              FROM (%(figures)s) figures
         LEFT JOIN (%(before)s) before ON before.partner_id = figures.partner_id
             WHERE %(has_before)s AND %(in_range)s""",
            harvest=harvest.name or "",
            harvest_before=before.name or "",
            then=then,
            figures=figures,
            before=self._figures_in(before, scope),
            has_before=bool(before),
            in_range=self._in_range(
                SQL("(figures.value - COALESCE(before.value, %s))", then)
            ),
        )

    def _figures_in(self, harvest, scope):
        """Return a SELECT of partner_id and value: amounts, shares in percent."""
        units, zones = self._figure_split()
        figures = SQL("segmentation_position")
        if harvest and (units or zones):
            positions = self.env["segmentation.position"]
            figures = SQL(
                "(%s)",
                positions._window_figures(
                    self.company_id, harvest, zones=zones, units=units
                ),
            )
        return SQL(
            """
            SELECT figure.partner_id, %(value)s AS value
              FROM %(figures)s figure
             WHERE figure.harvest_id = %(harvest)s AND %(in_scope)s""",
            value={
                "billing": SQL("figure.billing"),
                "potential": SQL("figure.potential"),
                "share": SQL("figure.billing * 100.0 / NULLIF(figure.potential, 0)"),
                "gap": GAP,
            }[self.figure],
            figures=figures,
            harvest=harvest.id or None,
            in_scope=scope.customers(SQL("figure.partner_id")),
        )

    def _is_billed_nothing_in_range(self):
        """Return whether the range is one of billing that 0 belongs to."""
        low, high = self._figure_range()
        return (
            self.figure == "billing"
            and (is_empty(low) or low <= 0)
            and (is_empty(high) or high >= 0)
        )

    def _with_billed_nothing(self, figures, harvest, scope):
        """Return the SELECT of figures, with 0 for customers who have no position.

        Of zones, for those who live there or below. Nobody where there is no harvest.
        """
        return SQL(
            """
            %(figures)s
             UNION ALL
            SELECT partner.id, 0
              FROM res_partner partner
             WHERE partner.commercial_partner_id = partner.id
               AND NOT EXISTS (SELECT FROM segmentation_position position
                                WHERE position.partner_id = partner.id
                                  AND position.harvest_id = %(harvest)s)
               AND %(is_harvest)s AND %(lives_there)s AND %(in_scope)s""",
            figures=figures,
            harvest=harvest.id or None,
            is_harvest=bool(harvest),
            lives_there=self._lives_there(),
            in_scope=scope.customers(SQL("partner.id")),
        )

    def _lives_there(self):
        """Return the SQL condition that a row ``partner`` is in the zones, or below."""
        _units, zones = self._figure_split()
        if not zones:
            return SQL("TRUE")
        zones = zones.with_context(active_test=False)
        below = zones._search([("id", "child_of", zones.ids)])
        return SQL("partner.segmentation_zone_id IN %s", below.subselect())

    def _in_range(self, value):
        """Return the SQL condition that a value is known and in the range."""
        low, high = self._figure_range()
        conditions = [
            SQL("%s >= %s", value, low) if not is_empty(low) else None,
            SQL("%s <= %s", value, high) if not is_empty(high) else None,
        ]
        return SQL(" AND ").join(filter(None, conditions))
