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
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from operator import attrgetter


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
#: accounts that somebody has already, and who
Settled = Mapping[Account, int]
Rule = Callable[[Sequence[Account], Sequence[Person], Settled], Assignment]


def split(
    rule: str,
    accounts: Sequence[Account],
    people: Sequence[Person],
    settled: Mapping[Hashable, int] | None = None,
) -> Assignment:
    """Return ``{account id: person id}`` for all accounts; None: nobody takes it.

    :param settled: by id, accounts that somebody has already; they stay, and weigh in
        when the others are dealt
    """
    settled = settled or {}
    kept = {
        account: settled[account.id] for account in accounts if account.id in settled
    }
    given: Assignment = dict.fromkeys(account.id for account in accounts)
    given.update((account.id, person) for account, person in kept.items())
    if people:
        free = [account for account in accounts if account not in kept]
        given.update(DEALERS[rule](free, people, kept))
    return given


def _to_the_first(
    free: Sequence[Account], people: Sequence[Person], settled: Settled
) -> Assignment:
    return dict.fromkeys((account.id for account in free), people[0].id)


def _by_zone(
    free: Sequence[Account], people: Sequence[Person], settled: Settled
) -> Assignment:
    """Give each to who takes its zone, or the nearest one above it."""
    rest = next((person.id for person in people if not person.zones), None)
    takers = {zone: person.id for person in reversed(people) for zone in person.zones}
    return {
        account.id: next((takers[z] for z in account.zones if z in takers), rest)
        for account in free
    }


def _stretches(
    free: Sequence[Account], people: Sequence[Person], settled: Settled
) -> Assignment:
    """Give the next stretch of accounts to each, as long as the turns would make it."""
    turns = _turns(people, Counter(settled.values()))
    quota = Counter(next(turns) for _account in free)
    takers = (person.id for person in people for _turn in range(quota[person.id]))
    return {account.id: taker for account, taker in zip(free, takers, strict=True)}


def _in_turn(
    free: Sequence[Account], people: Sequence[Person], settled: Settled
) -> Assignment:
    """Deal from the largest down."""
    turns = _turns(people, Counter(settled.values()))
    by_size = sorted(free, key=lambda a: (-a.potential, -a.hectares))
    return {account.id: next(turns) for account in by_size}


def _turns(people: Sequence[Person], counts: Mapping[int, int]) -> Iterator[int]:
    """Yield for ever who has fewest accounts, each turn being one account more."""
    heap = [(counts.get(p.id, 0), place, p.id) for place, p in enumerate(people)]
    heapify(heap)
    while True:
        count, place, person = heap[0]
        yield person
        heapreplace(heap, (count + 1, place, person))


def _evenly(measure: str) -> Rule:
    """Return the rule that gives the largest first, to whoever has least so far."""
    weight = attrgetter(measure)

    def deal(
        free: Sequence[Account], people: Sequence[Person], settled: Settled
    ) -> Assignment:
        counts = Counter(settled.values())
        loads: Counter = Counter()
        for account, person in settled.items():
            loads[person] += weight(account)
        heap = [(loads[p.id], counts[p.id], i, p.id) for i, p in enumerate(people)]
        heapify(heap)
        dealt: Assignment = {}
        for account in sorted(free, key=weight, reverse=True):
            if weight(account) <= 0:
                break
            load, count, place, person = heap[0]
            dealt[account.id] = person
            counts[person] += 1
            heapreplace(heap, (load + weight(account), count + 1, place, person))
        turns = _turns(people, counts)
        dealt.update((a.id, next(turns)) for a in free if a.id not in dealt)
        return dealt

    return deal


#: by rule, who deals what is free to one or more people
DEALERS: dict[str, Rule] = {
    "one": _to_the_first,
    "zone": _by_zone,
    "count": _stretches,
    "hectares": _evenly("hectares"),
    "potential": _evenly("potential"),
    "round_robin": _in_turn,
}
RULES = tuple(DEALERS)
