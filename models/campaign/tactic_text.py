from odoo import models


class UtmCampaign(models.Model):
    """Each tactic has words of its own to start from, on each channel."""

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    def _segmentation_script_template(self, channel):
        """What to say on the phone follows the tactic."""
        template = super()._segmentation_script_template(channel)
        own = f"{template}_{self.segmentation_tactic}"
        return own if self.env.ref(own, raise_if_not_found=False) else template

    def _segmentation_text_names(self):
        """The texts of the tactic come first."""
        names = super()._segmentation_text_names()
        if not self._segmentation_has_tactic():
            return names
        return [self.segmentation_tactic, *names]

    def _segmentation_subjects(self):
        return {
            **super()._segmentation_subjects(),
            "recovery": self.env._("%s, we miss you"),
            "cross_selling": self.env._("%s, everything for your harvest from us"),
            "up_selling": self.env._("%s, shall we plan your season?"),
            "acquisition": self.env._("%s, may we make you a first offer?"),
        }
