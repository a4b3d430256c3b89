from odoo import api, models


class SegmentationFigures(models.AbstractModel):
    """Relations follow from invoices and opportunities, and are refreshed along."""

    _name = "segmentation.figures"
    _inherit = "segmentation.figures"

    @api.model
    def _follow(self, company, scope):
        """Find the customers' relations."""
        result = super()._follow(company, scope)
        self.env["segmentation.relation"]._refresh(company, scope)
        return result

    @api.model
    def _drop_strays(self, company):
        """Hand relations of partners that are no customers any more to theirs."""
        result = super()._drop_strays(company)
        relations = self.env["segmentation.relation"]
        if customer_ids := relations._fold_strays(company):
            scope = self._stage_customers(customer_ids)
            self._stage_invoices(company, scope)
            self._stage_sales(company)
            relations._refresh(company, scope)
        return result
