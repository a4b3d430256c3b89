from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import SQL, format_date
from odoo.tools.misc import get_lang

from ...engine.spans import ago, span
from ..common.limits import MOST


class SegmentationCondition(models.Model):
    """A period that moves with the calendar: 24 to 12 months ago.

    Days are those where the segment's company is, whoever asks; both ends are included.
    """

    _inherit = "segmentation.condition"

    ago_most = fields.Integer(
        string="At Most so Long Ago", help="0: however long ago it was."
    )
    ago_least = fields.Integer(
        string="At Least so Long Ago", help="0: it may have been today."
    )
    ago_unit = fields.Selection(
        [("day", "days"), ("week", "weeks"), ("month", "months"), ("year", "years")],
        string="Unit of Time",
        default="month",
    )

    def _period_problem(self):
        """Its ends are the wrong way round, or out of reach."""
        if not self.ago_unit:
            return self.env._("Choose days, weeks, months or years.")
        if (
            min(self.ago_most, self.ago_least) < 0
            or max(self.ago_most, self.ago_least) > MOST
        ):
            return self.env._(
                "A condition on “how long ago” goes from 0 to %s: change its numbers.",
                MOST,
            )
        if self.ago_most and self.ago_most < self.ago_least:
            return self.env._(
                "Nothing is at least %(least)s and at most %(most)s old: enter the "
                "longer time under “At Most so Long Ago”.",
                least=self._span(self.ago_least),
                most=self._span(self.ago_most),
            )
        return None

    def _span(self, number):
        return span(number, self.ago_unit, get_lang(self.env).code)

    def _period_words(self):
        """Return the period in words; empty if it has no end at all."""
        locale = get_lang(self.env).code
        most = ago(self.ago_most, self.ago_unit, locale)
        least = ago(self.ago_least, self.ago_unit, locale)
        if self.ago_most and self.ago_least:
            return self.env._("between %(most)s and %(least)s", most=most, least=least)
        if self.ago_most:
            return self.env._("in the last %s", self._span(self.ago_most))
        if self.ago_least:
            return self.env._("%s or earlier", least)
        return ""

    def _in_period(self, moment):
        """Return the SQL condition that a moment in UTC lies in the period."""
        conditions = [SQL("TRUE")]
        if self.ago_most:
            first = self._day_start(self._days_ago(self.ago_most))
            conditions.append(SQL("%s >= %s", moment, first))
        if self.ago_least:
            after = self._days_ago(self.ago_least) + relativedelta(days=1)
            conditions.append(SQL("%s < %s", moment, self._day_start(after)))
        return SQL("(%s)", SQL(" AND ").join(conditions))

    def _days_ago(self, number):
        """Return the day so many units before today."""
        return self._today() - relativedelta(**{f"{self.ago_unit}s": number})

    def _day_start(self, day):
        """Return the SQL of the moment, in UTC, when a day begins there."""
        timeline = self.env["segmentation.timeline"]
        tz = self.company_id._segmentation_tz()
        return timeline.with_context(tz=tz)._day_start(SQL("%s", day))

    def _moment_words(self, moment):
        """Return the day of a moment, in UTC as JSON has it, in words."""
        if not moment:
            return ""
        moment = fields.Datetime.to_datetime(moment.replace("T", " "))
        return format_date(self.env, fields.Datetime.context_timestamp(self, moment))
