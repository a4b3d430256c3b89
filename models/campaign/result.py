from array import array

from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from ...engine import statistics
from ..common.groups import MARKETING

#: what is counted of each group, besides its customers
COUNTED = {
    "written": SQL("is_written"),
    "opened": SQL("is_opened"),
    "clicked": SQL("is_clicked"),
    "replied": SQL("is_replied"),
    "called": SQL("is_called"),
    "won": SQL("is_won"),
    "buyers": SQL("is_buyer"),
}


class UtmCampaign(models.Model):
    """What the campaign changed: those to contact against those held out.

    Groups are compared as they were frozen, whoever got no message in the end: leaving
    those out would compare the willing with everybody.
    """

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    segmentation_result = fields.Json(
        string="Result",
        readonly=True,
        copy=False,
        groups=MARKETING,
        help="The numbers of the last measurement.",
    )
    segmentation_result_sentence = fields.Char(
        string="Effect on Buyers",
        compute="_compute_segmentation_result_sentences",
        groups=MARKETING,
        help="Difference between the shares of buyers of those to contact and of those "
        "held out.",
    )
    segmentation_billing_sentence = fields.Char(
        string="Effect on Billing",
        compute="_compute_segmentation_result_sentences",
        groups=MARKETING,
        help="Difference between the billing per customer of those to contact and of "
        "those held out.",
    )
    segmentation_result_html = fields.Html(
        string="Results",
        compute="_compute_segmentation_result_html",
        sanitize=False,
        groups=MARKETING,
    )

    # -- Numbers

    def _segmentation_conclude(self):
        self.env["segmentation.audience"].flush_model()
        groups, quadrants = self._segmentation_group_figures()
        result = {"groups": groups, "quadrants": quadrants}
        if len(groups) == 2:
            result.update(self._segmentation_comparison(**groups))
        self.segmentation_result = result
        return super()._segmentation_conclude()

    def _segmentation_group_figures(self):
        """Return ``{group: figures}``, and ``{quadrant: {group: figures}}``."""
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT "group" AS name, quadrant, GROUPING(quadrant) = 1 AS is_total,
                       COUNT(*) AS customers, %s,
                       COALESCE(SUM(invoiced), 0)::float8 AS invoiced
                  FROM segmentation_audience
                 WHERE campaign_id = %s
              GROUP BY GROUPING SETS (("group"), ("group", quadrant))
                """,
                SQL(", ").join(
                    SQL("COUNT(*) FILTER (WHERE %s) AS %s", sql, SQL.identifier(name))
                    for name, sql in COUNTED.items()
                ),
                self.id,
            )
        )
        groups, quadrants = {}, {}
        for row in rows:
            name, quadrant, is_total = (
                row.pop(key) for key in ("name", "quadrant", "is_total")
            )
            if is_total:
                groups[name] = row
            else:
                quadrants.setdefault(quadrant or "unknown", {})[name] = row
        return groups, quadrants

    def _segmentation_comparison(self, contact, hold_out):
        """Return the differences between the two groups, with their intervals."""
        counts = (
            *(contact["buyers"], contact["customers"]),
            *(hold_out["buyers"], hold_out["customers"]),
        )
        buyers = statistics.newcombe(*counts)
        billing = statistics.bootstrap_difference(
            self._segmentation_amounts("contact"),
            contact["customers"],
            self._segmentation_amounts("hold_out"),
            hold_out["customers"],
        )
        return {
            "buyers": self._segmentation_estimate(buyers),
            "billing": self._segmentation_estimate(billing),
            "p_value": statistics.two_proportion_p_value(*counts),
            "detectable": statistics.detectable_difference(
                hold_out["buyers"] / hold_out["customers"],
                contact["customers"],
                hold_out["customers"],
            ),
        }

    @api.model
    def _segmentation_estimate(self, estimate):
        return {
            "difference": estimate.difference,
            "low": estimate.low,
            "high": estimate.high,
            "is_conclusive": estimate.is_conclusive,
        }

    def _segmentation_amounts(self, group):
        """Return what the customers of a group were billed who were billed something.

        Always in the same order, so that the bootstrap always draws the same; eight
        bytes a customer.
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT invoiced::float8 FROM segmentation_audience
                 WHERE campaign_id = %s AND "group" = %s AND invoiced <> 0
              ORDER BY partner_id
                """,
                self.id,
                group,
            )
        )
        rows = iter(self.env.cr.fetchone, None)
        return array("d", (amount for (amount,) in rows))

    # -- In words

    @api.depends("segmentation_result", "segmentation_state")
    @api.depends_context("lang")
    def _compute_segmentation_result_sentences(self):
        for campaign in self:
            buyers, billing = campaign._segmentation_result_sentences()
            campaign.segmentation_result_sentence = buyers
            campaign.segmentation_billing_sentence = billing

    def _segmentation_result_sentences(self):
        """Return what the campaign changed in buyers and in billing, in words."""
        if self.segmentation_state != "launched":
            return False, False
        result = self.segmentation_result
        if not result:
            return self.env._("Not measured yet."), False
        if "buyers" not in result:
            return self.env._(
                "Nobody was held out, so nothing tells what these customers would have "
                "bought without the campaign."
            ), False
        return (
            self._segmentation_buyers_sentence(result),
            self._segmentation_billed_sentence(result["billing"]),
        )

    def _segmentation_buyers_sentence(self, result):
        """Return the difference in the share of buyers, or that none is to be seen."""
        estimate = result["buyers"]
        if not estimate["is_conclusive"]:
            return self._segmentation_not_conclusive(result)
        return self.env._(
            "%(difference)s points of buyers (95 %% interval %(low)s to %(high)s)",
            **{
                name: self._segmentation_points(estimate[name], name == "difference")
                for name in ("difference", "low", "high")
            },
        )

    def _segmentation_not_conclusive(self, result):
        """Return what would have shown with so many customers."""
        customers = sum(group["customers"] for group in result["groups"].values())
        shown = result["detectable"]
        if shown is None:
            return self.env._(
                "Not conclusive: with %(customers)s customers, %(held)s of them held "
                "out, no difference in buyers would show.",
                customers=customers,
                held=result["groups"]["hold_out"]["customers"],
            )
        return self.env._(
            "Not conclusive: with %(customers)s customers only differences above "
            "%(points)s points show.",
            customers=customers,
            points=formatLang(self.env, 100 * shown, digits=0),
        )

    def _segmentation_billed_sentence(self, estimate):
        """Return the difference in billing per customer, with its interval."""
        values = {
            name: self._segmentation_amount_label(estimate[name])
            for name in ("low", "high")
        }
        sign = "+" if estimate["difference"] > 0 else ""
        values["difference"] = sign + self._segmentation_amount_label(
            estimate["difference"]
        )
        if estimate["is_conclusive"]:
            return self.env._(
                "%(difference)s billed per customer (95 %% interval %(low)s to "
                "%(high)s)",
                **values,
            )
        return self.env._(
            "Not conclusive: %(difference)s billed per customer, which may be anything "
            "from %(low)s to %(high)s.",
            **values,
        )

    def _segmentation_points(self, share, is_signed=False):
        """Return a difference of shares in points, with one digit."""
        text = formatLang(self.env, 100 * share, digits=1)
        return f"+{text}" if is_signed and share > 0 else text

    # -- On the screen

    @api.depends(
        "segmentation_result", "segmentation_state", "segmentation_measured_at"
    )
    @api.depends_context("lang", "tz")
    def _compute_segmentation_result_html(self):
        for campaign in self:
            campaign.segmentation_result_html = (
                campaign.segmentation_result
                and self.env["ir.qweb"]._render(
                    "agro_segmentation.campaign_result",
                    campaign._segmentation_result_values(),
                )
            )

    def _segmentation_result_values(self):
        """Return what the template of the results shows."""
        result = self.segmentation_result
        quadrant = self.env["segmentation.audience"]._fields["quadrant"]
        return {
            "campaign": self,
            "result": result,
            "contact": result["groups"].get("contact"),
            "held_out": result["groups"].get("hold_out"),
            "steps": self._segmentation_funnel(result["groups"].get("contact")),
            "labels": dict(quadrant._description_selection(self.env)),
            "percent": lambda share: formatLang(self.env, 100 * share, digits=1),
            "points": self._segmentation_points,
            "axes": self._segmentation_axes(result),
            "whole": lambda number: formatLang(self.env, number, digits=0),
            "money": self._segmentation_amount_label,
        }

    @api.model
    def _segmentation_axes(self, result):
        """Return where to draw each interval, in per cent of the width of its axis."""
        return {
            name: self._segmentation_axis(result[name])
            for name in ("buyers", "billing")
            if name in result
        }

    @api.model
    def _segmentation_axis(self, estimate):
        """Return where zero, the interval and the difference lie, from 5 to 95 %."""
        start = min(estimate["low"], 0)
        span = (max(estimate["high"], 0) - start) or 1
        return {
            name: 5 + 90 * (value - start) / span
            for name, value in {**estimate, "zero": 0}.items()
            if name != "is_conclusive"
        }

    def _segmentation_funnel(self, figures):
        """Return ``[(label, number)]`` of the steps from audience to purchase."""
        if not figures:
            return []
        labels = [
            ("customers", self.env._("To contact")),
            ("written", self.env._("Written to")),
            ("opened", self.env._("Opened")),
            ("clicked", self.env._("Clicked")),
            ("replied", self.env._("Replied")),
            ("called", self.env._("Called")),
            ("won", self.env._("Opportunity won")),
            ("buyers", self.env._("Bought")),
        ]
        return [(label, figures[name]) for name, label in labels]
