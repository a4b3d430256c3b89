from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, formatLang

from ..common.groups import USER
from ..common.optional_fields import OptionalFloat, OptionalMonetary
from ..common.staging import stage
from ..position.formulas import GAP
from ..segment.scope import Scope

CUSTOM = "custom"
TACTICS = [
    ("retention", "Retention"),
    ("recovery", "Recovery"),
    ("cross_selling", "Cross-selling"),
    ("up_selling", "Up-selling"),
    ("acquisition", "Acquisition"),
    (CUSTOM, "Your own choice"),
]
#: by which amount the customers of an audience are ranked, the largest first
RANKINGS = [
    ("gap", "Gap"),
    ("before", "What they used to buy"),
    ("offer", "Gap in what is offered"),
    ("ticket", "How far an invoice is below the median"),
    ("frequency", "How many invoices below the median"),
]


class SegmentationCampaignCriteria(models.AbstractModel):
    """What a campaign is to achieve, and by which tactic.

    A tactic is a rule: the campaign is for the members of the segment that has it.
    """

    _name = "segmentation.campaign.criteria"
    _inherit = "segmentation.campaign.criteria"

    segmentation_tactic = fields.Selection(
        TACTICS,
        string="Tactic",
        help="A tactic brings its own rule for whom the campaign is for.",
    )
    segmentation_objective = fields.Char(
        string="Objective", help="What the campaign is to achieve, in your words."
    )
    segmentation_target_buyers = fields.Integer(
        string="Target Buyers",
        aggregator=None,
        help="How many customers of the audience should buy. 0: no target.",
    )
    segmentation_target_billing = OptionalMonetary(
        string="Target Billing",
        currency_field="segmentation_currency_id",
        aggregator=None,
        help="What should be billed to the audience, untaxed and in company currency. "
        "Empty: no target.",
    )

    def _segmentation_open_rule(self):
        """Return the action that opens the rule, which must be there."""
        self.ensure_one()
        segment = self.segmentation_segment_ids[:1]
        if not segment:
            raise UserError(
                self.env._("There is no rule to open: choose a segment first.")
            )
        return segment._action_open_form()

    @api.model
    def _segmentation_default_criteria(self):
        return {
            **super()._segmentation_default_criteria(),
            "segmentation_tactic": CUSTOM,
        }

    def _segmentation_has_tactic(self):
        """Whether the campaign is for those whom the rule of a tactic finds."""
        return self.segmentation_tactic not in (False, CUSTOM)

    def _segmentation_tactic_label(self):
        """The tactic's name in the user's language."""
        selection = self._fields["segmentation_tactic"]._description_selection(self.env)
        return dict(selection).get(self.segmentation_tactic, "")

    # -- What is wrong, in words

    def _segmentation_scope_problem(self):
        return (
            super()._segmentation_scope_problem()
            or self._segmentation_tactic_problem()
            or self._segmentation_target_problem()
        )

    def _segmentation_tactic_problem(self):
        """A tactic whose rule is missing: the campaign would be for everybody."""
        if not self._segmentation_has_tactic() or self._segmentation_segments():
            return False
        return self.env._(
            "%s is a rule, but the campaign has no segment with it: choose the tactic "
            "in the campaign wizard, or a segment.",
            self._segmentation_tactic_label(),
        )

    def _segmentation_target_problem(self):
        """A target that is less than nothing."""
        if min(self.segmentation_target_buyers, self.segmentation_target_billing) < 0:
            return self.env._("A target is above 0, or 0 if there is none.")
        return False


class SegmentationSegment(models.Model):
    """The rule of a tactic is a segment, made for one campaign."""

    _name = "segmentation.segment"
    _inherit = "segmentation.segment"

    campaign_id = fields.Many2one(
        "utm.campaign",
        string="Made for the Campaign",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The campaign whose tactic is this rule. Change it as you like: a "
        "campaign that is launched keeps its audience.",
    )


