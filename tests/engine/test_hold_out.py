"""Who is held out: always the same, and of each quadrant its share."""

import doctest
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import hold_out
from engine.hold_out import count, held_out

audiences = st.dictionaries(
    st.integers(1, 10**6),
    st.sampled_from(["retention", "investment", "no_investment", "unknown", None]),
    max_size=60,
)
percents = st.integers(0, hold_out.MOST)


def test_docstring():
    assert doctest.testmod(hold_out).failed == 0


@given(audiences, st.text(max_size=5), percents)
def test_as_many_as_said_rounded_down(audience, seed, percent):
    chosen = held_out(audience, seed, percent)
    assert chosen <= set(audience)
    assert len(chosen) == count(len(audience), percent)


@given(audiences, percents)
def test_each_quadrant_gives_its_share_to_within_one(audience, percent):
    chosen = Counter(audience[id_] for id_ in held_out(audience, "seed", percent))
    for quadrant, size in Counter(audience.values()).items():
        assert abs(chosen[quadrant] - size * percent / 100) < 1


@given(audiences, percents)
def test_the_order_of_the_audience_decides_nothing(audience, percent):
    turned = dict(reversed(audience.items()))
    assert held_out(audience, "seed", percent) == held_out(turned, "seed", percent)


def test_another_seed_another_choice():
    audience = dict.fromkeys(range(1000))
    assert held_out(audience, "one", 10) != held_out(audience, "two", 10)


@pytest.mark.parametrize("percent", range(0, hold_out.MOST + 1))
def test_no_fraction_decides(percent):
    """29 of 100 are 29: 100 × 0.29 is less than that in binary."""
    assert len(held_out(dict.fromkeys(range(100)), "seed", percent)) == percent


def test_everybody_has_the_same_chance():
    """Over many seeds each of 20 customers is held out about as often."""
    often = Counter()
    for seed in range(2000):
        often.update(held_out(dict.fromkeys(range(20)), str(seed), 20))
    assert min(often.values()) > 330
    assert max(often.values()) < 470
