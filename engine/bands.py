"""Which band a measure falls in: bands of age, of turnover…"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

Key = TypeVar("Key")


def age_on(day: date, birth: date) -> int:
    """Return the whole years from ``birth`` to ``day``, as PostgreSQL's ``age`` has it.

    Who was born on a 29 February turns a year older on 1 March of common years.
    """
    is_birthday_ahead = (day.month, day.day) < (birth.month, birth.day)
    return day.year - birth.year - is_birthday_ahead


def band_of(measure: float, bands: Sequence[tuple[float, Key]]) -> Key | None:
    """Return the key of the last band that begins at or below ``measure``.

    ``bands`` are pairs (lower bound, key) in ascending order: a band goes from its
    bound, included, to that of the next one, not included; the last has no end. What
    lies below the first band is in none.
    """
    position = bisect_right([lower for lower, _key in bands], measure)
    return bands[position - 1][1] if position else None
