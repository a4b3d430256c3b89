from odoo import api, models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Let derived rows of the merged partners go, and their customers be computed.

        Positions follow from invoices and plantings, which core moves to the
        destination; moved themselves they would collide with the destination's.
        """
        partners = (src_partners | dst_partner).sudo()
        customers = partners | partners.commercial_partner_id
        self.env["segmentation.refresh"]._mark(
            (None, customer.id) for customer in customers
        )
        self.env.cr.execute(
            SQL(
                "DELETE FROM segmentation_position WHERE partner_id IN %s",
                tuple(src_partners.ids),
            )
        )
        children = src_partners.sudo().with_context(active_test=False).child_ids
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # Core points the children at the destination even where that is itself a
        # contact of somebody else.
        children.invalidate_recordset()
        self.env.add_to_compute(
            self.env["res.partner"]._fields["commercial_partner_id"], children
        )
        return result
