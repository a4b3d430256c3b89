"""Whether a campaign changed anything: differences between two groups, with intervals.

Shares are between 0 and 1. The first group was contacted, the second held out; a
difference is the first less the second. Everything is two-sided.

>>> newcombe(56, 70, 48, 80).rounded(4)
(0.2, 0.0524, 0.3339)
>>> round(detectable_difference(0.10, 686, 686), 4)
0.05
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from statistics import NormalDist

import numpy

#: probability of an error of the first kind: seeing a difference where there is none
ALPHA = 0.05
#: probability of seeing a difference that is there
POWER = 0.8
#: samples drawn by the bootstrap
RESAMPLES = 1000
#: the bell curve says nothing of how much shows in smaller groups
SMALLEST = 5
#: of the random numbers of the bootstrap, so that the same data give the same interval
SEED = 20_241_101


@dataclass(frozen=True)
class Estimate:
    """A difference with the ends of its interval."""

    difference: float
    low: float
    high: float

    @property
    def is_conclusive(self) -> bool:
        """Whether the interval leaves no doubt of the direction."""
        return self.low > 0 or self.high < 0

    def rounded(self, digits: int) -> tuple[float, float, float]:
        """Return difference and ends, rounded."""
        return tuple(round(x, digits) for x in (self.difference, self.low, self.high))


def _quantile(probability: float) -> float:
    return NormalDist().inv_cdf(probability)


# --- Two proportions ------------------------------------------------------------------


def wilson(successes: int, size: int, alpha: float = ALPHA) -> tuple[float, float]:
    """Return Wilson's interval of a share: it never leaves 0 to 1."""
    z2 = _quantile(1 - alpha / 2) ** 2
    share = successes / size
    centre = share + z2 / (2 * size)
    margin = math.sqrt(z2 * (share * (1 - share) / size + z2 / (4 * size**2)))
    low, high = ((centre + sign * margin) / (1 + z2 / size) for sign in (-1, 1))
    return max(low, 0.0), min(high, 1.0)


def newcombe(
    successes: int, size: int, other: int, other_size: int, alpha: float = ALPHA
) -> Estimate:
    """Return the difference of two shares with Newcombe's hybrid score interval.

    Made of the Wilson intervals of both (Newcombe 1998, method 10), it holds for small
    groups and for shares near 0 and 1 too.

    :raise ZeroDivisionError: when a group is empty
    """
    share, other_share = successes / size, other / other_size
    low, high = wilson(successes, size, alpha)
    other_low, other_high = wilson(other, other_size, alpha)
    difference = share - other_share
    return Estimate(
        difference,
        difference - math.hypot(share - low, other_high - other_share),
        difference + math.hypot(high - share, other_share - other_low),
    )


def two_proportion_p_value(
    successes: int, size: int, other: int, other_size: int
) -> float:
    """Return the probability of such a difference, or a larger one, by chance alone.

    By the z test with pooled variance; 1 when nobody, or everybody, succeeded.
    """
    pooled = (successes + other) / (size + other_size)
    error = math.sqrt(pooled * (1 - pooled) * (1 / size + 1 / other_size))
    if not error:
        return 1.0
    z = (successes / size - other / other_size) / error
    return 2 * NormalDist().cdf(-abs(z))


# --- How much shows -------------------------------------------------------------------


def _needed(share: float, other_share: float, size: float, other_size: float) -> float:
    """Return the difference that two groups must have to show, were it theirs."""
    pooled = (share * size + other_share * other_size) / (size + other_size)
    return _quantile(1 - ALPHA / 2) * math.sqrt(
        pooled * (1 - pooled) * (1 / size + 1 / other_size)
    ) + _quantile(POWER) * math.sqrt(
        share * (1 - share) / size + other_share * (1 - other_share) / other_size
    )


def detectable_difference(share: float, size: int, other_size: int) -> float | None:
    """Return the smallest difference that shows, from a share of the held-out group.

    In either direction: the one in which there is more room.

    :return: None when no difference would show
    """
    if min(size, other_size) < SMALLEST:
        return None
    share = min(share, 1 - share)
    room = 1 - share

    def shows(difference):
        # clipped: the sum may pass 1 by a rounding error
        return difference >= _needed(
            min(share + difference, 1.0), share, size, other_size
        )

    if not shows(room):
        return None
    low, high = 0.0, room
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high


# --- Amounts --------------------------------------------------------------------------


def bootstrap_difference(
    amounts: Collection[float],
    size: int,
    other: Collection[float],
    other_size: int,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Estimate:
    """Return the difference of two means, with the percentile interval of a bootstrap.

    Amounts of money are skewed: most customers buy nothing, a few very much. So the
    interval is not taken from a bell curve, but from the differences found in samples
    drawn anew, with replacement, from the customers themselves.

    :param amounts: those of the group that are not zero; the other customers of its
        ``size`` have zero. They need not be drawn one by one: only how many of a sample
        are not zero is. Time and memory go with the number of buyers.
    :raise ZeroDivisionError: when a group is empty
    """
    random = numpy.random.default_rng(seed)
    drawn = _means(random, amounts, size, resamples)
    drawn -= _means(random, other, other_size, resamples)
    low, high = numpy.quantile(drawn, [ALPHA / 2, 1 - ALPHA / 2])
    return Estimate(
        float(numpy.sum(amounts) / size - numpy.sum(other) / other_size),
        float(low),
        float(high),
    )


def _means(random, amounts, size, resamples):
    """Return the means of samples of a group, one after the other: memory for one."""
    amounts = numpy.asarray(amounts, dtype=float)
    means = numpy.zeros(resamples)
    if not len(amounts):
        return means
    counts = random.binomial(size, len(amounts) / size, resamples)
    for number, drawn in enumerate(counts):
        chosen = random.integers(len(amounts), size=drawn, dtype=numpy.int32)
        means[number] = amounts[chosen].sum() / size
    return means
