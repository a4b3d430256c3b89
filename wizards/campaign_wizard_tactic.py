from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import strategy
from ..models.segment.scope import Scope

#: what the rules of tactics are made of
PARAMETERS = (
    "segmentation_tactic",
    "segmentation_target_buyers",
    "segmentation_target_billing",
    "kept_tactic",
    "tactic_months",
    "tactic_harvests",
    "tactic_window",
    "tactic_of",
    "tactic_unit_id",
    "tactic_offer_unit_id",
    "tactic_category_id",
    "tactic_offer_category_id",
    "tactic_measure",
    "tactic_by_email",
    "tactic_by_phone",
)


class SegmentationCampaignWizard(models.TransientModel):
    """A tactic asks what only the dealer can say, and becomes a rule.

    The rule is a segment that is not saved while the user chooses: it reads itself
    back, and the preview counts whom it finds. Saving or launching the campaign makes
    the segment. Of a draft that has one, the rule is kept, as somebody may have changed
    it, unless the user starts it anew or chooses another tactic.

    Each tactic stands in a method of its own, found by its key: ``_rule_<tactic>``
    returns the values of the segment.
    """

    _name = "segmentation.campaign.wizard"
    _inherit = "segmentation.campaign.wizard"

    kept_tactic = fields.Char(help="The tactic whose saved rule is kept as it is.")
    tactic_months = fields.Integer(string="Months Back", default=12)
    tactic_harvests = fields.Integer(
        string="Harvests without a Purchase",
        default=2,
        help="The reference harvest counts, and those before it, of any kind.",
    )
    tactic_affinity_id = fields.Many2one(
        "segmentation.affinity",
        string="Suggestion",
        ondelete="cascade",
        help="What sells together by the invoices, the likeliest first.",
    )
    tactic_window = fields.Selection(
        [("last", "In the last months"), ("harvest", "In the campaign's harvest")],
        string="Bought When",
        default="last",
    )
    tactic_of = fields.Selection(
        [("unit", "Business units"), ("category", "Product categories")],
        string="Look at",
        default="unit",
    )
    tactic_unit_id = fields.Many2one(
        "segmentation.business.unit", string="They Bought", ondelete="cascade"
    )
    tactic_offer_unit_id = fields.Many2one(
        "segmentation.business.unit", string="Offer Them", ondelete="cascade"
    )
    tactic_category_id = fields.Many2one(
        "product.category", string="They Bought of Category", ondelete="cascade"
    )
    tactic_offer_category_id = fields.Many2one(
        "product.category", string="Offer Them of Category", ondelete="cascade"
    )
    tactic_measure = fields.Selection(
        selection="_selection_tactic_measure", string="They Are Below", default="ticket"
    )
    tactic_by_email = fields.Boolean(string="Reachable by E-mail", default=True)
    tactic_by_phone = fields.Boolean(string="Reachable by Phone", default=True)
    tactic_sentence = fields.Text(string="Its Rule", compute="_compute_tactic_sentence")

    @api.model
    def _selection_tactic_measure(self):
        conditions = self.env["segmentation.condition"]
        return conditions._fields["median_of"]._description_selection(self.env)

    @api.model
    def default_get(self, fields):
        """Keep the rule that a draft campaign has."""
        values = super().default_get(fields)
        campaign = self.env["utm.campaign"].browse(
            self.env.context.get("default_campaign_id")
        )
        if "kept_tactic" in fields and campaign.exists().segmentation_segment_ids:
            values["kept_tactic"] = campaign.segmentation_tactic
        return values

    # -- Computes

    @api.depends("segmentation_tactic")
    def _compute_title_hint(self):
        result = super()._compute_title_hint()
        for wizard in self.filtered(lambda wizard: wizard._segmentation_has_tactic()):
            parts = (
                wizard._segmentation_tactic_label(),
                wizard.segmentation_harvest_id.name,
            )
            wizard.title_hint = " · ".join(part for part in parts if part)
        return result

    @api.depends(*PARAMETERS)
    def _compute_problem(self):
        return super()._compute_problem()

    @api.depends(*PARAMETERS)
    def _compute_preview(self):
        return super()._compute_preview()

    @api.depends(*PARAMETERS, "segmentation_harvest_id", "segmentation_segment_ids")
    @api.depends_context("lang")
    def _compute_tactic_sentence(self):
        for wizard in self:
            is_known = (
                wizard._segmentation_has_tactic()
                and not wizard._segmentation_tactic_problem()
            )
            rule = wizard._tactic_rule() or wizard.segmentation_segment_ids
            wizard.tactic_sentence = is_known and "\n".join(rule.mapped("sentence"))

    # -- The rule

    def _has_new_rule(self):
        """Whether the tactic's rule is to be made, rather than the saved one kept."""
        return (
            self._segmentation_has_tactic()
            and self.segmentation_tactic != self.kept_tactic
        )

    def _tactic_rule(self):
        """Return the rule that is to be made as a segment, not saved; else none."""
        segments = self.env["segmentation.segment"]
        if not self._has_new_rule():
            return segments
        return segments.new(self._tactic_values())

    def _tactic_values(self):
        """Return the values of the segment that is the tactic's rule."""
        rule = getattr(self, f"_rule_{self.segmentation_tactic}")()
        return {
            "company_id": self.segmentation_company_id.id,
            "level": "customer",
            "match": rule.get("match", "all"),
            "condition_ids": [Command.create(values) for values in rule["conditions"]],
        }

    def _rule_retention(self):
        """The best customers, and the new ones."""
        return {
            "match": "any",
            "conditions": [
                {"kind": "quadrant", "is_retention": True, **self._rule_harvest()},
                {"kind": "first_purchase", **self._rule_months()},
            ],
        }

    def _rule_recovery(self):
        """Lost customers."""
        lapsed = {"kind": "lapsed", "lapsed_harvests": self.tactic_harvests}
        return {"conditions": [lapsed]}

    def _rule_cross_selling(self):
        """Who bought one thing and not the other."""
        return {
            "conditions": [
                {
                    "kind": "purchase",
                    "role": role,
                    "purchase_of": self.tactic_of,
                    "unit_ids": [Command.set(unit.ids)],
                    "category_ids": [Command.set(category.ids)],
                    "purchase_window": self.tactic_window,
                    **self._rule_months(),
                    **self._rule_harvest(),
                }
                for role, unit, category in (
                    ("include", self.tactic_unit_id, self.tactic_category_id),
                    (
                        "exclude",
                        self.tactic_offer_unit_id,
                        self.tactic_offer_category_id,
                    ),
                )
            ]
        }

    def _rule_up_selling(self):
        """Who buys less than others like them."""
        below = {"kind": "median", "median_of": self.tactic_measure}
        return {"conditions": [{**below, **self._rule_months()}]}

    def _rule_acquisition(self):
        """Prospects who never bought, and can be reached."""
        return {
            "conditions": [
                {"kind": "relation", "relation_prospect": True},
                {"kind": "purchase", "purchase_window": "ever", "is_negated": True},
                {
                    "kind": "reachable",
                    "by_email": self.tactic_by_email,
                    "by_phone": self.tactic_by_phone,
                },
            ]
        }

    def _rule_months(self):
        return {"last_count": self.tactic_months, "last_unit": "months"}

    def _rule_harvest(self):
        """The campaign's harvest; one that moves on if it is the reference harvest."""
        harvest = self.segmentation_harvest_id
        if harvest == self.segmentation_company_id._segmentation_reference_harvest():
            return {"harvest_choice": "reference"}
        return {"harvest_choice": "named", "harvest_id": harvest.id}

    # -- What is wrong, in words

    def _segmentation_tactic_problem(self):
        """What the tactic still has to be told, or cannot be."""
        if not self._has_new_rule():
            return super()._segmentation_tactic_problem()
        return self._tactic_parameter_problem() or self._tactic_rule_problem()

    def _tactic_parameter_problem(self):
        """Cross-selling of nothing, or of the same thing."""
        if self.segmentation_tactic != "cross_selling":
            return False
        bought, offer = self[self._tactic_items()[0]], self[self._tactic_items()[1]]
        if not (bought and offer):
            return self.env._("Choose what they bought, and what to offer them.")
        if bought == offer:
            return self.env._(
                "They bought %s already: offer them something else.", bought.name
            )
        return False

    def _tactic_items(self):
        """Return the names of the fields of what they bought and what to offer."""
        return f"tactic_{self.tactic_of}_id", f"tactic_offer_{self.tactic_of}_id"

    def _tactic_rule_problem(self):
        try:
            self._tactic_rule().condition_ids._check_rule()
        except UserError as error:
            return str(error)
        return False

    # -- Whom the campaign is for

    def _segmentation_segments(self):
        """None, while the tactic's rule stands for its segment."""
        segments = super()._segmentation_segments()
        return segments.browse() if self._has_new_rule() else segments

    def _segmentation_is_member(self, contact_id):
        rule = self._tactic_rule()
        if not rule:
            return super()._segmentation_is_member(contact_id)
        return SQL(
            "%s IN (SELECT partner_id FROM (%s) ruled)",
            contact_id,
            rule._as_rule_runs()._ruled(Scope()),
        )

    def _segmentation_everybody_sentence(self):
        rule = self._tactic_rule()
        return rule.sentence or super()._segmentation_everybody_sentence()

    # -- Proposals

    @api.onchange("segmentation_tactic")
    def _onchange_tactic(self):
        """The rule says who: no amounts do."""
        if self._segmentation_has_tactic():
            self.segmentation_strategy = strategy.ALL
            self._propose()

    @api.onchange("tactic_affinity_id")
    def _onchange_affinity(self):
        """Take both from the suggestion."""
        if self.tactic_affinity_id:
            self.update(self.tactic_affinity_id._tactic_values())

    @api.onchange("segmentation_company_id")
    def _onchange_company_of_tactic(self):
        """Take no unit of another company."""
        company = self.segmentation_company_id
        self.tactic_affinity_id = False
        for name in ("tactic_unit_id", "tactic_offer_unit_id"):
            if self[name].company_id not in (self.env["res.company"], company):
                self[name] = False

    # -- Actions

    def action_new_rule(self):
        """Let the tactic make its rule anew, in place of the saved one."""
        self.ensure_one()
        self.kept_tactic = False

    def action_open_rule(self):
        """Open the saved rule, to change it."""
        return self._segmentation_open_rule()

    def _save_campaign(self):
        """Make the tactic's segment, or make its rule anew; it is the campaign's."""
        self._segmentation_lock()
        for campaign in self.campaign_id:
            campaign._segmentation_lock()
        segment = self._save_rule()
        campaign = super()._save_campaign()
        if segment:
            segment.campaign_id = campaign
        return campaign

    def _save_rule(self):
        """Save the rule that is to be made, and choose its segment; return that."""
        segments = self.env["segmentation.segment"]
        is_draft = self.segmentation_state != "launched"
        if self.problem or not (is_draft and self._has_new_rule()):
            return segments
        self._segmentation_refresh()
        values = {"name": self.title or self.title_hint, **self._tactic_values()}
        segment = self.campaign_id._segmentation_own_segment()
        if segment.kind == "dynamic":
            values["condition_ids"].insert(0, Command.clear())
            segment.write({**values, "active": True})
        else:
            segment = segments.create(values)
        self.segmentation_segment_ids = segment
        self.kept_tactic = self.segmentation_tactic
        return segment
