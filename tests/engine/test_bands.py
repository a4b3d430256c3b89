from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bands import age_on, band_of

BANDS = [(0, "child"), (18, "adult"), (65, "senior")]


@pytest.mark.parametrize(
    ("measure", "key"),
    [
        (-1, None),
        (0, "child"),
        (17.9, "child"),
        (18, "adult"),
        (65, "senior"),
        (99, "senior"),
    ],
)
def test_a_band_begins_at_its_bound(measure, key):
    assert band_of(measure, BANDS) == key


def test_without_bands_there_is_no_band():
    assert band_of(5, []) is None


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2000, 2, 29), 0),
        (date(2021, 2, 28), 20),
        (date(2021, 3, 1), 21),
        (date(2024, 2, 29), 24),
        (date(1999, 12, 31), -1),
    ],
)
def test_age_of_someone_born_on_a_leap_day(day, age):
    assert age_on(day, date(2000, 2, 29)) == age


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.integers(-100, 100), unique=True),
)
def test_the_band_is_the_highest_bound_reached(measure, lowers):
    bands = [(lower, lower) for lower in sorted(lowers)]
    reached = [lower for lower in lowers if lower <= measure]
    assert band_of(measure, bands) == (max(reached) if reached else None)
