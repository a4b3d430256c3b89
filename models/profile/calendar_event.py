from odoo import fields, models


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    segmentation_is_visit = fields.Boolean(
        string="Visit",
        help="The meeting is at the customer's place, and counts as a visit.",
    )
