"""The sole reader of the time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Tells the present instant, in UTC."""


def system_clock() -> datetime:
    """Return the present instant in UTC, to the microsecond that Firestore keeps."""
    return datetime.now(UTC)


def monotonic_seconds() -> float:
    """Return seconds on a clock that never goes back; for budgets and time-outs."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Wait; the one place that sleeps, so that tests can wait in simulated time."""
    time.sleep(seconds)
