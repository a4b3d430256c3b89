from odoo import api, fields, models


class SegmentationCrop(models.Model):
    """What is planted: soy, maize, wheat, sugar cane…"""

    _name = "segmentation.crop"
    _inherit = ["segmentation.in.use", "segmentation.import.template"]
    _description = "Crop"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer(aggregator=None)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to share the crop."
    )

    @api.constrains("company_id")
    def _check_company_of_users(self):
        """Refuse a company that cannot see what already uses the record."""
        self._check_no_user_elsewhere(self._links())

    @api.model
    def _import_template(self):
        return self.env._("Import Template for Crops"), "crops.xlsx"
