"""Who of an audience is held out, so that a campaign can be measured against them.

Nobody chooses: the customers are put in order by quadrant, and within it by a hash of
the campaign's seed and the customer, and every so many-th is held out. The same seed
always chooses the same customers, another one others, and each quadrant gives its share
to within one customer.

>>> sorted(held_out({1: "retention", 2: "retention", 3: "unknown"}, "a", 67))
[1, 3]
>>> held_out({1: "retention", 2: "retention"}, "a", 0)
set()
"""

from collections.abc import Mapping
from hashlib import md5

from . import statistics

#: the most that may be held out, in per cent: a campaign is for the others
MOST = 50
#: what may be proposed, in per cent
PROPOSALS = (5, 10, 15, 20)
#: the smallest share is proposed that shows this difference in buyers
WANTED = 0.05
#: nobody is held out where not even this difference would show
WORTHWHILE = 0.25


def token(seed: str, customer: int) -> str:
    """Return what orders the customers of a quadrant: random, but always the same."""
    return md5(f"{seed}:{customer}".encode(), usedforsecurity=False).hexdigest()


def held_out(quadrants: Mapping[int, str | None], seed: str, percent: int) -> set[int]:
    """Return the customers that are held out.

    :param quadrants: of each customer by its id; without quadrant they come first
    :param percent: whole, so that no rounding of fractions decides about anybody;
        the number held out is rounded down
    """
    order = sorted(quadrants, key=lambda id_: (quadrants[id_] or "", token(seed, id_)))
    return {
        customer
        for rank, customer in enumerate(order, 1)
        if rank * percent // 100 > (rank - 1) * percent // 100
    }


def count(customers: int, percent: int) -> int:
    """Return how many of so many customers are held out."""
    return customers * percent // 100


def detectable(customers: int, percent: int, buyers: float) -> float | None:
    """Return the smallest difference in the share of buyers that will show.

    :param customers: contacted and held out
    :param buyers: the share that would buy without the campaign
    :return: None when no difference would show
    """
    held = count(customers, percent)
    return statistics.detectable_difference(buyers, customers - held, held)


def propose(customers: int, buyers: float) -> int:
    """Return how much of an audience to hold out, in per cent: 0 if it is too small.

    Holding out costs sales, so it is as little as shows a difference of ``WANTED``;
    where not even the largest proposal does, that one, if it shows ``WORTHWHILE``.
    """
    for percent in PROPOSALS:
        shown = detectable(customers, percent, buyers)
        if shown is not None and shown <= WANTED:
            return percent
    return percent if shown is not None and shown <= WORTHWHILE else 0
