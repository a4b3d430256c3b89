from odoo import Command, api, models
from odoo.exceptions import AccessError

from ..common.groups import MARKETING


class SegmentationSegment(models.Model):
    """A segment is where a campaign begins."""

    _name = "segmentation.segment"
    _inherit = "segmentation.segment"

    @api.readonly
    def action_new_campaign(self):
        """Open the wizard for a campaign to the members."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(MARKETING):
            raise AccessError(
                self.env._("Only Segmentation / Marketing may make campaigns.")
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_campaign_wizard_action"
        )
        return {
            **action,
            "context": {
                "default_segmentation_company_id": self.company_id.id,
                "default_segmentation_segment_ids": [Command.set(self.ids)],
            },
        }
