"""How a customer stands to the firm and to each business unit."""

from datetime import date
from decimal import Decimal

import pytest

from engine.relation import (
    COMPETITOR,
    CUSTOMER,
    EX_CUSTOMER,
    PROSPECT,
    UNKNOWN,
    Customer,
    Line,
    Manual,
    best,
    effective,
    inferred,
    months_before,
    purchases,
    relations,
)

TODAY = date(2025, 3, 31)
NEW, USED = "0 km", "used"
MONTHS = {None: 12, NEW: 48, USED: 12}


def line(invoice, day, amount, unit=NEW):
    return Line("ana", unit, invoice, day and date.fromisoformat(day), Decimal(amount))


def test_first_and_last_purchase_of_each_unit():
    assert purchases(
        [
            line(1, "2024-02-01", 10),
            line(2, "2024-05-01", 10),
            line(3, "2024-06-01", 10, USED),
        ]
    ) == {
        ("ana", NEW): (date(2024, 2, 1), date(2024, 5, 1)),
        ("ana", USED): (date(2024, 6, 1), date(2024, 6, 1)),
    }


def test_what_is_credited_is_no_purchase():
    assert purchases([line(1, "2024-02-01", 10), line(1, None, -10)]) == {}
    assert purchases([line(1, "2024-02-01", 10), line(1, None, -9)])
    assert purchases([line(2, None, -10)]) == {}


def test_a_credit_of_one_unit_leaves_the_other():
    lines = [
        line(1, "2024-02-01", 10),
        line(1, "2024-02-01", 5, USED),
        line(1, None, -5, USED),
    ]
    assert set(purchases(lines)) == {("ana", NEW)}


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 3, 31), 1, date(2025, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2025, 3, 31), 12, date(2024, 3, 31)),
        (date(2025, 1, 15), 1, date(2024, 12, 15)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
    ],
)
def test_months_before(day, months, expected):
    assert months_before(day, months) == expected


@pytest.mark.parametrize(
    ("last", "has_opportunity", "expected"),
    [
        (date(2024, 3, 31), False, CUSTOMER),
        (date(2024, 3, 30), False, EX_CUSTOMER),
        (date(2024, 3, 30), True, EX_CUSTOMER),
        (None, True, PROSPECT),
        (None, False, UNKNOWN),
    ],
)
def test_inferred(last, has_opportunity, expected):
    assert inferred(last, has_opportunity, 12, TODAY) == expected


def test_what_was_said_holds_to_its_last_day():
    assert effective(CUSTOMER, None, TODAY) == CUSTOMER
    assert effective(CUSTOMER, Manual(COMPETITOR), TODAY) == COMPETITOR
    assert effective(CUSTOMER, Manual(COMPETITOR, TODAY), TODAY) == COMPETITOR
    yesterday = Manual(COMPETITOR, date(2025, 3, 30))
    assert effective(CUSTOMER, yesterday, TODAY) == CUSTOMER


def test_the_closest_relation_is_best():
    ordered = [CUSTOMER, EX_CUSTOMER, PROSPECT, COMPETITOR, UNKNOWN]
    for rank, closest in enumerate(ordered):
        assert best(reversed(ordered[rank:])) == closest
    assert best([]) == UNKNOWN


def test_as_a_whole_what_it_is_at_best():
    last = {NEW: date(2022, 1, 1), None: date(2022, 1, 1)}
    ana = Customer(last, frozenset({USED}), {})
    assert relations(ana, MONTHS, TODAY) == {
        NEW: CUSTOMER,
        USED: PROSPECT,
        None: CUSTOMER,
    }


def test_as_a_whole_over_what_no_unit_claims_too():
    ana = Customer({None: TODAY}, frozenset(), {NEW: Manual(COMPETITOR)})
    assert relations(ana, MONTHS, TODAY) == {NEW: COMPETITOR, None: CUSTOMER}


def test_somebody_says_otherwise_of_the_whole():
    ana = Customer({NEW: TODAY, None: TODAY}, frozenset(), {None: Manual(UNKNOWN)})
    assert relations(ana, MONTHS, TODAY) == {NEW: CUSTOMER, None: UNKNOWN}
