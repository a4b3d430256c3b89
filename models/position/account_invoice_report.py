from odoo import fields, models
from odoo.tools import SQL


class AccountInvoiceReport(models.Model):
    _inherit = "account.invoice.report"

    segmentation_harvest_id = fields.Many2one(
        "segmentation.harvest", string="Harvest", readonly=True
    )
    segmentation_zone_id = fields.Many2one(
        "segmentation.zone", string="Zone", readonly=True
    )

    _depends = {"account.move": ["segmentation_harvest_id", "segmentation_zone_id"]}

    def _select(self):
        return SQL(
            "%s, move.segmentation_harvest_id, move.segmentation_zone_id",
            super()._select(),
        )
