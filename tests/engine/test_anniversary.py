from datetime import date

from engine.anniversary import days_of_year


def test_both_ends_are_included():
    days = days_of_year(date(2025, 12, 30), date(2026, 1, 2))
    assert days == ["12-30", "12-31", "01-01", "01-02"]


def test_29_february_is_the_28th_in_common_years():
    assert days_of_year(date(2025, 2, 28), date(2025, 2, 28)) == ["02-28", "02-29"]
    assert days_of_year(date(2024, 2, 28), date(2024, 2, 28)) == ["02-28"]
    assert days_of_year(date(2024, 2, 29), date(2024, 2, 29)) == ["02-29"]
    assert days_of_year(date(2025, 3, 1), date(2025, 3, 1)) == ["03-01"]


def test_a_year_or_more_has_all_days():
    assert len(days_of_year(date(2025, 1, 1), date(2025, 12, 31))) == 366
    assert len(days_of_year(date(2025, 1, 1), date(2999, 1, 1))) == 366
