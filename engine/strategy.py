"""The strategies of a marketing campaign and their ranges, in plain Python.

A campaign asks two questions, "filter by potential?" and "filter by billing?".
Each answer "yes" has an inclusive range; an end that is ``None`` is open. The
strategy says how the two ranges must stand to one another (:func:`check`), and
:func:`matches` tells whether a customer belongs to the campaign.

All amounts are in one currency. A potential of ``None`` is unknown, which is not
zero: it lies in no range.

>>> retention = Criteria("retention", potential=Range(5000, 8000),
...                      billing=Range(5000, 8000))
>>> check(retention) is None, matches(retention, 6500, 7000)
(True, True)
>>> check(Criteria("investment", potential=Range(0, 500), billing=Range(600)))
'not_above'
"""

from dataclasses import dataclass
from decimal import Decimal
from math import inf

Amount = Decimal | float | int

RETENTION = "retention"
INVESTMENT = "investment"
REVISION = "revision"
NO_INVESTMENT = "no_investment"
ALL = "all"
FREE = "free"
#: strategies that name a quadrant and order the two ranges
QUADRANT_STRATEGIES = (RETENTION, INVESTMENT, REVISION, NO_INVESTMENT)
STRATEGIES = (*QUADRANT_STRATEGIES, ALL, FREE)

RANGES = "ranges"
QUADRANT = "quadrant"

#: what :func:`check` can find, in the order in which it looks
POTENTIAL_REVERSED = "potential_reversed"
BILLING_REVERSED = "billing_reversed"
NEEDS_BOTH = "needs_both"
NOT_EQUAL = "not_equal"
NOT_ABOVE = "not_above"
NOT_BELOW = "not_below"


@dataclass(frozen=True)
class Range:
    """An inclusive range of amounts; an end that is ``None`` is open."""

    start: Amount | None = None
    end: Amount | None = None

    @property
    def bounds(self) -> tuple[Amount, Amount]:
        """Both ends, an open one as the infinity it stands for."""
        return (
            -inf if self.start is None else self.start,
            inf if self.end is None else self.end,
        )

    @property
    def is_reversed(self) -> bool:
        """Whether "from" lies beyond "to", so that nothing can be inside."""
        start, end = self.bounds
        return start > end

    def holds(self, amount: Amount | None) -> bool:
        """Whether the amount lies in the range; an unknown one (None) never does."""
        start, end = self.bounds
        return amount is not None and start <= amount <= end

    def is_above(self, other: "Range") -> bool:
        """Whether no end is below the other range's, and at least one is higher."""
        return self.bounds != other.bounds and all(
            mine >= theirs
            for mine, theirs in zip(self.bounds, other.bounds, strict=True)
        )


@dataclass(frozen=True)
class Criteria:
    """Whom a campaign is for. A range that is None means the question's answer is no.

    ``mode`` tells which of the two ways is in force for the four strategies that
    name a quadrant: the ranges, or the quadrant that the policy gave the customer.
    """

    strategy: str
    mode: str = RANGES
    potential: Range | None = None
    billing: Range | None = None

    @property
    def follows_quadrant(self) -> bool:
        """Whether the policy's quadrant decides, and the ranges do not count."""
        return self.mode == QUADRANT and self.strategy in QUADRANT_STRATEGIES


def check(criteria: Criteria) -> str | None:
    """Say what is wrong with the ranges, as a code; None when they may stand."""
    if criteria.strategy == ALL or criteria.follows_quadrant:
        return None
    if criteria.potential and criteria.potential.is_reversed:
        return POTENTIAL_REVERSED
    if criteria.billing and criteria.billing.is_reversed:
        return BILLING_REVERSED
    if criteria.strategy == FREE:
        return None
    if not (criteria.potential and criteria.billing):
        return NEEDS_BOTH
    return _check_order(criteria.strategy, criteria.potential, criteria.billing)


def _check_order(strategy: str, potential: Range, billing: Range) -> str | None:
    """Say whether the ranges stand to one another as the strategy asks."""
    if strategy == INVESTMENT:
        return None if potential.is_above(billing) else NOT_ABOVE
    if strategy == REVISION:
        return None if billing.is_above(potential) else NOT_BELOW
    return None if potential.bounds == billing.bounds else NOT_EQUAL


def matches(
    criteria: Criteria,
    billing: Amount,
    potential: Amount | None,
    quadrant: str | None = None,
) -> bool:
    """Whether a customer with these figures belongs to the campaign.

    :param potential: None when it is not known: no range of potential holds it
    :param quadrant: the customer's class by the policy, used only when it decides
    """
    if criteria.strategy == ALL:
        return True
    if criteria.follows_quadrant:
        return quadrant == criteria.strategy
    return (criteria.potential is None or criteria.potential.holds(potential)) and (
        criteria.billing is None or criteria.billing.holds(billing)
    )


def propose(
    strategy: str,
    billing_cut: Amount | None,
    potential_cut: Amount | None,
    step: Amount,
) -> tuple[Range, Range]:
    """Ranges of potential and of billing that suit the strategy, from the cut points.

    "High" means at or above the cut, so a low range ends one ``step`` (the smallest
    unit of the currency) below it; a cut that is not known leaves its end open. The
    proposal never takes in a customer of known potential whom the policy puts in
    another quadrant. Where both ranges must be equal one amount has to serve for
    two cuts: the higher one for two high ranges, the lower one for two low ones.
    """
    cuts = [cut for cut in (billing_cut, potential_cut) if cut is not None]
    if strategy == RETENTION:
        both = Range(start=max(cuts, default=None))
        return both, both
    if strategy == NO_INVESTMENT:
        both = Range(end=_below(min(cuts, default=None), step))
        return both, both
    if strategy == INVESTMENT:
        return Range(start=potential_cut), Range(end=_below(billing_cut, step))
    if strategy == REVISION:
        return Range(end=_below(potential_cut, step)), Range(start=billing_cut)
    return Range(), Range()


def _below(cut: Amount | None, step: Amount) -> Amount | None:
    """The highest amount that is still low; None when there is no cut."""
    return None if cut is None else cut - step
