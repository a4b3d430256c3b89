import secrets
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...engine import hold_out
from ..common.clock import day_of
from ..common.limits import MOST

HOLD_OUT_CRITERIA = (
    "segmentation_hold_out_proposed",
    "segmentation_hold_out",
    "segmentation_attribution_days",
)


class SegmentationCampaignCriteria(models.AbstractModel):
    """How many customers are held out, and until when their purchases count.

    The share is proposed from the smallest effect that it can show, unless somebody
    sets it (``engine.hold_out``).
    """

    _name = "segmentation.campaign.criteria"
    _inherit = "segmentation.campaign.criteria"

    segmentation_hold_out_proposed = fields.Boolean(
        string="Hold Out as Proposed",
        help="Hold out as many customers as the size of the audience calls for at the "
        "launch.",
    )
    segmentation_hold_out = fields.Integer(
        string="Hold-out (%)",
        aggregator=None,
        help="Share of the audience that is not contacted, so that the campaign can be "
        "measured against it. 0: everybody is contacted, nothing is measured.",
    )
    segmentation_attribution_days = fields.Integer(
        string="Days Counted After the End",
        aggregator=None,
        help="So many days after the last day of the campaign (after its first day, if "
        "it has no end), what customers do and buy still counts as its outcome.",
    )

    @api.model
    def _segmentation_default_criteria(self):
        """Held out as proposed; results counted as long as the company wants."""
        return {
            **super()._segmentation_default_criteria(),
            "segmentation_hold_out_proposed": True,
            "segmentation_attribution_days": (
                self.env.company.segmentation_attribution_days
            ),
        }

    def _segmentation_problem(self):
        return super()._segmentation_problem() or self._segmentation_hold_out_problem()

    def _segmentation_hold_out_problem(self):
        """A share or a number of days that cannot be."""
        if not 0 <= self.segmentation_hold_out <= hold_out.MOST:
            return self.env._(
                "Hold out 0 to %(most)s %%, not %(percent)s %%: the campaign is for"
                " the others.",
                most=hold_out.MOST,
                percent=self.segmentation_hold_out,
            )
        if not 0 <= self.segmentation_attribution_days <= MOST:
            return self.env._(
                "Results are counted for 0 to 1000 days after the end of a campaign."
            )
        return False

    # -- When the outcome counts

    def _segmentation_outcome_window(self, launched=None):
        """Return the first and last day, inclusive, whose purchases count.

        From the start or the launch, whichever is later, in the company's time zone;
        before, there was none.

        :param date launched: the day of the launch; today for a draft
        """
        self.ensure_one()
        launched = launched or self._segmentation_day(fields.Datetime.now())
        first = max(self.segmentation_date_start or launched, launched)
        last = max(self.segmentation_date_end or first, first)
        return first, last + timedelta(days=self.segmentation_attribution_days)

    def _segmentation_day(self, moment):
        """Return the company's day of a moment in UTC."""
        return day_of(moment, self.segmentation_company_id._segmentation_zone())

    # -- What was billed

    def _segmentation_billed(self, scope, first, last):
        """Return a SELECT of what customers were billed from one day to another.

        Columns: ``customer_id``; ``invoiced``, untaxed, in company currency, credit
        notes subtracted; ``invoice_count``, credit notes not counted. A customer with
        more invoiced than credited is a buyer.

        :param SQL scope: the customers, as the right side of ``=``
        """
        company = self.segmentation_company_id
        self.env.flush_all()
        return SQL(
            """
                SELECT partner.commercial_partner_id AS customer_id,
                       -SUM(line.balance) AS invoiced,
                       COUNT(DISTINCT move.id)
                           FILTER (WHERE move.move_type = 'out_invoice')
                           AS invoice_count
                       %s
                   AND move.invoice_date BETWEEN %s AND %s
              GROUP BY 1""",
            self.env["segmentation.figures"]._billed_lines(company, scope),
            first,
            last,
        )

    def _segmentation_buyers_before(self, scope):
        """Return a SELECT of those who bought in the same days a year before.

        What they did then is the best guess, for seasons, of what they will do without
        the campaign.
        """
        year = relativedelta(years=1)
        first, last = self._segmentation_outcome_window()
        return SQL(
            "SELECT customer_id FROM (%s) billed WHERE invoiced > 0",
            self._segmentation_billed(scope, first - year, last - year),
        )


