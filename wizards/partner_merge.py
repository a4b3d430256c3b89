from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Find the customer of the land anew.

        The merge rewrites foreign keys by SQL: land of a merged customer is left on
        the kept partner even where that one is a contact of another customer.
        """
        result = super()._update_foreign_keys(src_partners, dst_partner)
        family = (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search([("id", "child_of", dst_partner.id)])
        )
        family.modified(["parent_id"])
        self.env["segmentation.parcel"].sudo().with_context(active_test=False).search(
            [("partner_id", "in", family.ids)]
        ).modified(["partner_id"])
        return result
