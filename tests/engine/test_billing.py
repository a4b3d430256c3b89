"""Rule 3: the harvest of a day, the unit of a category."""

from datetime import date

from engine import billing

CALENDAR = [
    (date(2023, 10, 1), date(2024, 3, 31), 1),
    (date(2024, 5, 1), date(2024, 9, 30), 2),
]


def test_both_bounds_belong_to_the_harvest():
    assert billing.harvest_of(date(2023, 10, 1), CALENDAR) == 1
    assert billing.harvest_of(date(2024, 3, 31), CALENDAR) == 1
    assert billing.harvest_of(date(2024, 5, 1), CALENDAR) == 2


def test_days_between_belong_to_none():
    assert billing.harvest_of(date(2024, 4, 1), CALENDAR) is None
    assert billing.harvest_of(None, CALENDAR) is None


def test_the_nearest_ancestor_that_is_claimed_decides():
    parents = {3: 2, 2: 1, 1: None, 9: None}
    assert billing.unit_of(3, {1: "inputs"}, parents) == "inputs"
    assert billing.unit_of(3, {1: "inputs", 2: "seed"}, parents) == "seed"
    assert billing.unit_of(9, {1: "inputs"}, parents) is None
    assert billing.unit_of(None, {1: "inputs"}, parents) is None