class UtmCampaign(models.Model):
    """Holds out a share of the audience at the launch, by a seed that stays."""

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    segmentation_hold_out_seed = fields.Char(
        string="Seed of the Hold-out",
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Drawn at the launch. With it, the same customers are chosen again.",
    )
    segmentation_outcome_from = fields.Date(
        string="Results From",
        compute="_compute_segmentation_outcome_dates",
        store=True,
        help="First day whose purchases count as outcome of the campaign.",
    )
    segmentation_outcome_to = fields.Date(
        string="Results Until",
        compute="_compute_segmentation_outcome_dates",
        store=True,
        help="Last day whose purchases count as outcome of the campaign, included.",
    )

    @api.depends(
        "segmentation_launched_at",
        "segmentation_date_start",
        "segmentation_date_end",
        "segmentation_attribution_days",
    )
    def _compute_segmentation_outcome_dates(self):
        for campaign in self:
            first = last = False
            if moment := campaign.segmentation_launched_at:
                first, last = campaign._segmentation_outcome_window(
                    campaign._segmentation_day(moment)
                )
            campaign.segmentation_outcome_from = first
            campaign.segmentation_outcome_to = last

    @api.constrains(*HOLD_OUT_CRITERIA)
    def _check_segmentation_hold_out(self):
        for campaign in self.filtered("segmentation_company_id"):
            if problem := campaign._segmentation_hold_out_problem():
                raise ValidationError(problem)

    def _segmentation_draw(self, customers):
        """Settle the share held out of so many customers, and draw the seed."""
        if self.segmentation_hold_out_proposed:
            self.segmentation_hold_out = self._segmentation_proposal(customers)
        self.sudo().segmentation_hold_out_seed = secrets.token_hex(8)

    def _segmentation_proposal(self, customers):
        """Return how much to hold out of the frozen audience, in per cent."""
        scope = SQL(
            "ANY(SELECT partner_id FROM segmentation_audience WHERE campaign_id = %s)",
            self.id,
        )
        [[buyers]] = self.env.execute_query(
            SQL(
                "SELECT COUNT(*) FROM (%s) buyer",
                self._segmentation_buyers_before(scope),
            )
        )
        return hold_out.propose(customers, buyers / customers)


class SegmentationAudience(models.Model):
    """Splits the audience into those to contact and those held out, once."""

    _name = "segmentation.audience"
    _inherit = "segmentation.audience"

    def _freeze(self, campaign):
        count = super()._freeze(campaign)
        if count:
            campaign._segmentation_draw(count)
            self._hold_out(campaign)
        return count

    def _hold_out(self, campaign):
        """Hold out those whom ``engine.hold_out.held_out`` chooses."""
        self.env.execute_query(
            SQL(
                """
                UPDATE segmentation_audience audience
                   SET "group" = 'hold_out'
                  FROM (SELECT id, ROW_NUMBER() OVER (
                                   ORDER BY COALESCE(quadrant, '') COLLATE "C",
                                            MD5(%(seed)s || partner_id) COLLATE "C"
                               ) AS rank
                          FROM segmentation_audience
                         WHERE campaign_id = %(campaign)s) ranked
                 WHERE ranked.id = audience.id
                   AND ranked.rank * %(percent)s / 100
                       > (ranked.rank - 1) * %(percent)s / 100
                """,
                seed=f"{campaign.sudo().segmentation_hold_out_seed}:",
                campaign=campaign.id,
                percent=campaign.segmentation_hold_out,
            )
        )
        self.invalidate_model(["group"])
