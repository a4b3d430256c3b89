"""Which days of the year a period has: birthdays and the like."""

from datetime import date, timedelta


def days_of_year(first: date, last: date) -> list[str]:
    """Return the days from first to last, both included, as ``MM-DD``, each once.

    Who was born on 29 February has a birthday on the 28th in common years.
    """
    length = min((last - first).days, 366)
    days = (first + timedelta(days=number) for number in range(length + 1))
    found = {}
    for day in days:
        found[f"{day:%m-%d}"] = True
        if f"{day:%m-%d}" == "02-28" and (day + timedelta(days=1)).month == 3:
            found["02-29"] = True
    return list(found)
