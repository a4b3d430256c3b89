"""Dates of domains in words, relative ones too: ``today -12m``."""

import re
from datetime import date, datetime

from odoo.tools import format_date, format_datetime
from odoo.tools.date_utils import parse_date
from odoo.tools.misc import get_lang

from ...engine.spans import ago, span

UNITS = {
    "d": "day",
    "w": "week",
    "m": "month",
    "y": "year",
    "H": "hour",
    "M": "minute",
    "S": "second",
}
SHIFT = re.compile(r"([+-]\d+)([dwmyHMS])$")


def is_relative(value):
    """Whether the value of a date in a domain moves with the calendar."""
    return isinstance(value, str) and not re.match(r"\d+-", value)


class DateWords:
    """Says dates in the language and time zone of an environment."""

    def __init__(self, env):
        self.env = env
        self.locale = get_lang(env).code

    def say(self, value):
        """Return a date, a moment, or either as a domain has it, in words."""
        if is_relative(value):
            return self._relative(value)
        if isinstance(value, str):
            value = parse_date(value, self.env)
        if isinstance(value, datetime):
            return format_datetime(self.env, value, dt_format="short")
        return format_date(self.env, value) if isinstance(value, date) else str(value)

    def _relative(self, text):
        """Return ``today -12m`` as “12 months ago”.

        What has no words of its own is told by the date that it is today.
        """
        terms = text.split()
        base = terms.pop(0) if terms[:1] in (["today"], ["now"]) else "now"
        words, steps = self._start(base, terms)
        shifts = [SHIFT.match(step) for step in steps]
        if not all(shifts):
            return self.env._(
                "%(date)s as of today (“%(text)s”)",
                date=self.say(parse_date(text, self.env)),
                text=text,
            )
        moves = [(int(shift[1]), UNITS[shift[2]]) for shift in shifts]
        if words is None and len(moves) == 1:
            return ago(-moves[0][0], moves[0][1], self.locale)
        start = self.env._("today") if base == "today" else self.env._("now")
        return ", ".join([words or start, *map(self._move, moves)])

    def _start(self, base, terms):
        """Return in words the day that the terms begin with, and the terms after."""
        last_month = self.env._("the first day of last month")
        year = self.env._("the first day of this year")
        month = self.env._("the first day of this month")
        week = self.env._("the first day of this week")
        yesterday = self.env._("yesterday")
        tomorrow = self.env._("tomorrow")
        starts = {
            ("=1d", "-1m"): last_month,
            ("=1m", "=1d"): year,
            ("=1d",): month,
            ("=week_start",): week,
            ("-1d",): yesterday,
            ("+1d",): tomorrow,
        }
        for start, words in starts.items():
            if base == "today" and tuple(terms[: len(start)]) == start:
                return words, terms[len(start) :]
        return None, terms

    def _move(self, move):
        number, unit = move
        words = span(abs(number), unit, self.locale)
        if number < 0:
            return self.env._("%s earlier", words)
        return self.env._("%s later", words)
