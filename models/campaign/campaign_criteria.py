from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, format_amount, format_date

from ...engine import strategy
from ..common.domains import check_domain, read_domain
from ..common.optional_fields import OptionalMonetary

#: the criteria by which customers are chosen, and the dates
CRITERIA = (
    "segmentation_company_id",
    "segmentation_date_start",
    "segmentation_date_end",
    "segmentation_harvest_id",
    "segmentation_window",
    "segmentation_zone_ids",
    "segmentation_unit_ids",
    "segmentation_strategy",
    "segmentation_mode",
    "segmentation_filter_potential",
    "segmentation_potential_from",
    "segmentation_potential_to",
    "segmentation_filter_billing",
    "segmentation_billing_from",
    "segmentation_billing_to",
    "segmentation_partner_domain",
    "segmentation_segment_ids",
    "segmentation_topic_id",
)


class SegmentationCampaignCriteria(models.AbstractModel):
    """Whom a campaign is for: shared by the campaign, which keeps it, and the wizard.

    Amounts are in the currency of the criteria's company. An empty end of a range is
    open; zero is an amount. The rules of the ranges are those of ``engine.strategy``:
    here they are worded; the campaign keeps them on every write.
    """

    _name = "segmentation.campaign.criteria"
    _description = "Campaign Criteria"

    # Period
    segmentation_company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        ondelete="restrict",
    )
    segmentation_currency_id = fields.Many2one(
        related="segmentation_company_id.currency_id", string="Segmentation Currency"
    )
    segmentation_date_start = fields.Date(string="Start")
    segmentation_date_end = fields.Date(
        string="End", help="Last day of the campaign, included."
    )
    segmentation_description = fields.Text(string="Description")
    # Figures
    segmentation_harvest_id = fields.Many2one(
        "segmentation.harvest",
        string="Harvest",
        index="btree_not_null",
        ondelete="restrict",
        help="Billing and potential are those of this harvest.",
    )
    segmentation_window = fields.Selection(
        [("in", "In the harvest"), ("since", "Since the harvest")],
        string="Window",
        help="In the harvest: its own figures. Since the harvest: the sum over it and"
        " all later harvests begun by today, for billing and potential alike.",
    )
    # without those that were archived, the campaign would be for everybody
    segmentation_zone_ids = fields.Many2many(
        "segmentation.zone",
        string="Zones",
        context={"active_test": False},
        ondelete="restrict",
        help="Only what was billed and can be grown in these zones, and in the zones"
        " below them. Empty: all zones.",
    )
    segmentation_unit_ids = fields.Many2many(
        "segmentation.business.unit",
        string="Business Units",
        context={"active_test": False},
        ondelete="restrict",
        help="Only the billing and the potential of these units. Empty: all of them.",
    )
    # Strategy and ranges
    segmentation_strategy = fields.Selection(
        [
            ("retention", "Retention"),
            ("investment", "Investment"),
            ("revision", "Revision"),
            ("no_investment", "No investment"),
            ("all", "Every customer"),
            ("free", "Free ranges"),
        ],
        string="Strategy",
    )
    segmentation_mode = fields.Selection(
        [
            ("ranges", "The ranges set here"),
            ("quadrant", "The quadrants of the policy"),
        ],
        string="Customers Chosen By",
        help="The ranges are amounts of this campaign; the quadrants follow the cut"
        " points of the policy. The two can disagree about a customer: only the way"
        " chosen here is in force.",
    )
    segmentation_filter_potential = fields.Boolean(string="Filter by potential?")
    segmentation_potential_from = OptionalMonetary(
        string="Potential From",
        currency_field="segmentation_currency_id",
        aggregator=None,
        help="Lowest potential, included. Empty: no lower limit.",
    )
    segmentation_potential_to = OptionalMonetary(
        string="Potential To",
        currency_field="segmentation_currency_id",
        aggregator=None,
        help="Highest potential, included. Empty: no upper limit.",
    )
    segmentation_filter_billing = fields.Boolean(string="Filter by billing?")
    segmentation_billing_from = OptionalMonetary(
        string="Billing From",
        currency_field="segmentation_currency_id",
        aggregator=None,
        help="Lowest billing, included. Empty: no lower limit.",
    )
    segmentation_billing_to = OptionalMonetary(
        string="Billing To",
        currency_field="segmentation_currency_id",
        aggregator=None,
        help="Highest billing, included. Empty: no upper limit.",
    )
    segmentation_partner_domain = fields.Char(
        string="Extra Filter", help="Only customers that meet these conditions."
    )

    @api.model
    def _segmentation_criteria_fields(self):
        """Names of the stored fields that say whom the campaign is for, and when."""
        return [
            name
            for name, field in self.env[
                "segmentation.campaign.criteria"
            ]._fields.items()
            if name.startswith("segmentation_") and field.store
        ]

    @api.model
    def _segmentation_default_criteria(self):
        """Every customer, in the reference harvest, from today on."""
        company = self.env.company
        return {
            "segmentation_company_id": company.id,
            "segmentation_date_start": fields.Date.context_today(self),
            "segmentation_harvest_id": company._segmentation_reference_harvest().id,
            "segmentation_window": "in",
            "segmentation_strategy": strategy.ALL,
            "segmentation_mode": strategy.RANGES,
        }

    def _segmentation_criteria_values(self):
        """The criteria as values for ``create`` and ``write`` of another model."""
        self.ensure_one()
        return {
            name: self._fields[name].convert_to_write(self[name], self)
            for name in self._segmentation_criteria_fields()
        }

    def _segmentation_criteria(self):
        """The criteria as the pure engine understands them."""
        self.ensure_one()
        return strategy.Criteria(
            strategy=self.segmentation_strategy,
            mode=self.segmentation_mode or strategy.RANGES,
            potential=self._segmentation_range("potential"),
            billing=self._segmentation_range("billing"),
        )

    def _segmentation_range(self, figure):
        """The range of ``billing`` or ``potential``; None when its answer is no."""
        if not self[f"segmentation_filter_{figure}"]:
            return None
        ends = (self[f"segmentation_{figure}_{end}"] for end in ("from", "to"))
        return strategy.Range(*(None if end is False else end for end in ends))

    def _segmentation_lock(self):
        """Wait for whoever works on the record, and keep others waiting.

        It is an update, though of nothing: PostgreSQL then refuses the transaction that
        has waited, and Odoo's retry starts it again on what the other one has left.
        """
        self.ensure_one()
        self.check_access("write")
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                "UPDATE %s SET write_date = write_date WHERE id = %s",
                SQL.identifier(self._table),
                self.id,
            )
        )
        self.invalidate_recordset()

    # -- What is wrong, in words

    def _segmentation_problem(self):
        """The first thing that is wrong with the criteria, as a sentence; else False.

        It says what to change, so that the wizard can show it while the user types.
        """
        self.ensure_one()
        return (
            self._segmentation_scope_problem()
            or self._segmentation_date_problem()
            or self._segmentation_range_problem()
        )

    def _segmentation_scope_problem(self):
        """What keeps the figures from being looked up at all, else False."""
        if not self.segmentation_harvest_id or not self.segmentation_window:
            return self.env._("Choose the harvest whose figures the campaign uses.")
        if not self.segmentation_strategy:
            return self.env._("Choose a strategy.")
        return (
            self._segmentation_company_problem()
            or self._segmentation_archived_problem()
            or self._segmentation_domain_problem()
        )

    def _segmentation_date_problem(self):
        """Dates that are the wrong way round."""
        start, end = self.segmentation_date_start, self.segmentation_date_end
        if not (start and end and start > end):
            return False
        return self.env._(
            "The campaign would end on %(end)s, before it starts on %(start)s:"
            " set a later end or an earlier start.",
            start=format_date(self.env, start),
            end=format_date(self.env, end),
        )

    def _segmentation_company_problem(self):
        """A harvest, zone or business unit that belongs to another company."""
        company = self.segmentation_company_id
        chosen = [
            *self.segmentation_harvest_id,
            *self.segmentation_zone_ids,
            *self.segmentation_unit_ids,
            *self._segmentation_segments(),
        ]
        for record in chosen:
            if record.company_id and record.company_id != company:
                return self.env._(
                    "%(record)s belongs to %(other)s, the campaign to %(company)s:"
                    " choose one of %(company)s.",
                    record=record.display_name,
                    other=record.company_id.display_name,
                    company=company.display_name,
                )
        return False

    def _segmentation_archived_problem(self):
        """A zone or business unit that is out of use."""
        for record in (*self.segmentation_zone_ids, *self.segmentation_unit_ids):
            if not record.active:
                return self.env._(
                    "“%s” is archived: restore it, or choose another.",
                    record.display_name,
                )
        return False

    def _segmentation_range_problem(self):
        """What the engine finds wrong with the ranges, worded with their amounts."""
        criteria = self._segmentation_criteria()
        code = strategy.check(criteria)
        if not code:
            return False
        sentences = self._segmentation_range_sentences(
            strategy=self._segmentation_strategy_label(),
            potential=self._segmentation_range_label(criteria.potential),
            billing=self._segmentation_range_label(criteria.billing),
        )
        return sentences[code]

    def _segmentation_range_sentences(self, **named):
        """A sentence for each code of ``engine.strategy.check``.

        :param named: the strategy and both ranges in words, which the sentences name
        """
        return {
            strategy.POTENTIAL_REVERSED: self.env._(
                "The potential goes %(potential)s, so that no customer can be inside:"
                " “from” must not exceed “to”.",
                **named,
            ),
            strategy.BILLING_REVERSED: self.env._(
                "The billing goes %(billing)s, so that no customer can be inside:"
                " “from” must not exceed “to”.",
                **named,
            ),
            strategy.NEEDS_BOTH: self.env._(
                "%(strategy)s sets billing against potential: answer yes to both"
                " questions, or choose free ranges.",
                **named,
            ),
            strategy.NOT_EQUAL: self.env._(
                "%(strategy)s wants equal ranges, but the potential goes %(potential)s"
                " and the billing %(billing)s: make both ranges the same.",
                **named,
            ),
            strategy.NOT_ABOVE: self.env._(
                "%(strategy)s wants the potential above the billing, but the potential"
                " goes %(potential)s and the billing %(billing)s: raise the potential"
                " or lower the billing (no end lower, at least one higher).",
                **named,
            ),
            strategy.NOT_BELOW: self.env._(
                "%(strategy)s wants the potential below the billing, but the potential"
                " goes %(potential)s and the billing %(billing)s: lower the potential"
                " or raise the billing (no end higher, at least one lower).",
                **named,
            ),
        }

    def _segmentation_rule_sentence(self):
        """Say in words by which rule, ranges or quadrant, customers are chosen."""
        criteria = self._segmentation_criteria()
        potential, billing = criteria.potential, criteria.billing
        if criteria.follows_quadrant:
            return self.env._(
                "The policy's quadrant: %(quadrant)s.",
                quadrant=self._segmentation_strategy_label(),
            )
        if criteria.strategy == strategy.ALL or not (potential or billing):
            return self._segmentation_everybody_sentence()
        if potential and billing:
            return self.env._(
                "Ranges: potential %(potential)s; billing %(billing)s.",
                potential=self._segmentation_range_label(potential),
                billing=self._segmentation_range_label(billing),
            )
        if potential:
            return self.env._(
                "Range: potential %(potential)s.",
                potential=self._segmentation_range_label(potential),
            )
        return self.env._(
            "Range: billing %(billing)s.",
            billing=self._segmentation_range_label(billing),
        )

    def _segmentation_everybody_sentence(self):
        """Say in words whom the campaign reaches whatever their figures."""
        return self.env._("Every customer.")

    def _segmentation_strategy_label(self):
        """The strategy's name in the user's language."""
        selection = self._fields["segmentation_strategy"]._description_selection(
            self.env
        )
        return dict(selection).get(self.segmentation_strategy, "")

    def _segmentation_range_label(self, amounts):
        """A range in words and in the company's currency: "from $ 1.00 to $ 2.00"."""
        if amounts is None:
            return ""
        start, end = (
            None if end is None else self._segmentation_amount_label(end)
            for end in (amounts.start, amounts.end)
        )
        if start and end:
            return self.env._("from %(start)s to %(end)s", start=start, end=end)
        if start:
            return self.env._("from %(start)s up", start=start)
        if end:
            return self.env._("up to %(end)s", end=end)
        return self.env._("without limits")

    def _segmentation_amount_label(self, amount):
        """An amount in the criteria's currency, as the user writes it."""
        return format_amount(self.env, amount, self.segmentation_currency_id)

    # -- Extra filter

    def _segmentation_domain(self):
        """The extra filter as a domain; raises ValueError when it cannot be read."""
        return read_domain(self.segmentation_partner_domain)

    def _segmentation_domain_problem(self):
        """What is wrong with the extra filter: not literal, unknown, or not allowed."""
        try:
            check_domain(self._segmentation_domain(), self.env["res.partner"])
        except AccessError:
            return self.env._(
                "The extra filter uses a field that you may not read: remove that"
                " condition."
            )
        except ValueError as error:
            return self.env._(
                "The extra filter cannot be used: choose existing fields and plain"
                " values. (%(error)s)",
                error=error,
            )
        return False
