from odoo import api, fields, models
from odoo.tools import SQL, formatLang

from ..engine import hold_out
from ..models.campaign.hold_out import HOLD_OUT_CRITERIA


class SegmentationCampaignWizard(models.TransientModel):
    """Says what holding out some of the audience will show, before the launch."""

    _name = "segmentation.campaign.wizard"
    _inherit = "segmentation.campaign.wizard"

    hold_out_sentence = fields.Char(
        string="What Will Show",
        compute="_compute_hold_out_sentence",
        help="A difference that is there shows in four campaigns of five, and one that "
        "is not seems to in one of twenty.",
    )

    @api.depends(*HOLD_OUT_CRITERIA)
    @api.depends_context("lang", "allowed_company_ids")
    def _compute_problem(self):
        return super()._compute_problem()

    @api.depends(*HOLD_OUT_CRITERIA)
    @api.depends_context("lang")
    def _compute_preview_html(self):
        return super()._compute_preview_html()

    @api.depends(*HOLD_OUT_CRITERIA, "preview")
    @api.depends_context("lang")
    def _compute_hold_out_sentence(self):
        for wizard in self:
            wizard.hold_out_sentence = wizard._hold_out_sentence()

    def _preview_values(self):
        """Tell how many of the customers the lot will hold out, too."""
        values = super()._preview_values()
        held = hold_out.count(self.customer_count, self._hold_out_percent())
        return {**values, "held": held}

    def _hold_out_percent(self):
        """Return the share that a launch would hold out now."""
        if not self.customer_count or self._segmentation_hold_out_problem():
            return 0
        if self.segmentation_hold_out_proposed:
            return hold_out.propose(self.customer_count, self._hold_out_buyers())
        return self.segmentation_hold_out

    def _hold_out_buyers(self):
        """Return the share of the customers who bought in these days a year ago."""
        return self.preview["buyers_before"] / self.customer_count

    def _hold_out_sentence(self):
        """Return how many are held out, and which effect shows then, in words."""
        customers = self.customer_count
        if not customers or self._segmentation_hold_out_problem():
            return False
        buyers = self._hold_out_buyers()
        if percent := self._hold_out_percent():
            return self._held_out_sentence(customers, percent, buyers)
        if hold_out.propose(customers, buyers):
            return self.env._(
                "Nobody is held out: results will not tell what the campaign changed."
            )
        return self._too_few_sentence(customers, buyers)

    def _held_out_sentence(self, customers, percent, buyers):
        shown = hold_out.detectable(customers, percent, buyers)
        values = {
            "percent": percent,
            "held": hold_out.count(customers, percent),
            "customers": customers,
            "points": formatLang(self.env, 100 * (shown or 0), digits=0),
            "before": self._before_sentence(buyers),
        }
        if shown is None:
            return self.env._(
                "%(percent)s %% held out, %(held)s of %(customers)s customers: too few "
                "for any difference to show. %(before)s",
                **values,
            )
        return self.env._(
            "%(percent)s %% held out, %(held)s of %(customers)s customers: then a "
            "difference of %(points)s points in buyers shows. %(before)s",
            **values,
        )

    def _too_few_sentence(self, customers, buyers):
        """Return why nobody should be held out."""
        most = hold_out.PROPOSALS[-1]
        shown = hold_out.detectable(customers, most, buyers)
        values = {
            "customers": customers,
            "percent": most,
            "points": formatLang(self.env, 100 * (shown or 0), digits=0),
            "before": self._before_sentence(buyers),
        }
        if shown is None:
            return self.env._(
                "Nobody is held out: with %(customers)s customers no difference would "
                "show, even if %(percent)s %% were. %(before)s",
                **values,
            )
        return self.env._(
            "Nobody is held out: with %(customers)s customers, even if %(percent)s %% "
            "were, only a difference of %(points)s points in buyers would show. "
            "%(before)s",
            **values,
        )

    def _before_sentence(self, buyers):
        return self.env._(
            "A year ago, in the same days, %s %% of them bought.",
            formatLang(self.env, 100 * buyers, digits=0),
        )

    def _segmentation_measures(self):
        """Count those who bought a year before too.

        Of all in scope, of whom PostgreSQL knows better how many there are.
        """
        in_scope = SQL("ANY(SELECT partner_id FROM selection)")
        return SQL(
            "%s, COUNT(*) FILTER (WHERE fate = 'chosen' AND partner_id IN (%s))"
            " AS buyers_before",
            super()._segmentation_measures(),
            self._segmentation_buyers_before(in_scope),
        )