class UtmCampaign(models.Model):
    """Ranks the audience as the tactic asks."""

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    segmentation_ranked_by = fields.Selection(
        RANKINGS,
        string="Audience Ranked by",
        readonly=True,
        copy=False,
        help="Whom to see to first: the customer with the largest amount.",
    )
    segmentation_offer = fields.Char(
        string="Offered",
        compute="_compute_segmentation_offer",
        help="What the audience does not buy yet, by the rule of cross-selling.",
    )
    segmentation_tactic_sentence = fields.Text(
        string="Rule of the Tactic",
        compute="_compute_segmentation_tactic_sentence",
        groups=USER,
        help="The rule as it is now; the audience was found by it at the launch.",
    )

    @api.depends("segmentation_tactic", "segmentation_segment_ids")
    @api.depends_context("lang")
    def _compute_segmentation_offer(self):
        for campaign in self:
            offered = campaign._segmentation_offered()
            campaign.segmentation_offer = bool(offered) and offered._any_name(
                offered._purchased()
            )

    @api.depends("segmentation_tactic", "segmentation_segment_ids.sentence")
    @api.depends_context("lang")
    def _compute_segmentation_tactic_sentence(self):
        for campaign in self:
            has_tactic = campaign._segmentation_has_tactic()
            segments = campaign._segmentation_segments()
            campaign.segmentation_tactic_sentence = has_tactic and "\n".join(
                segments.mapped("sentence")
            )

    @api.constrains(
        "segmentation_tactic",
        "segmentation_target_buyers",
        "segmentation_target_billing",
    )
    def _check_segmentation_tactic(self):
        self._check_segmentation_criteria()

    def _segmentation_own_segment(self):
        """Return the segment that was made for this campaign, archived or not."""
        segments = self.env["segmentation.segment"].with_context(active_test=False)
        return segments.search([("campaign_id", "in", self.ids)], limit=1)

    @api.readonly
    def action_segmentation_rule(self):
        """Open the rule of the tactic."""
        self.check_access("read")
        return self._segmentation_open_rule()

    # -- Launch

    def _segmentation_launch(self):
        """Find anew those segments that hang on what nobody tells."""
        self.ensure_one()
        self._check_segmentation_marketing()
        if self.segmentation_state == "draft":
            self._segmentation_find_untold()
        return super()._segmentation_launch()

    def _segmentation_find_untold(self):
        for segment in self._segmentation_segments():
            if segment.active and segment.condition_ids.filtered(
                lambda condition: condition._is_untold()
            ):
                segment._attempt(segment._rebuild)

    # -- Ranking

    def _segmentation_ranking(self):
        """Return by what the audience is ranked, and a SELECT of partner_id, amount.

        By the gap, where the tactic says nothing else, or its rule was changed so that
        it does not say it any more.
        """
        ranking = getattr(self, f"_segmentation_rank_{self.segmentation_tactic}", None)
        return (ranking and ranking()) or (
            "gap",
            SQL(
                "SELECT partner_id, gap AS amount FROM segmentation_audience"
                " WHERE campaign_id = %s",
                self.id,
            ),
        )

    def _segmentation_conditions_of(self, kind, keeps_out=False):
        """Return the conditions of the tactic's rule that are of a kind.

        :param bool keeps_out: those that keep out of whom the kind's question is true
        """
        conditions = self._segmentation_segments().condition_ids
        return conditions.filtered(
            lambda condition: condition.kind == kind
            and ((condition.role == "exclude") != condition.is_negated) == keeps_out
        )

    def _segmentation_rank_recovery(self):
        """By what was billed to them before."""
        lapsed = self._segmentation_conditions_of("lapsed")[:1]
        return lapsed and (
            "before",
            SQL(
                "SELECT key AS partner_id, (detail->>'amount')::numeric AS amount"
                " FROM (%s) lapsed",
                lapsed._select(Scope()),
            ),
        )

    def _segmentation_rank_up_selling(self):
        """By how far they are below the median."""
        below = self._segmentation_conditions_of("median")[:1]
        return below and (
            below.median_of,
            SQL(
                """SELECT key AS partner_id, (detail->>'median')::numeric
                          - (detail->>'value')::numeric AS amount
                     FROM (%s) below""",
                below._select(Scope()),
            ),
        )

    def _segmentation_rank_cross_selling(self):
        """By the gap in what is offered, in the units that sell it."""
        units = self._segmentation_offered_units()
        if not units:
            return False
        company, harvest, window, zones, _units = self._segmentation_scope()
        figures = self.env["segmentation.position"]._window_figures(
            company, harvest, window, zones, units
        )
        return "offer", SQL(
            "SELECT partner_id, %s AS amount FROM (%s) figures",
            GAP,
            figures,
        )

    def _segmentation_offered(self):
        """Return the condition that says what the audience does not buy yet."""
        if self.segmentation_tactic != "cross_selling":
            return self.env["segmentation.condition"]
        return self._segmentation_conditions_of("purchase", keeps_out=True).filtered(
            lambda condition: condition.purchase_of in ("unit", "category")
        )[:1]

    def _segmentation_offered_units(self):
        """Return the business units that sell what is offered."""
        offered = self._segmentation_offered()
        units = self.env["segmentation.business.unit"].sudo()
        if offered.purchase_of != "category":
            return units.browse(offered._purchased().ids)
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT unit_id FROM (%s) claimed WHERE category_id = ANY(%s)",
                self.env["segmentation.figures"]._category_units(offered.company_id),
                offered._purchased().ids,
            )
        )
        return units.browse(unit for (unit,) in rows)


