"""On which days the waves of a campaign go, and how many customers each has."""

from collections.abc import Collection
from datetime import date, timedelta


def wave_days(
    first: date, count: int, every: int, weekdays: Collection[int]
) -> list[date]:
    """Return the days of ``count`` waves, the first on ``first`` or soon after.

    Only ``weekdays`` (0 is Monday) count: each wave goes ``every`` such days after the
    one before it. No weekday at all stands for all of them.
    """
    days: list[date] = []
    day, passed = first, 0
    while len(days) < count:
        if not weekdays or day.weekday() in weekdays:
            if passed % every == 0:
                days.append(day)
            passed += 1
        day += timedelta(days=1)
    return days


def wave_sizes(customers: int, size: int) -> list[int]:
    """Return how many customers each wave has: ``size``, and the rest in the last."""
    full, rest = divmod(customers, size)
    return [size] * full + [rest] * bool(rest)
