import doctest
import unittest

from engine import zone_match
from engine.zone_match import (
    Address,
    ZoneRule,
    best_zones,
    normalise_city,
    normalise_zip,
)


def rule(zone, depth=1, states=(), cities=(), zip_from="", zip_to=""):
    return ZoneRule(
        zone=zone,
        depth=depth,
        states=frozenset(states),
        cities=frozenset(map(normalise_city, cities)),
        zip_from=normalise_zip(zip_from),
        zip_to=normalise_zip(zip_to),
    )


def address(state=None, city="", code=""):
    return Address(state, normalise_city(city), normalise_zip(code))


class TestZoneMatch(unittest.TestCase):
    def test_zip_beats_city_beats_state(self):
        rules = [
            rule(1, states=[7]),
            rule(2, cities=["Montero"]),
            rule(3, zip_from="100", zip_to="199"),
        ]
        self.assertEqual(best_zones(rules, address(7, "Montero", "150")), [3])
        self.assertEqual(best_zones(rules, address(7, "Montero", "250")), [2])
        self.assertEqual(best_zones(rules, address(7, "Warnes", "250")), [1])
        self.assertEqual(best_zones(rules, address(8, "Warnes", "250")), [])

    def test_all_stated_criteria_must_hold(self):
        rules = [rule(1, states=[7], cities=["San Julián"])]
        self.assertEqual(best_zones(rules, address(7, "san julian")), [1])
        self.assertEqual(best_zones(rules, address(8, "San Julián")), [])
        self.assertEqual(best_zones(rules, address(7, "Warnes")), [])

    def test_a_city_within_a_state_beats_the_city_alone(self):
        rules = [rule(1, cities=["Warnes"]), rule(2, cities=["Warnes"], states=[7])]
        self.assertEqual(best_zones(rules, address(7, "Warnes")), [2])
        self.assertEqual(best_zones(rules, address(8, "Warnes")), [1])

    def test_the_deeper_zone_wins_and_ties_are_told(self):
        rules = [rule(1, states=[7]), rule(2, states=[7], depth=2)]
        self.assertEqual(best_zones(rules, address(7)), [2])
        rules.append(rule(3, states=[7], depth=2))
        self.assertEqual(best_zones(rules, address(7)), [2, 3])

    def test_zones_without_criteria_fit_nobody(self):
        self.assertEqual(best_zones([rule(1)], address(7, "Warnes", "1")), [])

    def test_zip_ends_are_inclusive_and_an_empty_end_is_open(self):
        closed, from_on, up_to = (
            [rule(1, zip_from="990", zip_to="1010")],
            [rule(1, zip_from="990")],
            [rule(1, zip_to="1010")],
        )
        for code in ("990", "1000", "1010"):
            self.assertEqual(best_zones(closed, address(code=code)), [1], code)
        for code in ("989", "1011", ""):
            self.assertEqual(best_zones(closed, address(code=code)), [], code)
        self.assertEqual(best_zones(from_on, address(code="99999")), [1])
        self.assertEqual(best_zones(from_on, address(code="989")), [])
        self.assertEqual(best_zones(up_to, address(code="0001")), [1])
        self.assertEqual(best_zones(up_to, address()), [])

    def test_zip_punctuation_is_ignored(self):
        rules = [rule(1, zip_from="78000-000", zip_to="78899-999")]
        self.assertEqual(best_zones(rules, address(code="78.055-100")), [1])
        self.assertEqual(best_zones(rules, address(code="79000-000")), [])

    def test_examples_of_the_docstrings(self):
        result = doctest.testmod(zone_match)
        self.assertTrue(result.attempted)
        self.assertFalse(result.failed)
