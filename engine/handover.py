"""Who gets which account when a salesperson's accounts are handed over: plain rules.

:func:`split` gives each account to one of the people, always the same way for the same
input: accounts come in the order in which neighbours should stay together, people in
the order of their table, and whenever two people stand equal the earlier one is served.

Rules
    ``one``          all accounts to the first person
    ``zone``         to the person of the nearest zone; else to the first person without
                     zones, who takes the rest; else to nobody
    ``count``        the same number each, as unbroken stretches of the given order
    ``round_robin``  the same number each, dealt in turn from the largest account down
    ``hectares``     the same hectares each
    ``potential``    the same potential each

Equal hectares and potential: the largest account first, each to whoever has least so
far. No two people then differ by more than the largest account. Accounts of zero, or
not known, weigh nothing: they are dealt at the end to whoever has fewest accounts.

>>> land = [Account(1, hectares=50), Account(2, hectares=30), Account(3, hectares=20)]
>>> split("hectares", land, [Person(7), Person(8)])
{1: 7, 2: 8, 3: 8}
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace

ONE = "one"
ZONE = "zone"
COUNT = "count"
ROUND_ROBIN = "round_robin"
HECTARES = "hectares"
POTENTIAL = "potential"
RULES = (ONE, ZONE, COUNT, HECTARES, POTENTIAL, ROUND_ROBIN)


@dataclass(frozen=True)
class Account:
    """What is handed over; ``zones``: the customer's zone, then the ones above it."""

    id: Hashable
    zones: tuple[int, ...] = ()
    hectares: float = 0
    potential: float = 0


@dataclass(frozen=True)
class Person:
    """Somebody who takes accounts over; ``zones`` count for the zone rule alone."""

    id: int
    zones: frozenset[int] = frozenset()


Assignment = dict[Hashable, int | None]


def split(
    rule: str,
    accounts: Sequence[Account],
    people: Sequence[Person],
    settled: Mapping[Hashable, int] | None = None,
) -> Assignment:
    """Return ``{account id: person id}`` for all accounts; None: nobody takes it.

    :param settled: accounts that somebody has already; they stay, and weigh in when
        the others are dealt
    """
    settled = {
        account.id: settled[account.id]
        for account in accounts
        if settled and account.id in settled
    }
    free = [account for account in accounts if account.id not in settled]
    if not people:
        dealt: Assignment = dict.fromkeys(account.id for account in free)
    elif rule == ONE:
        dealt = dict.fromkeys((account.id for account in free), people[0].id)
    elif rule == ZONE:
        dealt = {account.id: _of_zone(account, people) for account in free}
    elif rule == COUNT:
        dealt = _stretches(free, people, settled)
    elif rule == ROUND_ROBIN:
        by_size = sorted(free, key=lambda a: (-a.potential, -a.hectares))
        turns = _turns(people, Counter(settled.values()))
        dealt = {account.id: next(turns) for account in by_size}
    else:
        dealt = _weigh(rule, accounts, free, people, settled)
    given = {**settled, **dealt}
    return {account.id: given[account.id] for account in accounts}


def _of_zone(account: Account, people: Sequence[Person]) -> int | None:
    """Return who takes the account's zone, or the nearest one above it."""
    for zone in account.zones:
        for person in people:
            if zone in person.zones:
                return person.id
    return next((person.id for person in people if not person.zones), None)


def _turns(people: Sequence[Person], counts: Mapping[int, int]) -> Iterator[int]:
    """Yield for ever who has fewest accounts, each turn being one account more."""
    heap = [(counts.get(p.id, 0), place, p.id) for place, p in enumerate(people)]
    heapify(heap)
    while True:
        count, place, person = heap[0]
        yield person
        heapreplace(heap, (count + 1, place, person))


def _stretches(
    free: Sequence[Account], people: Sequence[Person], settled: Mapping[Hashable, int]
) -> Assignment:
    """Give the next stretch of accounts to each, as long as the turns would make it."""
    turns = _turns(people, Counter(settled.values()))
    quota = Counter(next(turns) for _account in free)
    takers = (person.id for person in people for _turn in range(quota[person.id]))
    return {account.id: taker for account, taker in zip(free, takers, strict=True)}


def _weigh(
    measure: str,
    accounts: Sequence[Account],
    free: Sequence[Account],
    people: Sequence[Person],
    settled: Mapping[Hashable, int],
) -> Assignment:
    """Give the largest first, each to whoever has least so far."""
    counts = Counter(settled.values())
    loads: Counter = Counter()
    for account in accounts:
        if account.id in settled:
            loads[settled[account.id]] += getattr(account, measure)
    weighing = sorted(
        (account for account in free if getattr(account, measure) > 0),
        key=lambda account: -getattr(account, measure),
    )
    heap = [(loads[p.id], counts[p.id], i, p.id) for i, p in enumerate(people)]
    heapify(heap)
    dealt: Assignment = {}
    for account in weighing:
        load, count, place, person = heap[0]
        dealt[account.id] = person
        counts[person] += 1
        heapreplace(heap, (load + getattr(account, measure), count + 1, place, person))
    turns = _turns(people, counts)
    dealt.update((a.id, next(turns)) for a in free if a.id not in dealt)
    return dealt
