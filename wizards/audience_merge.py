from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _name = "base.partner.merge.automatic.wizard"
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Fold audience rows first: on a clash the merge deletes all rows it moves."""
        self.env["segmentation.audience"].sudo()._merge_partners(
            src_partners, dst_partner
        )
        return super()._update_foreign_keys(src_partners, dst_partner)
