from odoo import api, fields, models
from odoo.tools import formatLang

from ..common.groups import MARKETING


class UtmCampaign(models.Model):
    """How far the campaign is on the way to its targets, at the last measurement."""

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    segmentation_target_sentence = fields.Char(
        string="Against the Targets",
        compute="_compute_segmentation_target_sentence",
        groups=MARKETING,
        help="What those to contact bought, of what they should.",
    )

    @api.depends(
        "segmentation_result",
        "segmentation_target_buyers",
        "segmentation_target_billing",
    )
    @api.depends_context("lang")
    def _compute_segmentation_target_sentence(self):
        for campaign in self:
            groups = (campaign.segmentation_result or {}).get("groups", {})
            contacted = groups.get("contact")
            campaign.segmentation_target_sentence = bool(contacted) and " · ".join(
                campaign._segmentation_target_words(contacted)
            )

    def _segmentation_target_words(self, contacted):
        """Return each target in words, with what was reached of it."""
        words = []
        if target := self.segmentation_target_buyers:
            words.append(
                self.env._(
                    "%(buyers)s of %(target)s buyers (%(percent)s %%)",
                    buyers=contacted["buyers"],
                    target=target,
                    percent=self._segmentation_percent(contacted["buyers"] / target),
                )
            )
        if target := self.segmentation_target_billing:
            words.append(
                self.env._(
                    "%(billing)s of %(target)s billed (%(percent)s %%)",
                    billing=self._segmentation_amount_label(contacted["invoiced"]),
                    target=self._segmentation_amount_label(target),
                    percent=self._segmentation_percent(contacted["invoiced"] / target),
                )
            )
        return words

    def _segmentation_percent(self, share):
        return formatLang(self.env, 100 * share, digits=0)
