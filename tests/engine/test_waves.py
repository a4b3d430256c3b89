from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.waves import wave_days, wave_sizes

WORKDAYS = {0, 1, 2, 3, 4}
FRIDAY = date(2026, 11, 20)
MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("first", "every", "weekdays", "days_after"),
    [
        (FRIDAY, 1, WORKDAYS, [0, 3, 4]),
        (FRIDAY, 2, WORKDAYS, [0, 4, 6]),
        (FRIDAY, 1, set(), [0, 1, 2]),
        (FRIDAY, 7, set(), [0, 7, 14]),
        (MONDAY, 1, {2}, [2, 9, 16]),
    ],
)
def test_days(first, every, weekdays, days_after):
    expected = [first + timedelta(days=days) for days in days_after]
    assert wave_days(first, 3, every, weekdays) == expected


def test_no_waves_no_days():
    assert wave_days(FRIDAY, 0, 1, WORKDAYS) == []


def test_the_last_wave_has_the_rest():
    assert wave_sizes(25, 10) == [10, 10, 5]
    assert wave_sizes(20, 10) == [10, 10]
    assert wave_sizes(3, 10) == [3]
    assert wave_sizes(0, 10) == []


@given(st.integers(0, 10_000), st.integers(1, 500))
def test_everybody_is_in_one_wave(customers, size):
    sizes = wave_sizes(customers, size)
    assert sum(sizes) == customers
    assert all(0 < wave <= size for wave in sizes)
