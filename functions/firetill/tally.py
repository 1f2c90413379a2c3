"""How often each reason of a refusal came, as this instance sees it.

A write for each refusal would let anybody write by being refused. So refusals are counted in
memory and written now and then along with one of them. What an instance has not written when it
ends is lost: these figures are for people who look for a change, not for books.
"""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from firetill.clock import monotonic_seconds
from firetill.database import Database, Transaction
from firetill.errors import Contention
from firetill.logs import log
from firetill.wire import derived_id, fields_of

COLLECTION: Final = "refusalCounts"
EVERY_SECONDS: Final = 15.0
KEPT: Final = timedelta(days=30)


class RefusalCounts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`refusalCounts/{id}`: what one instance has refused on one day, by reason, so far."""

    day: str
    instance: str
    counts: Mapping[str, int]
    updated_at: datetime
    expires_at: datetime


class Tally:
    """Counts on many threads; writes at most every `EVERY_SECONDS`."""

    def __init__(
        self,
        database: Callable[[], Database],
        *,
        seconds: Callable[[], float] = monotonic_seconds,
    ) -> None:
        """Begin with nothing; the first write comes `EVERY_SECONDS` after this."""
        self._database = database
        self._seconds = seconds
        self._instance = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._days: dict[str, Counter[str]] = {}
        self._written = seconds()

    def note(self, reason: str, day: str) -> None:
        """Count one refusal, and write all counts if it is time; never fails.

        Args:
            reason: of the refusal.
            day: the day in UTC, such as `2026-11-21`.
        """
        with self._lock:
            self._days.setdefault(day, Counter())[reason] += 1
            if self._seconds() - self._written < EVERY_SECONDS:
                return
            self._written = self._seconds()
            counts = {known: dict(counter) for known, counter in self._days.items()}
            self._days = {day: self._days[day]}
        try:
            for known, counted in counts.items():
                self._write(known, counted)
        except Contention as error:
            log("WARNING", "refusals not counted", cause=repr(error.__cause__)[:300])

    def _write(self, day: str, counts: Mapping[str, int]) -> None:
        path = f"{COLLECTION}/{derived_id('refusals', self._instance, day)}"

        def body(tx: Transaction) -> None:
            tx.get(path)
            written = RefusalCounts(
                day=day,
                instance=self._instance,
                counts=counts,
                updated_at=tx.now,
                expires_at=tx.now + KEPT,
            )
            tx.merge(path, fields_of(written))

        self._database().run_transaction(body)
