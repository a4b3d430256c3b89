"""What sells together: who bought one thing, and the other?

A basket is all that a customer bought in a period, each thing once. A rule A → B says
that customers of A also buy B, with the usual measures of market-basket analysis:

- support: the share of all customers who bought both
- confidence: the share of customers of A who bought B as well
- lift: confidence against the share of all customers who bought B; above 1, customers
  of A buy B more often than others do

>>> rule, = rules({1: {"seed", "urea"}, 2: {"seed"}, 3: {"diesel"}}, Fraction(1, 3))[:1]
>>> rule.bought, rule.offer, rule.customers, rule.candidates
('seed', 'urea', 1, 1)
>>> rule.support, rule.confidence, rule.lift
(Fraction(1, 3), Fraction(1, 2), Fraction(3, 2))
"""

from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from fractions import Fraction
from itertools import permutations
from typing import NamedTuple


class Rule(NamedTuple):
    """Customers of ``bought`` also buy ``offer``."""

    bought: Hashable
    offer: Hashable
    #: who bought both
    customers: int
    #: who bought the one and not yet the other
    candidates: int
    support: Fraction
    confidence: Fraction
    lift: Fraction


def rules(
    baskets: Mapping[Hashable, Collection[Hashable]], minimum_support: Fraction
) -> list[Rule]:
    """Return the rules of at least that support, the most customers first.

    :param baskets: what each customer bought; who bought nothing does not count
    """
    bought = [set(basket) for basket in baskets.values() if basket]
    alone = Counter(thing for basket in bought for thing in basket)
    both = Counter(
        pair for basket in bought for pair in permutations(sorted(basket), 2)
    )
    found = [
        _rule(pair, customers, alone, len(bought)) for pair, customers in both.items()
    ]
    kept = [rule for rule in found if rule.support >= minimum_support]
    return sorted(kept, key=lambda rule: (-rule.customers, rule.bought, rule.offer))


def _rule(pair, customers, alone, total):
    bought, offer = pair
    confidence = Fraction(customers, alone[bought])
    return Rule(
        bought=bought,
        offer=offer,
        customers=customers,
        candidates=alone[bought] - customers,
        support=Fraction(customers, total),
        confidence=confidence,
        lift=confidence / Fraction(alone[offer], total),
    )
