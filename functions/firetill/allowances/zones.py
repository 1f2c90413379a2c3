"""Days as people live them: the instants at which a day begins in a time zone. Pure.

The rules of time zones come from the package `tzdata`, so that every machine agrees on them.
"""

import functools
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

zoneinfo.reset_tzpath(to=())

_UTC: Final = ZoneInfo("UTC")
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)


@functools.lru_cache(maxsize=1024)
def zone_of(name: str | None) -> ZoneInfo:
    """Return the zone of an IANA name; UTC where there is none, or none of that name."""
    try:
        return ZoneInfo(name) if name else _UTC
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
        return _UTC


def day_of(instant: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when the local day around an instant began and when the next one begins, in UTC.

    A day has 23 or 25 hours where clocks change. It begins when its date is first seen: later than
    midnight where a change leaves midnight out, and once where a change repeats it.
    """
    day = instant.astimezone(zone).date()
    begins = _beginning(day, zone)
    while (ends := _beginning(day := day + _DAY, zone)) <= instant:
        begins = ends
    return begins, ends


def first_day_from(earliest: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant at or after `earliest` at which a local day begins."""
    begins, ends = day_of(earliest, zone)
    return begins if begins == earliest else ends


def _beginning(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a date, or of the next one that there is."""
    midnight = datetime.combine(day, time.min)
    # By the offset from before a change, and by that from after it.
    by_old, by_new = (midnight.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if by_old.astimezone(zone).replace(tzinfo=None) == midnight:
        return by_old
    return _change_between(by_new, by_old, zone)  # there was no midnight


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the second at which the zone's offset changes, behind `before`, at most at `after`."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
