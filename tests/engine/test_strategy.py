"""The rules of a campaign's ranges (design.md, rule 8): milliseconds, no database."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import strategy
from engine.strategy import Criteria, Range, check, matches, propose

GOLDEN = [
    ("retention", Range(5000, 8000), Range(5000, 8000)),
    ("investment", Range(8000, 10000), Range(1000, 2000)),
    ("revision", Range(1000, 2000), Range(8000, 10000)),
    ("no_investment", Range(0, 1000), Range(0, 1000)),
]
amounts = st.integers(-50, 50)
ends = st.none() | amounts
ranges = st.builds(Range, ends, ends)
four = st.sampled_from(strategy.QUADRANT_STRATEGIES)


def test_docstring():
    assert doctest.testmod(strategy).failed == 0


@pytest.mark.parametrize(("name", "potential", "billing"), GOLDEN)
class TestGoldenCells:
    def test_stands(self, name, potential, billing):
        assert check(Criteria(name, "ranges", potential, billing)) is None

    def test_both_ends_are_inside(self, name, potential, billing):
        criteria = Criteria(name, "ranges", potential, billing)
        assert matches(criteria, billing.start, potential.start)
        assert matches(criteria, billing.end, potential.end)

    def test_beyond_an_end_is_outside(self, name, potential, billing):
        criteria = Criteria(name, "ranges", potential, billing)
        assert not matches(criteria, billing.start - 1, potential.start)
        assert not matches(criteria, billing.end + 1, potential.end)
        assert not matches(criteria, billing.start, potential.start - 1)
        assert not matches(criteria, billing.end, potential.end + 1)

    def test_contradicts_every_strategy_of_another_order(
        self, name, potential, billing
    ):
        same_order = {
            "retention": {"retention", "no_investment"},
            "no_investment": {"retention", "no_investment"},
        }.get(name, {name})
        stand = {
            other
            for other in strategy.QUADRANT_STRATEGIES
            if check(Criteria(other, "ranges", potential, billing)) is None
        }
        assert stand == same_order


@pytest.mark.parametrize(
    ("name", "potential", "billing", "code"),
    [
        ("retention", Range(5000, 8000), Range(5000, 8001), "not_equal"),
        ("retention", Range(5000, None), Range(5000, 8000), "not_equal"),
        ("no_investment", Range(None, 1000), Range(0, 1000), "not_equal"),
        ("investment", Range(1000, 2000), Range(1000, 2000), "not_above"),
        ("investment", Range(1000, 3000), Range(1500, 2000), "not_above"),
        ("investment", Range(1000, None), Range(None, None), None),
        ("investment", Range(None, 5000), Range(None, None), "not_above"),
        ("investment", Range(2000, 2000), Range(1000, 2000), None),
        ("revision", Range(1000, 2000), Range(1000, 2000), "not_below"),
        ("revision", Range(None, 2000), Range(None, None), None),
        ("revision", Range(1000, 9000), Range(500, 10000), "not_below"),
        ("revision", Range(1000, 2000), None, "needs_both"),
        ("retention", None, Range(1000, 2000), "needs_both"),
        ("investment", None, None, "needs_both"),
        ("free", Range(2000, 1000), None, "potential_reversed"),
        ("free", None, Range(2000, 1000), "billing_reversed"),
        ("retention", Range(8000, 5000), Range(8000, 5000), "potential_reversed"),
        ("free", Range(7, 7), Range(0, 3), None),
        ("all", Range(2000, 1000), None, None),
    ],
)
def test_check(name, potential, billing, code):
    assert check(Criteria(name, "ranges", potential, billing)) == code


def test_ranges_do_not_count_when_the_quadrant_decides():
    criteria = Criteria("retention", "quadrant", Range(9, 1), None)
    assert check(criteria) is None
    assert matches(criteria, -5, None, "retention")
    assert not matches(criteria, 5, 5, "unknown")


@pytest.mark.parametrize("name", ["all", "free"])
def test_strategies_without_a_quadrant_never_follow_it(name):
    criteria = Criteria(name, "quadrant", Range(0, 10), Range(0, 10))
    assert not criteria.follows_quadrant
    assert matches(criteria, 5, 5, "unknown")


def test_zero_is_an_end_and_none_is_open():
    assert not Range(0, None).holds(-1)
    assert Range(None, 0).holds(-1)
    assert not Range(None, 0).holds(1)


@given(amounts, st.none() | amounts)
def test_both_answers_no_is_every_customer(billing, potential):
    for name in ("all", "free"):
        assert matches(Criteria(name), billing, potential)


@given(ranges, amounts)
def test_unknown_potential_lies_in_no_range(potential, billing):
    assert not potential.holds(None)
    assert not matches(Criteria("free", potential=potential), billing, None)
    assert matches(Criteria("free", billing=Range()), billing, None)


@given(ranges, ranges)
def test_above_is_a_strict_order(one, other):
    assert not (one.is_above(other) and other.is_above(one))
    assert not one.is_above(one)


@given(ranges, ranges)
def test_a_pair_of_ranges_has_one_order_at_most(potential, billing):
    codes = [
        check(Criteria(name, "ranges", potential, billing))
        for name in ("retention", "investment", "revision")
    ]
    assert codes.count(None) <= 1


@given(four, ends, ends)
def test_proposal_stands_when_there_is_a_cut(name, billing_cut, potential_cut):
    potential, billing = propose(name, billing_cut, potential_cut, 1)
    code = check(Criteria(name, "ranges", potential, billing))
    if billing_cut is potential_cut is None and name in ("investment", "revision"):
        assert code in ("not_above", "not_below")
    else:
        assert code is None


@given(four, amounts, amounts, amounts, amounts)
def test_proposal_stays_in_the_quadrant(
    name, billing_cut, potential_cut, billing, potential
):
    ranges = propose(name, billing_cut, potential_cut, 1)
    if matches(Criteria(name, "ranges", *ranges), billing, potential):
        assert (
            name
            == {
                (True, True): "retention",
                (True, False): "revision",
                (False, True): "investment",
                (False, False): "no_investment",
            }[billing >= billing_cut, potential >= potential_cut]
        )
