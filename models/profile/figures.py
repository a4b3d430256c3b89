from odoo import api, models
from odoo.tools import SQL


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
            relations._refresh(company, SQL("ANY(%s)", customer_ids))
        return result
