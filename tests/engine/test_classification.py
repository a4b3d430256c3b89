"""Rules 5 and 6: share, gap, cut points, quadrants."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import classification as rules

money = st.decimals("-1000", "100000", places=2)
percents = st.integers(0, 100)


def decimals(*values):
    return [Decimal(str(value)) for value in values]


@pytest.mark.parametrize(
    ("billing", "potential", "quadrant"),
    [
        (100, 100, "retention"),
        (99, 100, "investment"),
        (100, 99, "revision"),
        (99, 99, "no_investment"),
        (100, None, "unknown"),
        (0, 0, "no_investment"),
    ],
)
def test_high_means_at_or_above_the_cut(billing, potential, quadrant):
    assert rules.quadrant(billing, potential, 100, 100) == quadrant


def test_without_a_cut_nobody_is_high():
    assert rules.quadrant(10**9, 10**9, None, None) == "no_investment"


def test_share_over_one_is_kept():
    assert rules.share(Decimal(300), Decimal(200)) == 1.5


@pytest.mark.parametrize("potential", [None, Decimal(0)])
def test_share_and_gap_are_empty_without_potential(potential):
    assert rules.share(Decimal(5), potential) is None
    assert rules.gap(Decimal(5), potential) is None


def test_gap_is_negative_when_billed_over_potential():
    assert rules.gap(Decimal(300), Decimal(200)) == -100


def test_pareto_takes_the_fewest_that_make_the_share():
    # 50 + 30 are exactly 80 % of 100: the next, 10, is not needed.
    assert rules.pareto_cut(decimals(10, 50, 30, 10), 80) == 30
    assert rules.pareto_cut(decimals(10, 50, 30, 10), 81) == 10


def test_pareto_ties_fall_on_the_same_side():
    values = decimals(40, 20, 20, 20)
    cut = rules.pareto_cut(values, 60)
    assert [rules.is_high(value, cut) for value in values] == [True] * 4


@pytest.mark.parametrize("values", [[], decimals(0, 0), decimals(-5, 2)])
def test_pareto_of_nothing_has_no_cut(values):
    assert rules.pareto_cut(values, 80) is None


def test_percentile_leaves_zeros_out():
    assert rules.percentile_cut(decimals(0, 0, 0, 10, 20, 30, 40, 50), 80) == 40


def test_percentile_bounds_are_the_extremes():
    values = decimals(3, 1, 2)
    assert rules.percentile_cut(values, 0) == 1
    assert rules.percentile_cut(values, 100) == 3
    assert rules.percentile_cut(decimals(0), 50) is None


@given(st.lists(money), percents)
def test_pareto_high_customers_make_the_share_and_none_is_spare(values, percent):
    cut = rules.pareto_cut(values, percent)
    total = sum(values, Decimal(0))
    if cut is None:
        assert total <= 0
        return
    threshold = Decimal(percent) / 100 * total
    assert (
        sum(value for value in values if value >= cut) >= threshold or min(values) < 0
    )
    above = sum((value for value in values if value > cut), Decimal(0))
    assert above < threshold or percent == 0


@given(st.lists(money), percents)
def test_percentile_is_a_value_that_enough_do_not_exceed(values, percent):
    cut = rules.percentile_cut(values, percent)
    counted = [value for value in values if value]
    if cut is None:
        assert not counted
        return
    assert cut in counted
    at_most = sum(value <= cut for value in counted)
    assert at_most >= percent / 100 * len(counted) - 1e-9


@given(st.lists(money, min_size=1), percents, st.decimals("0.01", "100", places=2))
def test_cuts_scale_with_the_money(values, percent, factor):
    cut = rules.pareto_cut(values, percent)
    scaled = rules.pareto_cut([value * factor for value in values], percent)
    assert scaled == (None if cut is None else cut * factor)
