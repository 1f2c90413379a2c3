from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.schedules import parse

START = datetime(2026, 2, 7, 9, 30, 15, tzinfo=UTC)  # a Saturday


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("every 5 minutes", "2026-02-07T09:35:15"),
        ("every 1 minutes", "2026-02-07T09:31:15"),
        ("every minute", "2026-02-07T09:31:15"),
        ("every 15 mins", "2026-02-07T09:45:15"),
        ("Every  2 Hours", "2026-02-07T11:30:15"),
        ("every 24 hours", "2026-02-08T09:30:15"),
        ("every day 03:00", "2026-02-08T03:00:00"),
        ("every day 23:59", "2026-02-07T23:59:00"),
        ("every monday 09:00", "2026-02-09T09:00:00"),
        ("every tue,sun 09:00", "2026-02-08T09:00:00"),
        ("every saturday 09:30", "2026-02-14T09:30:00"),
        ("* * * * *", "2026-02-07T09:31:00"),
        ("*/5 * * * *", "2026-02-07T09:35:00"),
        ("0 3 * * *", "2026-02-08T03:00:00"),
        ("0 * * * *", "2026-02-07T10:00:00"),
        ("30 9 * * *", "2026-02-08T09:30:00"),
        ("10-20/5 9,10 * * *", "2026-02-07T10:10:00"),
        ("0 0 1 * *", "2026-03-01T00:00:00"),
        ("0 0 * * 0", "2026-02-08T00:00:00"),
        ("0 0 * * 7", "2026-02-08T00:00:00"),
        ("0 0 * * mon-fri", "2026-02-09T00:00:00"),
        ("0 12 29 feb *", "2028-02-29T12:00:00"),
        ("0 0 13 * fri", "2026-02-13T00:00:00"),
        ("0 0 10 * fri", "2026-02-10T00:00:00"),
        ("7/20 * * * *", "2026-02-07T09:47:00"),
    ],
)
def test_the_next_run(words: str, expected: str) -> None:
    assert parse(words, None).next_after(START) == datetime.fromisoformat(expected + "+00:00")


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-28T12:00", "2026-03-29T02:00"),  # 03:00 in London, an hour ahead since 01:00 UTC
        ("2026-03-27T12:00", "2026-03-28T03:00"),
        ("2026-10-25T00:00", "2026-10-25T03:00"),  # and back
    ],
)
def test_a_time_of_day_is_that_of_the_time_zone(moment: str, expected: str) -> None:
    schedule = parse("every day 03:00", "Europe/London")
    assert schedule.next_after(at(moment)) == at(expected)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "sometimes",
        "every 0 minutes",
        "every 5 fortnights",
        "every someday 09:00",
        "every day 25:00",
        "every day 09:60",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "5-1 * * * *",
        "*/0 * * * *",
        "* * * *",
        "a * * * *",
    ],
)
def test_what_is_not_understood_is_refused_and_quoted(words: str) -> None:
    with pytest.raises(ValueError, match="The schedule") as refusal:
        parse(words, None)
    assert repr(words) in str(refusal.value)


def test_a_day_that_never_comes_is_refused() -> None:
    with pytest.raises(ValueError, match="never comes"):
        parse("0 0 30 feb *", None).next_after(START)


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        parse("every day 03:00", "Europe/Nowhere")


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001  # made UTC below
    zone=st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Kolkata"]),
)
def test_a_daily_run_is_the_first_moment_of_that_time_to_come(
    minute: int, hour: int, moment: datetime, zone: str
) -> None:
    moment = moment.replace(tzinfo=UTC)
    due = parse(f"{minute} {hour} * * *", zone).next_after(moment)
    assert moment < due <= moment + timedelta(hours=25)
