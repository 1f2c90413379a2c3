"""When a scheduled function is due, from the words that the deployed schedule uses.

Cloud Scheduler understands two notations, and so does this: unix cron (`0 3 * * *`) and App
Engine's (`every 5 minutes`, `every day 03:00`, `every monday,friday 09:30`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_UNITS = {"minute": _MINUTE, "min": _MINUTE, "hour": timedelta(hours=1), "day": _DAY}
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_LONGEST_CALENDAR_GAP_DAYS = 8 * 366  # 29 February across a century that has no leap day


@dataclass(frozen=True)
class Schedule:
    """Tells from one moment the next at which the function is due."""

    next_after: Callable[[datetime], datetime]


def parse(words: str, time_zone: str | None) -> Schedule:
    """Read a schedule as Cloud Scheduler would.

    Args:
        words: the schedule of the deployed function.
        time_zone: an IANA name; it moves times of day, and no interval. None means UTC.

    Raises:
        ValueError: the notation is not understood; the message quotes it.
        zoneinfo.ZoneInfoNotFoundError: the time zone does not exist.
    """
    text = " ".join(words.lower().split())
    zone = ZoneInfo(time_zone or "UTC")
    if match := re.fullmatch(r"every (?:(\d+) )?(minute|min|hour|day)s?", text):
        interval = int(match[1] or 1) * _UNITS[match[2]]
        if interval <= timedelta(0):
            raise ValueError(f"The schedule {words!r} has no interval.")
        return Schedule(lambda moment: moment + interval)
    if match := re.fullmatch(r"every ([a-z]+(?:,[a-z]+)*) (\d{1,2}):(\d{2})", text):
        days = _weekday_set(match[1], words)
        fields = ({int(match[3])}, {int(match[2])}, _ANY_DAY, _ANY_MONTH, days)
        return _calendar(fields, zone, words)
    parts = text.split(" ")
    if len(parts) == 5 and not text.startswith("every"):
        return _calendar(_cron_fields(parts, words), zone, words)
    raise ValueError(f"The schedule {words!r} is not understood.")


_ANY_DAY = set(range(1, 32))
_ANY_MONTH = set(range(1, 13))
_Fields = tuple[set[int], set[int], set[int], set[int], set[int]]


def _weekday_set(names: str, words: str) -> set[int]:
    if names == "day":
        return set(range(7))
    found = set()
    for name in names.split(","):
        matching = [n for n, day in enumerate(_WEEKDAYS) if name in {day, day[:3]}]
        if not matching:
            raise ValueError(f"The schedule {words!r} names no weekday with {name!r}.")
        found.add(matching[0])
    return found


def _cron_fields(parts: list[str], words: str) -> _Fields:
    minute, hour, day, month, weekday = parts
    # Cron counts weekdays from Sunday, and 7 is Sunday too; Python counts from Monday.
    sunday_first = [name[:3] for name in _WEEKDAYS[6:] + _WEEKDAYS[:6]]
    weekdays = {(n - 1) % 7 for n in _cron_set(weekday, 0, 7, sunday_first, words)}
    return (
        _cron_set(minute, 0, 59, [], words),
        _cron_set(hour, 0, 23, [], words),
        _cron_set(day, 1, 31, [], words),
        _cron_set(month, 1, 12, ["", *_MONTHS], words),
        weekdays,
    )


def _cron_set(field: str, low: int, high: int, names: list[str], words: str) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        try:
            if span == "*":
                start, stop = low, high
            else:
                start = _cron_number(first, names)
                stop = _cron_number(last, names) if last else (high if step else start)
            every = int(step) if step else 1
        except ValueError:
            raise ValueError(f"The schedule {words!r} is not understood at {part!r}.") from None
        if not low <= start <= stop <= high or every < 1:
            raise ValueError(f"The schedule {words!r} is out of range at {part!r}.")
        found |= set(range(start, stop + 1, every))
    return found


def _cron_number(text: str, names: list[str]) -> int:
    return names.index(text) if text and text in names else int(text)


def _calendar(fields: _Fields, zone: ZoneInfo, words: str) -> Schedule:
    minutes, hours, days, months, weekdays = fields
    if max(hours) > 23 or max(minutes) > 59:
        raise ValueError(f"The schedule {words!r} has no such time of day.")
    # Cron's oddest rule: when both days are restricted, either of them will do.
    either = days != _ANY_DAY and weekdays != set(range(7))

    def is_due_on(day: datetime) -> bool:
        in_month, in_week = day.day in days, day.weekday() in weekdays
        return day.month in months and (in_month or in_week if either else in_month and in_week)

    def next_after(moment: datetime) -> datetime:
        local = moment.astimezone(zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        for offset in range(_LONGEST_CALENDAR_GAP_DAYS):
            day = midnight + offset * _DAY
            if not is_due_on(day):
                continue
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    due = day.replace(hour=hour, minute=minute).astimezone(moment.tzinfo)
                    if due > moment:
                        return due
        raise ValueError(f"The schedule {words!r} never comes.")

    return Schedule(next_after)
