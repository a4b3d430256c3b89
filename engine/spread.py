"""Who calls which customer, and on which day: plain rules.

Customers come in the order in which they matter, and the first ones are called first.
Each goes to whoever looks after it; those whom nobody looks after are dealt in turn to
people chosen for that, in the order in which they were chosen. The same input always
gives the same calls.

>>> from datetime import date
>>> monday, tuesday = date(2025, 3, 3), date(2025, 3, 4)
>>> customers = [("Ana", 7), ("Eva", None), ("Leo", 7), ("Max", 7)]
>>> [tuple(call)[:2] for call in spread(customers, [8], [monday, tuesday], 1)]
[('Ana', 7), ('Eva', 8), ('Leo', 7)]
"""

from collections import deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from itertools import cycle, repeat
from typing import NamedTuple


class Call(NamedTuple):
    """A customer, who calls it, and the day on which the call is due."""

    customer: Hashable
    person: int
    day: date


Customers = Sequence[tuple[Hashable, int | None]]


def deal(
    customers: Customers, stand_ins: Sequence[int]
) -> list[tuple[Hashable, int | None]]:
    """Return who gets each customer; None: nobody.

    :param customers: each with the person who looks after it, or None
    :param stand_ins: who gets those whom nobody looks after, in turn
    """
    turn = cycle(stand_ins or [None])
    return [
        (customer, next(turn) if owner is None else owner)
        for customer, owner in customers
    ]


def spread(
    customers: Customers,
    stand_ins: Sequence[int],
    days: Sequence[date],
    cap: int,
    taken: Mapping[tuple[int, date], int] | None = None,
) -> list[Call]:
    """Return the calls that fit into the days, at most ``cap`` a day and person.

    A customer waits for whoever looks after it: if that person has no room left, it is
    left out. Stand-ins who have none are skipped.

    :param customers: each with the person who looks after it, or None
    :param stand_ins: who calls those whom nobody looks after, in turn
    :param taken: calls that people have to make already, which count for the cap
    """
    turn = deque(stand_ins)
    free: dict[int, Iterator[date]] = {}

    def next_day(person: int) -> date | None:
        if person not in free:
            free[person] = _free_days(person, days, cap, taken or {})
        return next(free[person], None)

    calls = []
    for customer, owner in customers:
        person = owner
        day = None if owner is None else next_day(owner)
        while owner is None and day is None and turn:
            person = turn.popleft()
            if day := next_day(person):
                turn.append(person)
        if person is not None and day is not None:
            calls.append(Call(customer, person, day))
    return calls


def _free_days(
    person: int,
    days: Sequence[date],
    cap: int,
    taken: Mapping[tuple[int, date], int],
) -> Iterator[date]:
    """Yield each day as often as the person has room on it."""
    for day in days:
        yield from repeat(day, max(0, cap - taken.get((person, day), 0)))
