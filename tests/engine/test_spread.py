import doctest
import unittest
from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine import spread as spread_module
from engine.spread import deal, spread

MONDAY = date(2025, 3, 3)
DAYS = [MONDAY + timedelta(days=n) for n in range(5)]
ROSA, JORGE, EVA = 1, 2, 3


def persons(calls):
    return [call.person for call in calls]


class TestSpread(unittest.TestCase):
    def test_doctest(self):
        self.assertEqual(doctest.testmod(spread_module).failed, 0)

    def test_everybody_calls_own_customers_from_the_first_day_on(self):
        customers = [("a", ROSA), ("b", ROSA), ("c", JORGE), ("d", ROSA)]
        self.assertEqual(
            spread(customers, [], DAYS, 2),
            [
                ("a", ROSA, DAYS[0]),
                ("b", ROSA, DAYS[0]),
                ("c", JORGE, DAYS[0]),
                ("d", ROSA, DAYS[1]),
            ],
        )

    def test_those_of_nobody_are_dealt_in_turn(self):
        customers = [(n, None) for n in range(5)]
        self.assertEqual(
            persons(spread(customers, [ROSA, JORGE], DAYS, 9)),
            [ROSA, JORGE, ROSA, JORGE, ROSA],
        )

    def test_without_stand_ins_nobody_calls_them(self):
        calls = spread([("a", None), ("b", ROSA)], [], DAYS, 1)
        self.assertEqual([call.customer for call in calls], ["b"])

    def test_a_stand_in_without_room_is_skipped(self):
        customers = [(n, None) for n in range(3)]
        taken = {(ROSA, DAYS[0]): 5}
        self.assertEqual(
            persons(spread(customers, [ROSA, JORGE], DAYS[:1], 2, taken)),
            [JORGE, JORGE],
        )

    def test_what_people_have_to_do_anyway_counts(self):
        taken = {(ROSA, DAYS[0]): 1, (ROSA, DAYS[1]): 2}
        calls = spread([(n, ROSA) for n in range(3)], [], DAYS, 2, taken)
        self.assertEqual([call.day for call in calls], [DAYS[0], DAYS[2], DAYS[2]])

    def test_the_first_customers_get_the_room_there_is(self):
        calls = spread([(n, ROSA) for n in range(9)], [], DAYS[:2], 2)
        self.assertEqual([call.customer for call in calls], [0, 1, 2, 3])

    def test_no_days(self):
        self.assertEqual(spread([("a", ROSA), ("b", None)], [JORGE], [], 2), [])

    @given(
        st.lists(st.sampled_from([None, ROSA, JORGE, EVA]), max_size=40),
        st.lists(st.sampled_from([ROSA, JORGE, EVA]), unique=True),
        st.integers(0, 5),
        st.integers(1, 4),
        st.dictionaries(
            st.tuples(st.sampled_from([ROSA, JORGE, EVA]), st.sampled_from(DAYS)),
            st.integers(0, 5),
        ),
    )
    def test_properties(self, owners, stand_ins, day_count, cap, taken):
        customers = list(enumerate(owners))
        days = DAYS[:day_count]
        calls = spread(customers, stand_ins, days, cap, taken)
        load = Counter((call.person, call.day) for call in calls)
        for key, count in load.items():
            self.assertLessEqual(count + taken.get(key, 0), cap)
        room = {
            person: sum(max(0, cap - taken.get((person, day), 0)) for day in days)
            for person in (ROSA, JORGE, EVA)
        }
        by_customer = {call.customer: call for call in calls}
        self.assertEqual(len(by_customer), len(calls))
        left = {person: room[person] - persons(calls).count(person) for person in room}
        for customer, owner in customers:
            call = by_customer.get(customer)
            if call:
                self.assertIn(call.person, stand_ins if owner is None else [owner])
            elif owner is None:
                self.assertFalse(any(left[person] for person in stand_ins))
            else:
                self.assertFalse(left[owner])


class TestDeal(unittest.TestCase):
    def test_in_turn(self):
        customers = [("a", None), ("b", EVA), ("c", None), ("d", None)]
        self.assertEqual(
            deal(customers, [ROSA, JORGE]),
            [("a", ROSA), ("b", EVA), ("c", JORGE), ("d", ROSA)],
        )

    def test_nobody(self):
        self.assertEqual(deal([("a", None)], []), [("a", None)])
