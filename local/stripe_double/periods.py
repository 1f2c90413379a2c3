"""Billing periods: where they end, and what a part of one costs."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta

from local.stripe_double.errors import Json


def period_end(start: int, rhythm: Json, anchor: int) -> int:
    """Where the period that begins at ``start`` ends, in Unix seconds.

    Args:
        start: the period's beginning.
        rhythm: the price's ``recurring``.
        anchor: the day of the month that months keep to, as far as they have it.
    """
    count = 0
    end = anchor
    while end <= start:
        count += rhythm["interval_count"]
        end = _add(anchor, rhythm["interval"], count)
    return end


def share(amount: int, at: int, start: int, end: int) -> int:
    """What is left of an amount at a moment of the period that it pays for, to the cent."""
    whole = end - start
    return (2 * amount * (end - at) + whole) // (2 * whole)


def _add(moment: int, interval: str, count: int) -> int:
    if interval in ("day", "week"):
        return moment + int(timedelta(**{f"{interval}s": count}).total_seconds())
    day = datetime.fromtimestamp(moment, UTC)
    months = day.year * 12 + day.month - 1 + count * (12 if interval == "year" else 1)
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return int(day.replace(year=year, month=month + 1, day=min(day.day, last)).timestamp())