class SegmentationAudience(models.Model):
    """Whom to see to first: the rank, frozen at the launch, and why."""

    _name = "segmentation.audience"
    _inherit = "segmentation.audience"
    _order = "campaign_id desc, rank, gap desc NULLS LAST, id"

    rank = fields.Integer(
        readonly=True,
        aggregator=None,
        help="1: see to this customer first. As the campaign's tactic ranks them, at "
        "the launch.",
    )
    rank_amount = OptionalFloat(
        string="Amount Ranked by",
        digits=(16, 2),
        readonly=True,
        aggregator=None,
        help="The larger, the sooner. Empty: not known, those come last.",
    )
    rank_reason = fields.Char(string="Why This Rank", compute="_compute_rank_reason")

    @api.depends("rank_amount", "campaign_id.segmentation_ranked_by")
    @api.depends_context("lang")
    def _compute_rank_reason(self):
        for row in self:
            row.rank_reason = bool(row.rank) and row._rank_reason()

    def _rank_reason(self):
        """Return the amount in words, as the campaign's ranking means it."""
        if self.rank_amount is False:
            return self.env._("Gap not known")
        ranked_by = self.campaign_id.segmentation_ranked_by
        if ranked_by == "frequency":
            digits = 0 if self.rank_amount.is_integer() else 1
            fewer = formatLang(self.env, self.rank_amount, digits=digits)
            return self.env._("%s fewer invoices than the median", fewer)
        amount = self.currency_id.format(self.rank_amount)
        if ranked_by == "before":
            return self.env._("%s billed before", amount)
        if ranked_by == "ticket":
            return self.env._("%s less an invoice than the median", amount)
        if ranked_by == "offer":
            return self.env._(
                "Gap of %(amount)s in %(offer)s",
                amount=amount,
                offer=self.campaign_id.sudo().segmentation_offer,
            )
        return self.env._("Gap of %s", amount)

    def _freeze(self, campaign):
        """Rank the customers, with a few statements."""
        count = super()._freeze(campaign)
        if count:
            self._rank(campaign)
        return count

    def _rank(self, campaign):
        """Rank the audience of a campaign, all of it: also who is held out."""
        ranked_by, amounts = campaign._segmentation_ranking()
        self.env.flush_all()
        stage(
            self.env,
            "segmentation_rank_row",
            SQL(
                "SELECT id, partner_id, gap FROM segmentation_audience "
                "WHERE campaign_id = %s",
                campaign.id,
            ),
        )
        stage(self.env, "segmentation_rank_amount", amounts)
        self.env.execute_query(
            SQL(
                """
                UPDATE segmentation_audience audience
                   SET rank = ranked.rank, rank_amount = ranked.amount
                  FROM (SELECT row.id, amounts.amount,
                               ROW_NUMBER() OVER (
                                   ORDER BY amounts.amount DESC NULLS LAST,
                                            row.gap DESC NULLS LAST,
                                            row.partner_id) AS rank
                          FROM segmentation_rank_row row
                     LEFT JOIN segmentation_rank_amount amounts
                            ON amounts.partner_id = row.partner_id) ranked
                 WHERE ranked.id = audience.id"""
            )
        )
        self.invalidate_model(["rank", "rank_amount"])
        campaign.segmentation_ranked_by = ranked_by
