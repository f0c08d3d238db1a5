"""Which days are worked in Việt Nam, against the calendars the government announced."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.working_days import FIRST_DAY, LAST_DAY, add_working_days, is_working_day, working_days_between

_DAYS = st.dates(FIRST_DAY + timedelta(days=90), LAST_DAY - timedelta(days=90))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 1, 24), True),  # Friday before Tết
        (date(2025, 1, 27), False),  # Tết 2025: 25 January to 2 February
        (date(2025, 1, 31), False),
        (date(2025, 2, 3), True),
        (date(2025, 4, 7), False),  # Hung Kings
        (date(2025, 4, 26), True),  # a Saturday worked in exchange for Friday 2 May
        (date(2025, 5, 2), False),
        (date(2025, 9, 1), False),  # National Day, two days
        (date(2025, 9, 3), True),
        (date(2025, 10, 18), False),  # a Saturday
    ],
)
def test_public_holidays_are_off_and_exchanged_saturdays_are_worked(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_a_term_is_counted_from_the_next_working_day() -> None:
    assert add_working_days(date(2025, 1, 24), 1) == date(2025, 2, 3)
    assert add_working_days(date(2025, 4, 25), 1) == date(2025, 4, 26)
    assert add_working_days(date(2025, 10, 18), 0) == date(2025, 10, 18)
    with pytest.raises(ValueError, match="negative"):
        add_working_days(date(2025, 1, 1), -1)


@given(_DAYS, st.integers(0, 40))
def test_adding_working_days_and_counting_them_agree(day: date, count: int) -> None:
    assert working_days_between(day, add_working_days(day, count)) == count
    assert working_days_between(add_working_days(day, count), day) == -count
