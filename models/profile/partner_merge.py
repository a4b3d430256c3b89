from odoo import api, models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _name = "base.partner.merge.automatic.wizard"
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Fold relations first: moved as they are they would collide."""
        self.env["segmentation.relation"].sudo()._fold(
            SQL(
                "SELECT UNNEST(%s) AS source_id, %s AS destination_id",
                src_partners.ids,
                dst_partner.id,
            )
        )
        return super()._update_foreign_keys(src_partners, dst_partner)

    @api.model
    def _update_reference_fields(self, src_partners, dst_partner):
        """Let an undo find in the merged partner what a handover gave away."""
        self.env["segmentation.handover.item"].sudo()._merge_partners(
            src_partners, dst_partner
        )
        return super()._update_reference_fields(src_partners, dst_partner)
