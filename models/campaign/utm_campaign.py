from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..common.groups import MARKETING, USER
from .campaign_criteria import CRITERIA


class UtmCampaign(models.Model):
    """A campaign of the segmentation: one with a company, hence with criteria.

    It is prepared as a draft, and launched once: then its audience is frozen and its
    criteria can no longer change. Other campaigns are none of our business.
    """

    _name = "utm.campaign"
    _inherit = ["utm.campaign", "segmentation.campaign.criteria"]

    segmentation_state = fields.Selection(
        [("draft", "Draft"), ("launched", "Launched")],
        string="Launch",
        compute="_compute_segmentation_state",
        store=True,
        index="btree_not_null",
    )
    segmentation_launched_at = fields.Datetime(
        string="Launched At", readonly=True, copy=False
    )
    audience_ids = fields.One2many(
        "segmentation.audience",
        "campaign_id",
        readonly=True,
        copy=False,
        groups=USER,
    )
    audience_count = fields.Integer(
        string="Customers", compute="_compute_audience", groups=USER
    )
    segmentation_billing = fields.Monetary(
        string="Billing at Launch",
        compute="_compute_audience",
        currency_field="segmentation_currency_id",
        groups=USER,
        help="Sum over the audience, in the company's currency.",
    )
    segmentation_potential = fields.Monetary(
        string="Potential at Launch",
        compute="_compute_audience",
        currency_field="segmentation_currency_id",
        groups=USER,
        help="Sum over the customers of the audience whose potential was known.",
    )
    segmentation_gap = fields.Monetary(
        string="Gap at Launch",
        compute="_compute_audience",
        currency_field="segmentation_currency_id",
        groups=USER,
        help="What was left to sell to the audience.",
    )
    segmentation_rule = fields.Char(
        string="Rule in Force",
        compute="_compute_segmentation_rule",
        help="The way by which the customers are chosen.",
    )

    # -- Defaults

    @api.model
    def default_get(self, fields):
        """A campaign started from our menus is a draft of ours, not a stock one."""
        values = super().default_get(fields)
        is_ours = self.env.context.get("segmentation_campaign")
        if not (is_ours and self.env.user.has_group(MARKETING)):
            return values
        start = self._segmentation_default_criteria()
        return {**{name: start[name] for name in start if name in fields}, **values}

    # -- Computes

    @api.depends("segmentation_company_id")
    def _compute_segmentation_state(self):
        for campaign in self:
            state = campaign.segmentation_state or "draft"
            campaign.segmentation_state = (
                state if campaign.segmentation_company_id else False
            )

    @api.depends("audience_ids")
    def _compute_audience(self):
        totals = {
            campaign: sums
            for campaign, *sums in self.env["segmentation.audience"]._read_group(
                [("campaign_id", "in", self.ids)],
                ["campaign_id"],
                ["__count", "billing:sum", "potential:sum", "gap:sum"],
            )
        }
        for campaign in self:
            count, billing, potential, gap = totals.get(campaign._origin, (0,) * 4)
            campaign.audience_count = count
            campaign.segmentation_billing = billing
            campaign.segmentation_potential = potential
            campaign.segmentation_gap = gap

    def _compute_mailing_mail_count(self):
        """Count for salespeople too: else they could not open the form at all."""
        return super(UtmCampaign, self.sudo())._compute_mailing_mail_count()

    def _compute_mailing_sms_count(self):
        """Count for salespeople too: else they could not open the form at all."""
        return super(UtmCampaign, self.sudo())._compute_mailing_sms_count()

    @api.depends(
        "segmentation_strategy",
        "segmentation_mode",
        "segmentation_filter_potential",
        "segmentation_potential_from",
        "segmentation_potential_to",
        "segmentation_filter_billing",
        "segmentation_billing_from",
        "segmentation_billing_to",
        "segmentation_segment_ids.name",
    )
    @api.depends_context("lang")
    def _compute_segmentation_rule(self):
        for campaign in self:
            campaign.segmentation_rule = campaign._segmentation_rule_sentence()

    # -- Keeping the criteria

    @api.constrains(*CRITERIA)
    def _check_segmentation_criteria(self):
        for record in self.filtered("segmentation_company_id"):
            if problem := record._segmentation_problem():
                raise ValidationError(problem)

    @api.constrains("segmentation_state")
    def _check_segmentation_state(self):
        """A launch is more than a state: it freezes the audience."""
        launched = self.sudo().filtered(
            lambda campaign: campaign.segmentation_state == "launched"
        )
        # asked of the database: reading the field reads the ids of the audience
        frozen = launched.with_context(active_test=False).search(
            [("id", "in", launched.ids), ("audience_ids", "!=", False)]
        )
        for campaign in launched - frozen:
            raise ValidationError(
                self.env._(
                    "%(campaign)s has no audience: launch it with its button.",
                    campaign=campaign.title,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_segmentation_rights({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        if self._check_segmentation_rights(vals):
            self._check_segmentation_draft()
        return super().write(vals)

    @api.model
    def _check_segmentation_rights(self, names):
        """Only marketing decides whom a campaign is for.

        :return: whether any of the fields named belongs to the criteria
        """
        ours = {*self._segmentation_criteria_fields(), "segmentation_state"}
        touched = not ours.isdisjoint(names)
        if touched and not (self.env.su or self.env.user.has_group(MARKETING)):
            raise AccessError(
                self.env._(
                    "Only Segmentation / Marketing may set whom a campaign is for, and"
                    " launch it."
                )
            )
        return touched

    def _check_segmentation_draft(self):
        """A launched campaign keeps the criteria that its audience was frozen by."""
        for campaign in self:
            if campaign.segmentation_state == "launched":
                raise UserError(
                    self.env._(
                        "%(campaign)s is launched, and its audience frozen: duplicate"
                        " it to reach other customers.",
                        campaign=campaign.title,
                    )
                )

    @api.model
    def _check_segmentation_marketing(self):
        """Only marketing acts on the audience of a campaign."""
        if not self.env.user.has_group(MARKETING):
            raise AccessError(
                self.env._(
                    "Only Segmentation / Marketing may launch campaigns, and write to"
                    " their audience."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_launched(self):
        """Without its campaign, a message would be for whomever its own domain finds.

        Those held out, stopped or opted out of the campaign's topic among them.
        """
        for campaign in self:
            if campaign.segmentation_state == "launched":
                raise UserError(
                    self.env._(
                        "%(campaign)s is launched: without it, its messages would go"
                        " to others too. Archive it instead.",
                        campaign=campaign.title,
                    )
                )

    # -- Launch

    def _segmentation_launch(self):
        """Freeze the audience; a campaign that is already launched stays as it is."""
        self.ensure_one()
        self._check_segmentation_marketing()
        self._segmentation_lock()
        if self.segmentation_state == "launched":
            return
        waiting = self._segmentation_refresh()
        if problem := self._segmentation_problem():
            raise UserError(problem)
        if waiting:
            raise UserError(
                self.env._(
                    "%(waiting)s Launch the campaign when they are done: Freshness of "
                    "Figures shows how far they are.",
                    waiting=waiting,
                )
            )
        if not self.env["segmentation.audience"].sudo()._freeze(self):
            raise UserError(
                self.env._(
                    "No customer meets these conditions, so there is nobody to launch"
                    " the campaign for: widen the ranges, the zones or the filter."
                )
            )
        self.write(
            {
                "segmentation_state": "launched",
                "segmentation_launched_at": fields.Datetime.now(),
            }
        )

    # -- Actions

    @api.readonly
    def action_segmentation_wizard(self):
        """Open the wizard on a draft campaign."""
        self.ensure_one()
        self._check_segmentation_draft()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_campaign_wizard_action"
        )
        return {**action, "context": {"default_campaign_id": self.id}}

    @api.readonly
    def action_segmentation_audience(self):
        """Open the campaign's audience."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_audience_action"
        )
        return {
            **action,
            "domain": [("campaign_id", "=", self.id)],
            "context": {"segmentation_in_campaign": True},
        }
