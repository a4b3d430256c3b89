"""What sells together."""

import doctest
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine import association
from engine.association import rules

baskets_of = st.dictionaries(
    st.integers(0, 20), st.sets(st.sampled_from("abcd")), max_size=12
)
shares = st.fractions(0, 1)


def test_examples():
    assert doctest.testmod(association).failed == 0


def test_tea_and_coffee():
    """Of 1000 people 200 drink tea, 800 coffee, 150 both (Tan, Steinbach, Kumar)."""
    drinks = (
        [{"tea", "coffee"}] * 150
        + [{"tea"}] * 50
        + [{"coffee"}] * 650
        + [{"water"}] * 150
    )
    found = rules(dict(enumerate(drinks)), Fraction(1, 10))
    by_pair = {(rule.bought, rule.offer): rule for rule in found}
    assert by_pair.keys() == {("tea", "coffee"), ("coffee", "tea")}
    rule = by_pair["tea", "coffee"]
    assert (rule.support, rule.confidence) == (Fraction(15, 100), Fraction(75, 100))
    assert rule.lift == Fraction(9375, 10000)
    assert (rule.customers, rule.candidates) == (150, 50)


def test_who_bought_nothing_is_no_customer():
    (rule, _back) = rules({1: {"a", "b"}, 2: set()}, Fraction(1))
    assert rule.support == 1


@given(baskets_of, shares)
def test_both_ways_have_the_same_support_and_lift(baskets, minimum):
    found = {(rule.bought, rule.offer): rule for rule in rules(baskets, minimum)}
    for (bought, offer), rule in found.items():
        back = found[offer, bought]
        assert (rule.support, rule.lift) == (back.support, back.lift)
        assert minimum <= rule.support <= rule.confidence <= 1


@given(baskets_of)
def test_candidates_are_those_with_the_one_and_not_the_other(baskets):
    for rule in rules(baskets, Fraction(0)):
        lacking = [
            basket
            for basket in baskets.values()
            if rule.bought in basket and rule.offer not in basket
        ]
        assert rule.candidates == len(lacking)
