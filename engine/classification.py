"""Where "high" begins, and the quadrant a customer falls in.

``None`` stands for "not known" throughout: a potential that is not known is not zero,
and a cut point that cannot be found makes nobody high.
"""

import math
from collections.abc import Iterable
from decimal import Decimal

RETENTION = "retention"
INVESTMENT = "investment"
REVISION = "revision"
NO_INVESTMENT = "no_investment"
UNKNOWN = "unknown"

#: (high billing, high potential) → quadrant
QUADRANTS = {
    (True, True): RETENTION,
    (False, True): INVESTMENT,
    (True, False): REVISION,
    (False, False): NO_INVESTMENT,
}


def percentile_cut(values: Iterable[Decimal], percent: float) -> Decimal | None:
    """Return the ``percent``-th percentile of the values that are not zero.

    Nearest rank: the smallest value that at least ``percent`` % of the values do not
    exceed, always one of the values (PostgreSQL's ``percentile_disc``).

    :param percent: 0 to 100
    :return: None when there is no value but zeros
    """
    ranked = sorted(value for value in values if value)
    if not ranked:
        return None
    rank = max(math.ceil(float(percent) / 100.0 * len(ranked)), 1)
    return ranked[rank - 1]


def pareto_cut(values: Iterable[Decimal], percent: Decimal) -> Decimal | None:
    """Return the smallest value of the few customers that make up most of the total.

    Customers are taken from the largest down until together they make at least
    ``percent`` % of the total; the last one taken sets the cut (Pareto's rule; Juran's
    "vital few" with ``percent`` = 80).

    :param percent: 0 to 100
    :return: None when the total is not positive
    """
    ranked = sorted(values, reverse=True)
    total = sum(ranked, Decimal(0))
    if total <= 0:
        return None
    threshold = Decimal(percent) / 100 * total
    running = Decimal(0)
    for value in ranked:
        running += value
        if running >= threshold:
            return value
    return ranked[-1]


def is_high(value: Decimal, cut: Decimal | None) -> bool:
    """Tell whether ``value`` is high: at or above the cut, so ties fall together."""
    return cut is not None and value >= cut


def quadrant(
    billing: Decimal,
    potential: Decimal | None,
    billing_cut: Decimal | None,
    potential_cut: Decimal | None,
) -> str:
    """Return the quadrant of a customer billed ``billing`` of ``potential``."""
    if potential is None:
        return UNKNOWN
    return QUADRANTS[is_high(billing, billing_cut), is_high(potential, potential_cut)]


def share(billing: Decimal, potential: Decimal | None) -> float | None:
    """Return billing / potential, which may exceed 1; None where it has no meaning."""
    return float(billing / potential) if potential else None


def gap(billing: Decimal, potential: Decimal | None) -> Decimal | None:
    """Return potential − billing; None where the potential is unknown or zero."""
    return potential - billing if potential else None
