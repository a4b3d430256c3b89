import doctest
import unittest
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from engine import handover
from engine.handover import RULES, Account, Person, split

ANA, BEA, EVA = Person(1), Person(2), Person(3)


def accounts(*hectares):
    return [Account(n, hectares=ha) for n, ha in enumerate(hectares, start=1)]


def shares(dealt):
    """Return {person: [accounts]}."""
    result = {}
    for account, person in dealt.items():
        result.setdefault(person, []).append(account)
    return result


class TestRules(unittest.TestCase):
    def test_one_takes_all(self):
        self.assertEqual(split("one", accounts(1, 2), [BEA]), {1: 2, 2: 2})

    def test_nobody_to_take_them(self):
        for rule in RULES:
            self.assertEqual(split(rule, accounts(1, 2), []), {1: None, 2: None})

    def test_the_nearest_zone_decides(self):
        south = Person(1, frozenset([10]))
        village = Person(2, frozenset([11]))
        land = [Account(1, zones=(10,)), Account(2, zones=(11, 10)), Account(3)]
        self.assertEqual(split("zone", land, [south, village]), {1: 1, 2: 2, 3: None})

    def test_who_has_no_zone_takes_the_rest(self):
        south = Person(1, frozenset([10]))
        land = [Account(1, zones=(10,)), Account(2, zones=(20,)), Account(3)]
        self.assertEqual(split("zone", land, [BEA, south]), {1: 1, 2: 2, 3: 2})

    def test_equal_count_keeps_neighbours_together(self):
        dealt = split("count", accounts(*range(7)), [ANA, BEA, EVA])
        self.assertEqual(shares(dealt), {1: [1, 2, 3], 2: [4, 5], 3: [6, 7]})

    def test_round_robin_deals_from_the_largest_down(self):
        land = [Account(n, potential=n) for n in range(1, 6)]
        self.assertEqual(
            split("round_robin", land, [ANA, BEA]), {1: 1, 2: 2, 3: 1, 4: 2, 5: 1}
        )

    def test_equal_hectares(self):
        dealt = split("hectares", accounts(60, 50, 40, 30, 20), [ANA, BEA])
        self.assertEqual(shares(dealt), {1: [1, 4, 5], 2: [2, 3]})

    def test_equal_potential_does_not_look_at_hectares(self):
        land = [
            Account(1, hectares=9, potential=1),
            Account(2, hectares=1, potential=9),
        ]
        self.assertEqual(split("potential", land, [ANA, BEA]), {1: 2, 2: 1})

    def test_ties_go_to_who_stands_first(self):
        dealt = split("hectares", accounts(10, 10), [BEA, ANA])
        self.assertEqual(dealt, {1: 2, 2: 1})

    def test_what_weighs_nothing_is_dealt_by_number(self):
        dealt = split("hectares", accounts(90, 10, 10, 0, 0, 0), [ANA, BEA])
        self.assertEqual(shares(dealt), {1: [1, 4, 5], 2: [2, 3, 6]})

    def test_settled_accounts_stay_and_weigh(self):
        land = accounts(50, 40, 10, 5)
        dealt = split("hectares", land, [ANA, BEA], {1: ANA.id})
        self.assertEqual(shares(dealt), {1: [1, 4], 2: [2, 3]})
        dealt = split("count", land, [ANA, BEA], {1: ANA.id, 2: ANA.id})
        self.assertEqual(shares(dealt), {1: [1, 2], 2: [3, 4]})

    def test_examples_of_the_docstrings(self):
        result = doctest.testmod(handover)
        self.assertTrue(result.attempted)
        self.assertFalse(result.failed)


sizes = st.lists(st.integers(0, 5000).map(lambda n: n / 4), max_size=60)
crew = st.integers(1, 6).map(lambda n: [Person(i) for i in range(1, n + 1)])


class TestProperties(unittest.TestCase):
    @given(st.sampled_from(RULES), sizes, crew)
    def test_every_account_goes_to_one_of_the_people(self, rule, hectares, people):
        land = accounts(*hectares)
        dealt = split(rule, land, people)
        self.assertEqual(list(dealt), [account.id for account in land])
        self.assertLessEqual(set(dealt.values()), {person.id for person in people})
        self.assertEqual(dealt, split(rule, land, people))

    @given(st.sampled_from(["count", "round_robin"]), sizes, crew)
    def test_numbers_differ_by_one_at_most(self, rule, hectares, people):
        counts = Counter(split(rule, accounts(*hectares), people).values())
        each = [counts[person.id] for person in people]
        self.assertLessEqual(max(each) - min(each), 1)

    @given(sizes, crew)
    def test_hectares_differ_by_the_largest_account_at_most(self, hectares, people):
        land = accounts(*hectares)
        dealt = split("hectares", land, people)
        loads = Counter({person.id: 0 for person in people})
        for account in land:
            loads[dealt[account.id]] += account.hectares
        spread = max(loads.values()) - min(loads.values())
        self.assertLessEqual(spread, max(hectares, default=0))

    @given(
        st.sampled_from(RULES),
        sizes,
        crew,
        st.dictionaries(st.integers(1, 60), st.integers(0, 5)),
    )
    def test_what_is_settled_stays(self, rule, hectares, people, choices):
        land = accounts(*hectares)
        settled = {
            account.id: people[choices[account.id] % len(people)].id
            for account in land
            if account.id in choices
        }
        dealt = split(rule, land, people, settled)
        self.assertEqual({id_: dealt[id_] for id_ in settled}, settled)
