from odoo import fields, models


class CrmLead(models.Model):
    """An open opportunity makes its customer a prospect of a business unit."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "segmentation.refresh.source"]

    segmentation_unit_id = fields.Many2one(
        "segmentation.business.unit",
        string="Business Unit",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Whose prospect the customer is while the opportunity is open; empty: of "
        "the company as a whole.",
    )

    def _refresh_fields(self):
        """Also what Odoo finds company and outcome by."""
        return {
            "active",
            "company_id",
            "partner_id",
            "probability",
            "segmentation_unit_id",
            "stage_id",
            "team_id",
            "type",
            "user_id",
        }

    def _refresh_marks(self):
        return [
            (lead.company_id.id, lead.partner_id.id)
            for lead in self
            if lead.partner_id and lead.type == "opportunity"
        ]
