"""Spans of time in words, with the plurals of each language: “3 months ago”."""

from datetime import timedelta
from math import inf

from babel.dates import format_timedelta

#: what Babel takes each unit to last
LENGTHS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}


def ago(number: int, unit: str, locale: str) -> str:
    """Return “3 months ago”; for a negative number “in 3 months”."""
    return _words(-number, unit, locale, add_direction=True)


def span(number: int, unit: str, locale: str) -> str:
    """Return “3 months”."""
    return _words(number, unit, locale, add_direction=False)


def _words(number: int, unit: str, locale: str, add_direction: bool) -> str:
    return format_timedelta(
        number * LENGTHS[unit],
        granularity=unit,
        # the unit asked for, however many of them
        threshold=inf,
        add_direction=add_direction,
        locale=locale,
    )
