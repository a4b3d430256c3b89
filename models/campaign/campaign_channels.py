from markupsafe import Markup

from odoo import api, fields, models

from ..common.groups import MARKETING, USER


class UtmCampaign(models.Model):
    """Calls and opportunities, from the campaign."""

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    segmentation_outreach_ids = fields.One2many(
        "segmentation.outreach",
        "campaign_id",
        string="Calls and Opportunities",
        readonly=True,
        copy=False,
        groups=MARKETING,
    )
    segmentation_call_count = fields.Integer(
        string="Calls", compute="_compute_segmentation_touches", groups=USER
    )
    segmentation_called_count = fields.Integer(
        string="Calls Done", compute="_compute_segmentation_touches", groups=USER
    )
    segmentation_opportunity_count = fields.Integer(
        string="Opportunities Made",
        compute="_compute_segmentation_touches",
        groups=USER,
    )
    segmentation_won_count = fields.Integer(
        string="Opportunities Won",
        compute="_compute_segmentation_touches",
        groups=USER,
    )

    @api.depends("audience_ids.touch_ids")
    def _compute_segmentation_touches(self):
        counts = {}
        for campaign, channel, state, count in self.env[
            "segmentation.touch"
        ]._read_group(
            [("campaign_id", "in", self.ids), ("reason", "=", False)],
            ["campaign_id", "channel", "state"],
            ["__count"],
        ):
            of_campaign = counts.setdefault(campaign.id, {})
            of_campaign[channel] = of_campaign.get(channel, 0) + count
            of_campaign[channel, state] = count
        for campaign in self:
            found = counts.get(campaign._origin.id, {})
            campaign.segmentation_call_count = found.get("call", 0)
            campaign.segmentation_called_count = found.get(("call", "done"), 0)
            campaign.segmentation_opportunity_count = found.get("opportunity", 0)
            campaign.segmentation_won_count = found.get(("opportunity", "won"), 0)

    def _segmentation_script(self, channel):
        """Return the words to start from, in the language of the user."""
        self.ensure_one()
        return self.env["ir.qweb"]._render(
            self._segmentation_script_template(channel),
            {
                "campaign": self,
                "company": self.segmentation_company_id,
                "placeholder": self._segmentation_script_placeholder,
            },
        )

    def _segmentation_script_template(self, channel):
        """Return the name of the template of a script."""
        return f"agro_segmentation.campaign_script_{channel}"

    def _segmentation_script_placeholder(self, name):
        """Return the placeholder of a figure, for salespeople: they need no excuse.

        It says which figure it is, also to who reads the script before it is filled in.
        """
        path, _fallback = self._segmentation_path(name)
        label = self.env["res.partner"]._fields[path]._description_string(self.env)
        unknown = self.env._("(%s: not known)", label.rpartition(": ")[-1])
        return Markup('<t t-out="object.%s">%s</t>') % (path, unknown)

    # -- Actions

    @api.readonly
    def action_segmentation_plan_calls(self):
        """Ask whom to call, when and with which words."""
        return self._segmentation_ask("call", self.env._("Plan Calls"))

    @api.readonly
    def action_segmentation_make_opportunities(self):
        """Ask for whom to make opportunities."""
        return self._segmentation_ask("opportunity", self.env._("Make Opportunities"))

    def _segmentation_ask(self, channel, title):
        self.ensure_one()
        self._check_segmentation_marketing()
        self._check_segmentation_launched()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "segmentation.outreach.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_campaign_id": self.id,
                "default_channel": channel,
            },
        }

    @api.readonly
    def action_segmentation_calls(self):
        """Open the campaign's calls, and what came of them."""
        return self._segmentation_touch_action("call")

    @api.readonly
    def action_segmentation_opportunities(self):
        """Open the campaign's opportunities, and what came of them."""
        return self._segmentation_touch_action("opportunity")

    def _segmentation_touch_action(self, channel):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"agro_segmentation.segmentation_touch_action_{channel}"
        )
        return {
            **action,
            "domain": [("campaign_id", "=", self.id), ("channel", "=", channel)],
            "context": {
                "segmentation_in_campaign": True,
                "segmentation_channel": channel,
            },
        }
