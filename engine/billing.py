"""What a customer was billed, and to which harvest and business unit it counts."""

from collections.abc import Iterable, Mapping
from datetime import date


def harvest_of(
    day: date | None, calendar: Iterable[tuple[date, date, int]]
) -> int | None:
    """Return the harvest whose dates hold ``day``, both bounds inclusive.

    :param calendar: (start, end, harvest) of one company, not overlapping
    :return: None outside any harvest, and for what has no date
    """
    if not day:
        return None
    for start, end, harvest in calendar:
        if start <= day <= end:
            return harvest
    return None


def unit_of(
    category: int | None,
    claims: Mapping[int, int],
    parents: Mapping[int, int | None],
) -> int | None:
    """Return the business unit that claims the category or its nearest ancestor.

    :param claims: category → unit
    :param parents: category → parent category
    """
    while category is not None:
        if category in claims:
            return claims[category]
        category = parents.get(category)
    return None
