from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import formatLang

from ..engine import strategy
from ..models.campaign.campaign_criteria import CRITERIA
from ..models.campaign.campaign_selection import QUANTILES


class SegmentationCampaignWizard(models.TransientModel):
    """Prepares a campaign on one screen, with a live preview of whom it reaches.

    What is wrong with the criteria is shown while the user types, and refused when the
    campaign is saved or launched. The wizard makes one campaign: however often its
    buttons are pressed, and by however many people on the same draft.
    """

    _name = "segmentation.campaign.wizard"
    _inherit = "segmentation.campaign.criteria"
    _description = "Campaign Wizard"

    campaign_id = fields.Many2one("utm.campaign", readonly=True, ondelete="cascade")
    # an abandoned wizard keeps nothing from being deleted
    segmentation_company_id = fields.Many2one(ondelete="cascade")
    segmentation_harvest_id = fields.Many2one(ondelete="cascade")
    segmentation_zone_ids = fields.Many2many(ondelete="cascade")
    segmentation_unit_ids = fields.Many2many(ondelete="cascade")
    segmentation_segment_ids = fields.Many2many(ondelete="cascade")
    segmentation_state = fields.Selection(related="campaign_id.segmentation_state")
    title = fields.Char(string="Campaign Name")
    title_hint = fields.Char(compute="_compute_title_hint")
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    problem = fields.Char(
        compute="_compute_problem", help="What to change before the launch."
    )
    preview = fields.Json(
        compute="_compute_preview", help="The numbers of what a launch would do now."
    )
    customer_count = fields.Integer(string="Customers", compute="_compute_preview")
    preview_html = fields.Html(compute="_compute_preview_html", sanitize=False)
    distribution_html = fields.Html(compute="_compute_preview_html", sanitize=False)

    # -- Defaults

    @api.model
    def default_get(self, fields):
        """Start from a draft campaign if there is one, else from the whole dealer."""
        values = super().default_get(fields)
        campaign_id = self.env.context.get("default_campaign_id")
        campaign = self.env["utm.campaign"].browse(campaign_id).exists()
        if campaign:
            start = {
                "title": campaign.title,
                "user_id": campaign.user_id.id,
                **campaign._segmentation_criteria_values(),
            }
        else:
            start = self._segmentation_default_criteria()
        return {**{k: v for k, v in start.items() if k in fields}, **values}

    # -- Computes

    @api.depends_context("lang")
    def _compute_display_name(self):
        """Not the campaign's name: both stand side by side in the breadcrumb."""
        self.display_name = self.env._("New Campaign")

    @api.depends("segmentation_strategy", "segmentation_harvest_id")
    def _compute_title_hint(self):
        for wizard in self:
            parts = (
                wizard._segmentation_strategy_label(),
                wizard.segmentation_harvest_id.name,
            )
            wizard.title_hint = " · ".join(part for part in parts if part)

    @api.depends(*CRITERIA)
    @api.depends_context("lang", "allowed_company_ids")
    def _compute_problem(self):
        for wizard in self:
            wizard.problem = wizard._segmentation_problem()

    @api.depends(*CRITERIA)
    @api.depends_context("lang", "allowed_company_ids")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = (
                not wizard._segmentation_scope_problem()
                and wizard._segmentation_preview()
            )
            wizard.customer_count = (wizard.preview or {}).get("customers", 0)

    @api.depends("preview", "problem")
    @api.depends_context("lang")
    def _compute_preview_html(self):
        for wizard in self:
            values = wizard._preview_values()
            for part in ("preview", "distribution"):
                wizard[f"{part}_html"] = self.env["ir.qweb"]._render(
                    f"agro_segmentation.campaign_wizard_{part}", values
                )

    @api.readonly
    def onchange(self, values, field_names, fields_spec):
        """Show the preview from a replica of the database, if Odoo has one."""
        return super().onchange(values, field_names, fields_spec)

    def _preview_values(self):
        """Return what the templates of the preview show."""
        quadrant = self.env["segmentation.position"]._fields["quadrant"]
        return {
            "problem": self.problem,
            "preview": self.preview,
            "rule": not self.problem and self._segmentation_rule_sentence(),
            "has_tactic": self._segmentation_has_tactic(),
            "labels": dict(quadrant._description_selection(self.env)),
            "cuts": self.preview and self._cuts(),
            "quantiles": QUANTILES,
            "currency": self.segmentation_currency_id,
            "whole": lambda amount: formatLang(self.env, amount, digits=0),
            "exact": lambda amount: formatLang(
                self.env, amount, digits=self.segmentation_currency_id.decimal_places
            ),
        }

    def _segmentation_scope_problem(self):
        return (
            self._segmentation_access_problem() or super()._segmentation_scope_problem()
        )

    # -- Proposals

    def _cuts(self):
        """Where high begins by the company's policy, on the figures of the criteria."""
        self._segmentation_refresh()
        return self.env["segmentation.position"]._cuts(*self._segmentation_scope())

    @api.onchange("segmentation_company_id")
    def _onchange_company(self):
        """Take the company's own harvest, and no zone or unit of another company."""
        company = self.segmentation_company_id
        if self.segmentation_harvest_id.company_id != company:
            self.segmentation_harvest_id = company._segmentation_reference_harvest()
        for name in (
            "segmentation_zone_ids",
            "segmentation_unit_ids",
            "segmentation_segment_ids",
        ):
            self[name] = self[name].filtered(
                lambda record: not record.company_id or record.company_id == company
            )

    @api.onchange("segmentation_strategy", "segmentation_mode")
    def _onchange_strategy(self):
        self._propose()

    def _propose(self):
        """Answer the two questions as the strategy asks, with ranges that suit it.

        Free ranges stay as they are: they are the user's own.
        """
        if self.segmentation_strategy == strategy.FREE:
            return
        is_ordered = self.segmentation_strategy in strategy.QUADRANT_STRATEGIES
        self.segmentation_filter_potential = is_ordered
        self.segmentation_filter_billing = is_ordered
        for figure, amounts in zip(
            ("potential", "billing"), self._proposed_ranges(is_ordered), strict=True
        ):
            for name, end in (("from", amounts.start), ("to", amounts.end)):
                self[f"segmentation_{figure}_{name}"] = False if end is None else end

    def _proposed_ranges(self, is_ordered):
        """Ranges of potential and billing from the policy's cut points."""
        if not is_ordered or self._segmentation_scope_problem():
            return strategy.Range(), strategy.Range()
        cuts = {
            figure: None if cut is None else float(cut)
            for figure, cut in self._cuts().items()
        }
        return strategy.propose(
            self.segmentation_strategy,
            cuts["billing"],
            cuts["potential"],
            self.segmentation_currency_id.rounding,
        )

    # -- Actions

    def action_propose(self):
        """Set the ranges from the policy's cut points again."""
        self.ensure_one()
        self._propose()

    def action_save_draft(self):
        """Keep the criteria in a draft campaign, to be launched later."""
        self._save_campaign()
        return self.action_open_campaign()

    def action_launch(self):
        """Freeze the audience, once however often it is called; open the campaign."""
        self._save_campaign()._segmentation_launch()
        return self.action_open_campaign()

    @api.readonly
    def action_open_campaign(self):
        """Open the campaign that the wizard has made, and leave the wizard behind."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_campaign_action"
        )
        return {
            **action,
            "res_id": self.campaign_id.id,
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "main",
        }

    def _save_campaign(self):
        """Return the wizard's campaign, made now or brought up to date while a draft.

        The locks make sure that pressing twice, or two people on one draft, end up
        with the same campaign.
        """
        self._segmentation_lock()
        if self.problem:
            raise UserError(self.problem)
        values = {
            "title": self.title or self.title_hint,
            "user_id": self.user_id.id,
            **self._segmentation_criteria_values(),
        }
        if not self.campaign_id:
            self.campaign_id = self.env["utm.campaign"].create(values)
            return self.campaign_id
        self.campaign_id._segmentation_lock()
        if self.campaign_id.segmentation_state == "draft":
            self.campaign_id.write(values)
        return self.campaign_id


class SegmentationInUse(models.AbstractModel):
    """What open wizards are for: without it, they would be for every customer."""

    _name = "segmentation.in.use"
    _inherit = "segmentation.in.use"

    def unlink(self):
        """Let the wizards go with their zone, business unit or segment."""
        wizards = self.env["segmentation.campaign.wizard"].sudo()
        wizards = wizards.search(
            Domain.OR(
                Domain(name, "in", self.ids)
                for name, field in wizards._fields.items()
                if field.type == "many2many"
                and field.comodel_name == self._name
                and field.store
            )
        )
        result = super().unlink()
        wizards.unlink()
        return result
