import pytz

from odoo import fields, models

from ..common.limits import MOST


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = "res.company"

    segmentation_active_months = fields.Integer(
        string="Active Months of Customers",
        default=12,
        required=True,
        help="Who bought anything within so many months is a customer of the company; "
        "who bought earlier, an ex-customer. Business units have their own.",
    )

    _segmentation_active_months_range = models.Constraint(
        f"CHECK(segmentation_active_months BETWEEN 1 AND {MOST})",
        "The active months of customers go from 1 to 1000.",
    )

    def _segmentation_tz(self):
        """Return the name of the time zone in which the company's days begin.

        That of its working hours, so that a day is the same for all who ask.
        """
        return self.sudo().resource_calendar_id.tz or "UTC"

    def _segmentation_zone(self):
        """Return the time zone of :meth:`_segmentation_tz`, as ``clock`` wants it."""
        return pytz.timezone(self._segmentation_tz())

    def write(self, vals):
        """Mark everybody whose relation, or billing beside it, is to be found anew."""
        result = super().write(vals)
        if {"segmentation_active_months", "segmentation_harvest_id"} & vals.keys():
            self.env["segmentation.refresh"]._mark_companies(self)
        return result
