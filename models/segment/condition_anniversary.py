from babel.dates import format_skeleton
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL, date_utils
from odoo.tools.misc import babel_locale_parse, get_lang

from ...engine.anniversary import days_of_year
from .condition import PARTNER


class SegmentationCondition(models.Model):
    """A date of the contact comes round, whatever its year: a birthday.

    In a segment of customers, that of any of its contacts. "Today" is the day where the
    segment's company is; weeks begin as in the language of the rule's author.
    """

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("anniversary", "Birthday or anniversary")],
        ondelete={"anniversary": "cascade"},
    )
    anniversary_field = fields.Selection(
        selection="_selection_anniversary_field", string="Date"
    )
    anniversary_when = fields.Selection(
        [
            ("today", "Today"),
            ("week", "This week"),
            ("month", "This month"),
            ("days", "In the next days"),
        ],
        string="Comes Round",
        default="week",
    )
    anniversary_days = fields.Integer(
        string="Days Ahead", default=7, help="Today and so many days after it."
    )

    @api.model
    def _selection_anniversary_field(self):
        """Return the dates of contacts that the user may read, key fields included."""
        partners = self.env["res.partner"]
        return [
            (name, field.get_description(self.env, ["string"])["string"])
            for name, field in partners._fields.items()
            if field.store
            and (field.type == "date" or name == "create_date")
            and partners._has_field_access(field, "read")
        ]

    def _topics_anniversary(self):
        return {PARTNER}

    def _is_timed_anniversary(self):
        return True

    def _problem_anniversary(self):
        """No date chosen, one that is gone, or days out of reach."""
        if self.anniversary_field not in dict(self._selection_anniversary_field()):
            return self.env._("Choose a date of contacts that you may read.")
        if not self.anniversary_when:
            return self.env._("Choose when the day comes round.")
        if self.anniversary_when == "days" and not 1 <= self.anniversary_days <= 366:
            return self.env._(
                "One can look 1 to 366 days ahead: change “Days Ahead” (%s).",
                self.anniversary_days,
            )
        return None

    # --- In words ---------------------------------------------------------------

    def _sentence_anniversary(self):
        if not self.anniversary_field:
            return ""
        labels = dict(self._selection_anniversary_field())
        said = {
            "field": labels.get(self.anniversary_field, self.anniversary_field),
            "days": self.anniversary_days,
        }
        if self.anniversary_when == "days" and self.anniversary_days == 1:
            return self.env._("%(field)s comes round today or tomorrow", **said)
        words = {
            "today": self.env._("%(field)s comes round today", **said),
            "week": self.env._("%(field)s comes round this week", **said),
            "month": self.env._("%(field)s comes round this month", **said),
            "days": self.env._(
                "%(field)s comes round in the next %(days)s days", **said
            ),
        }
        return words.get(self.anniversary_when)

    def _values_anniversary(self, values):
        day = fields.Date.to_date(values["date"])
        locale = babel_locale_parse(get_lang(self.env).code)
        return self.env._(
            "%(contact)s: %(date)s",
            contact=values["contact"],
            date=format_skeleton("MMMMd", day, locale=locale),
        )

    # --- Whom it finds ----------------------------------------------------------

    def _select_anniversary(self, scope):
        """Contacts or customers, with the first by name whose day it is."""
        days = days_of_year(*self._anniversary_period())
        return SQL(
            """
            SELECT DISTINCT ON (key)
                   %(key)s AS key,
                   JSONB_BUILD_OBJECT('date', %(day)s,
                                      'contact', partner.name) AS detail
              FROM res_partner partner
             WHERE partner.active AND TO_CHAR(%(day)s, 'MM-DD') = ANY(%(days)s)
               AND %(in_scope)s
          ORDER BY key, partner.name, partner.id""",
            key=self._key(),
            day=self._anniversary_day(),
            days=days,
            in_scope=self._key_in_scope(scope),
        )

    def _anniversary_day(self):
        """Return the SQL of the day, where the company is if it is a moment."""
        partners = self.env["res.partner"]
        column = partners._field_to_sql("partner", self.anniversary_field)
        if partners._fields[self.anniversary_field].type == "date":
            return column
        tz = self.company_id._segmentation_tz()
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", column, tz)

    def _anniversary_period(self):
        """Return the first and the last day of the period."""
        today = self._today()
        if self.anniversary_when == "week":
            first = today - relativedelta(days=self._days_into_week(today))
            return first, first + relativedelta(days=6)
        if self.anniversary_when == "month":
            return date_utils.get_month(today)
        ahead = self.anniversary_days if self.anniversary_when == "days" else 0
        return today, today + relativedelta(days=ahead)

    def _days_into_week(self, today):
        """Return how many days ago the week began, as the author's language has it."""
        week_start = int(get_lang(self.env, self.env.user.lang).week_start)
        return (today.isoweekday() - week_start) % 7
