"""Published figures to the printed digits, and what must hold of any data."""

import doctest
import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import statistics
from engine.statistics import (
    bootstrap_difference,
    detectable_difference,
    newcombe,
    two_proportion_p_value,
    wilson,
)

#: survival in days of 7 treated mice and 9 others (Efron, Tibshirani 1993, table 2.1)
TREATED = [94, 197, 16, 38, 99, 141, 23]
UNTREATED = [52, 104, 146, 10, 51, 30, 40, 27, 46]

groups = st.integers(1, 400).flatmap(
    lambda size: st.tuples(st.integers(0, size), st.just(size))
)


def test_docstring():
    assert doctest.testmod(statistics).failed == 0


def error_told_by(found):
    """Return the standard error of a bell curve with this interval."""
    return (found.high - found.low) / 2 / 1.96


class TestDetectableDifference:
    """Two-sided alpha 0.05, power 0.8, pooled variance."""

    @pytest.mark.parametrize(
        ("share", "other", "size"), [(0.10, 0.15, 686), (0.20, 0.30, 294)]
    )
    def test_published(self, share, other, size):
        """So many in each group show the difference, and one less does not."""
        shown = detectable_difference(share, size, size)
        assert shown == pytest.approx(other - share, abs=1e-3)
        assert shown <= other - share
        assert detectable_difference(share, size - 1, size - 1) > other - share

    def test_is_the_same_from_either_end(self):
        assert detectable_difference(0.9, 500, 100) == detectable_difference(
            0.1, 500, 100
        )

    def test_nothing_shows_with_a_handful(self):
        assert detectable_difference(0.2, 3, 1) is None

    def test_nothing_shows_without_a_group(self):
        assert detectable_difference(0.2, 100, 0) is None
        assert detectable_difference(0.2, 0, 100) is None

    @given(st.floats(0, 1), st.integers(1, 10**6), st.integers(1, 10**6))
    def test_more_customers_show_smaller_differences(self, share, size, other):
        few = detectable_difference(share, size, other)
        many = detectable_difference(share, size * 2, other * 2)
        assert few is None or 0 < many <= few <= 1


class TestNewcombe:
    """Newcombe 1998, Statistics in Medicine 17, table II, method 10."""

    @pytest.mark.parametrize(
        ("counts", "low", "high"),
        [
            ((56, 70, 48, 80), 0.0524, 0.3339),
            ((9, 10, 3, 10), 0.1705, 0.8090),
            ((6, 7, 2, 7), 0.0582, 0.8062),
            ((5, 56, 0, 29), -0.0381, 0.1926),
            ((0, 10, 0, 20), -0.1611, 0.2775),
            ((0, 10, 0, 10), -0.2775, 0.2775),
            ((10, 10, 0, 20), 0.6791, 1.0),
            ((10, 10, 0, 10), 0.6075, 1.0),
        ],
    )
    def test_published(self, counts, low, high):
        assert newcombe(*counts).rounded(4)[1:] == (low, high)

    def test_visits_of_hillstroms_mail_campaign(self):
        """Visits of 21 307 customers who got the men's e-mail, and 21 306 who did not.

        The sentence that the campaign would show: +7.7 points, 7.0 to 8.3.
        """
        visits = newcombe(3894, 21307, 2262, 21306)
        assert [round(100 * x, 1) for x in visits.rounded(6)] == [7.7, 7.0, 8.3]
        assert visits.is_conclusive
        assert two_proportion_p_value(3894, 21307, 2262, 21306) < 1e-100

    @given(groups, groups)
    def test_interval_holds_the_difference_and_stays_possible(self, one, other):
        found = newcombe(*one, *other)
        assert -1 - 1e-9 <= found.low <= found.difference + 1e-9
        assert found.difference - 1e-9 <= found.high <= 1 + 1e-9

    @given(groups, groups)
    def test_groups_the_other_way_round_turn_the_sign(self, one, other):
        found, turned = newcombe(*one, *other), newcombe(*other, *one)
        assert found.low == pytest.approx(-turned.high)
        assert found.high == pytest.approx(-turned.low)

    @given(groups)
    def test_wilson_holds_the_share(self, group):
        low, high = wilson(*group)
        share = group[0] / group[1]
        assert 0 <= low <= share + 1e-9
        assert share - 1e-9 <= high <= 1


class TestPValue:
    def test_textbook(self):
        """Chi-square is 7.03 for 56 of 70 against 48 of 80."""
        assert round(two_proportion_p_value(56, 70, 48, 80), 4) == 0.0080

    @pytest.mark.parametrize("bought", [0, 5])
    def test_no_difference_at_all(self, bought):
        assert two_proportion_p_value(bought, 5, bought, 5) == 1

    @given(groups, groups)
    def test_is_a_probability(self, one, other):
        assert 0 <= two_proportion_p_value(*one, *other) <= 1 + 1e-12


class TestBootstrap:
    def test_mouse_data(self):
        """Difference of means 30.63, bootstrap standard error about 26.9."""
        found = bootstrap_difference(TREATED, 7, UNTREATED, 9, resamples=20_000)
        assert round(found.difference, 2) == 30.63
        assert error_told_by(found) == pytest.approx(26.9, abs=0.5)
        assert not found.is_conclusive

    def test_same_seed_same_interval(self):
        once = bootstrap_difference(TREATED, 7, UNTREATED, 9)
        assert bootstrap_difference(TREATED, 7, UNTREATED, 9) == once
        assert bootstrap_difference(TREATED, 7, UNTREATED, 9, seed=1) != once

    def test_who_bought_nothing_counts_without_being_drawn(self):
        """Listing the zeros or not is the same experiment."""
        listed = bootstrap_difference(
            [*TREATED, *[0] * 93], 100, [*UNTREATED, *[0] * 91], 100, resamples=20_000
        )
        counted = bootstrap_difference(TREATED, 100, UNTREATED, 100, resamples=20_000)
        assert counted.difference == listed.difference
        for end in ("low", "high"):
            assert getattr(counted, end) == pytest.approx(
                getattr(listed, end), rel=0.05
            )

    def test_interval_of_a_large_sample_is_the_one_by_theory(self):
        amounts = numpy.random.default_rng(7).lognormal(3, 1, 4000)
        others = numpy.random.default_rng(8).lognormal(3, 1, 1000)
        found = bootstrap_difference(amounts, 4000, others, 1000)
        error = math.sqrt(amounts.var() / 4000 + others.var() / 1000)
        assert error_told_by(found) == pytest.approx(error, rel=0.05)
        assert found.low == pytest.approx(
            found.difference - 1.96 * error, abs=error / 4
        )

    def test_nobody_bought(self):
        found = bootstrap_difference([], 10, [], 5)
        assert found.rounded(9) == (0, 0, 0)
        assert not found.is_conclusive

    def test_one_group_bought(self):
        found = bootstrap_difference([10.0] * 10, 10, [], 5)
        assert found.rounded(9) == (10, 10, 10)
        assert found.is_conclusive

    def test_credits_are_amounts_below_zero(self):
        found = bootstrap_difference([-4.0, 2.0], 4, [], 4)
        assert found.difference == -0.5
        assert found.low < -0.5 < found.high
