from datetime import datetime, time

from markupsafe import Markup, escape
from pytz import utc

from odoo import fields, models

from ...engine.spread import spread

#: Monday to Friday, for companies without working hours
WORKDAYS = range(5)


class SegmentationOutreachPlan(models.AbstractModel):
    """Spreads calls over salespeople and working days."""

    _name = "segmentation.outreach.plan"
    _inherit = "segmentation.outreach.plan"

    def _spread_calls(self, customers, stand_ins, days, cap):
        """Return the calls that fit, the first customers first.

        Calls that people have to make anyway on these days count for the cap.

        :param customers: ``(audience id, user id or None)`` of each
        :param days: dates, in order
        """
        people = {owner for _id, owner in customers if owner} | set(stand_ins.ids)
        return spread(
            customers, stand_ins.ids, days, cap, self._calls_due(people, days)
        )

    def _calls_due(self, people, days):
        """Return ``{(user id, date): open calls}``."""
        if not days:
            return {}
        activities = self.env["mail.activity"].sudo()
        rows = activities._read_group(
            [
                ("activity_type_id.category", "=", "phonecall"),
                ("user_id", "in", list(people)),
                ("date_deadline", ">=", days[0]),
                ("date_deadline", "<=", days[-1]),
            ],
            ["user_id", "date_deadline:day"],
            ["__count"],
        )
        return {(user.id, day): count for user, day, count in rows}

    def _working_days(self, start, end):
        """Return the company's working days from one date to another, inclusive."""
        calendar = self.company_id.resource_calendar_id
        if not calendar:
            days = (
                fields.Date.add(start, days=n) for n in range((end - start).days + 1)
            )
            return [day for day in days if day.weekday() in WORKDAYS]
        unusual = calendar._get_unusual_days(
            datetime.combine(start, time.min, utc),
            datetime.combine(end, time.max, utc),
            self.company_id,
        )
        return [
            fields.Date.to_date(day) for day, is_off in unusual.items() if not is_off
        ]


class SegmentationOutreach(models.Model):
    """Makes calls: activities on the customers."""

    _name = "segmentation.outreach"
    _inherit = "segmentation.outreach"

    def _make_call(self, touches, notes):
        """Plan an activity for each touch, in their order."""
        call_type = self._call_type()
        model = self.env["ir.model"]._get_id("res.partner")
        return self.env["mail.activity"].create(
            [
                {
                    "res_model_id": model,
                    "res_id": touch.partner_id.id,
                    "activity_type_id": call_type.id,
                    "summary": self.campaign_id.title,
                    "note": self._call_note(touch.recipient_id, notes),
                    "date_deadline": touch.date,
                    "user_id": touch.user_id.id,
                }
                for touch in touches
            ]
        )

    def _call_type(self):
        """Return the type of activity that is a call."""
        call = self.env.ref("mail.mail_activity_data_call", raise_if_not_found=False)
        return call or self.env["mail.activity.type"].search(
            [("category", "=", "phonecall")], limit=1
        )

    def _call_note(self, recipient, notes):
        """Return whom to call at which number, and what to say."""
        whom = " · ".join(part for part in (recipient.name, recipient.phone) if part)
        return Markup("<p><b>%s</b></p>%s") % (escape(whom), notes[recipient.id])
