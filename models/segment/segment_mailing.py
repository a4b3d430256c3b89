from odoo import api, models
from odoo.exceptions import AccessError

from ..common.groups import MAILING


class SegmentationSegment(models.Model):
    """Writes to the members of a segment."""

    _name = "segmentation.segment"
    _inherit = "segmentation.segment"

    @api.readonly
    def action_send_email(self):
        """Open a new e-mail to the members."""
        return self._new_mailing("mail", self.env._("E-mail to “%s”"))

    @api.readonly
    def action_send_sms(self):
        """Open a new SMS to the members."""
        return self._new_mailing("sms", self.env._("SMS to “%s”"))

    def _new_mailing(self, kind, name):
        """Open a new mailing whose recipients are the members when it is sent."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(MAILING):
            raise AccessError(
                self.env._("Only users of Email Marketing may write to segments.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": name % self.name,
            "res_model": "mailing.mailing",
            "views": [(False, "form")],
            "context": {
                "default_mailing_type": kind,
                "default_mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "default_mailing_domain": repr(self._mailing_domain()),
            },
        }

    def _mailing_domain(self):
        """Return the literal domain of the members, at whatever moment it is read."""
        return [("segmentation_segment_ids", "in", self.ids)]
