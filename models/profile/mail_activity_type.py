from odoo import fields, models


class MailActivityType(models.Model):
    _inherit = "mail.activity.type"

    category = fields.Selection(
        selection_add=[("visit", "Visit")], ondelete={"visit": "set default"}
    )
