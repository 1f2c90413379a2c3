"""Days in every time zone there is."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest

from firetill.allowances.zones import day_of, first_day_from, zone_of

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 11, 21, 7, 13, 5, tzinfo=UTC)
ZONES = sorted(zoneinfo.available_timezones())


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("name", ZONES)
def test_a_year_is_a_row_of_days_without_gaps(name: str) -> None:
    zone = zone_of(name)
    assert zone.key == name
    begins, ends = day_of(BEGIN, zone)
    assert begins <= BEGIN < ends
    lengths = []
    for _ in range(366):
        assert day_of(begins, zone) == (begins, ends)
        assert day_of(ends - timedelta(microseconds=1), zone) == (begins, ends)
        assert begins.astimezone(zone).date() < ends.astimezone(zone).date()
        before = (begins - timedelta(seconds=1)).astimezone(zone).date()
        assert before < begins.astimezone(zone).date()
        lengths.append(ends - begins)
        begins, (began, ends) = ends, day_of(ends, zone)
        assert began == begins
    # Antarctica/Troll changes its clocks by two hours, Lord Howe by half an hour.
    assert timedelta(hours=22) <= min(lengths) <= timedelta(hours=24)
    assert timedelta(hours=24) <= max(lengths) <= timedelta(hours=26)
    changes = [length for length in lengths if length != timedelta(hours=24)]
    assert len(changes) <= 4, "Morocco's clocks change four times a year, nobody's more often"


@pytest.mark.parametrize(
    ("zone", "instant", "begins", "ends"),
    [
        ("UTC", "2026-11-21T07:13", "2026-11-21T00:00", "2026-11-22T00:00"),
        ("Asia/Kolkata", "2026-11-21T18:29", "2026-11-20T18:30", "2026-11-21T18:30"),
        ("Asia/Kolkata", "2026-11-21T18:30", "2026-11-21T18:30", "2026-11-22T18:30"),
        # Clocks go forward at two, and back at two.
        ("America/New_York", "2026-03-08T12:00", "2026-03-08T05:00", "2026-03-09T04:00"),
        ("America/New_York", "2026-11-01T12:00", "2026-11-01T04:00", "2026-11-02T05:00"),
        # There is no midnight on the sixth of September: clocks go from it to one o'clock.
        ("America/Santiago", "2026-09-06T12:00", "2026-09-06T04:00", "2026-09-07T03:00"),
        ("America/Santiago", "2026-09-06T03:59:59", "2026-09-05T04:00", "2026-09-06T04:00"),
        # Clocks go from midnight back to eleven: that hour still is of the fourth of April.
        ("America/Santiago", "2026-04-05T03:30", "2026-04-04T03:00", "2026-04-05T04:00"),
        # Samoa left out a whole date when it moved across the date line.
        ("Pacific/Apia", "2011-12-30T09:59", "2011-12-29T10:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-30T10:00", "2011-12-30T10:00", "2011-12-31T10:00"),
    ],
)
def test_a_day_begins_and_ends(zone: str, instant: str, begins: str, ends: str) -> None:
    assert day_of(utc(instant), zone_of(zone)) == (utc(begins), utc(ends))


@pytest.mark.parametrize(
    "name", [None, "", "Mars/Olympus", "Europe", "../etc/passwd", "a" * 70, "UTC\0", "é/ü", "/UTC"]
)
def test_a_name_of_no_zone_counts_as_utc(name: str | None) -> None:
    assert zone_of(name).key == "UTC"


def test_the_first_day_from_an_instant() -> None:
    zone = zone_of("Asia/Tokyo")
    assert first_day_from(utc("2026-11-21T15:00"), zone) == utc("2026-11-21T15:00")
    assert first_day_from(utc("2026-11-21T15:00:01"), zone) == utc("2026-11-22T15:00")
