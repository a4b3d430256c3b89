from odoo import api, models
from odoo.exceptions import AccessError

from ..common.groups import MARKETING


class UtmCampaign(models.Model):
    """What may be changed of a launched campaign too, though by marketing only.

    Stock Odoo lets every employee write on campaigns.
    """

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_segmentation_steering({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        self._check_segmentation_steering(vals)
        return super().write(vals)

    @api.model
    def _segmentation_steering_fields(self):
        """Names of the fields by which marketing steers a campaign that runs."""
        return set()

    @api.model
    def _check_segmentation_steering(self, names):
        if self._segmentation_steering_fields().isdisjoint(names):
            return
        if not (self.env.su or self.env.user.has_group(MARKETING)):
            raise AccessError(
                self.env._(
                    "Only Segmentation / Marketing may stop a campaign, or say how"
                    " important it is."
                )
            )
