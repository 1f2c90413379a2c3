"""Fifty thousand documents whose time is over, deleted by one run of the job."""

import contextlib
import io
import time
from datetime import UTC, datetime, timedelta

from bench.counting import Counted
from bench.measure import Figure
from bench.scale import scaled
from firetill.database import Database, Store, Write
from firetill.upkeep import runner
from firetill.upkeep.purge import purge_expired
from firetill.wire import derived_id

DOCUMENTS = scaled(50_000)
_CHUNK = 500
_NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def figures(store: Store) -> list[Figure]:
    """Purge a project of this bench's own."""
    over = {"userId": "somebody", "expiresAt": _NOW - timedelta(days=1)}
    ids = [derived_id("bench", str(number)) for number in range(DOCUMENTS)]
    for first in range(0, DOCUMENTS, _CHUNK):
        writes = [Write(f"operations/{one}", "put", over) for one in ids[first : first + _CHUNK]]
        store.commit(writes, seconds=60)
    counted = Counted(store)
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):  # the job's log
        run = purge_expired(Database(counted, lambda: _NOW))
    seconds = time.perf_counter() - started
    gone = run.results.get("operations", 0)
    return [
        Figure(
            f"`purgeExpired`, {DOCUMENTS:,} documents in one run",
            f"{gone:,} in {seconds:.0f} s, {counted.reads:,} reads, {counted.writes:,} writes",
            f"a budget of {runner.BUDGET_SECONDS:.0f} s",
            runner.BUDGET_SECONDS / seconds,
            "all of them, ≥ 1 ×",
            met=gone == DOCUMENTS and seconds <= runner.BUDGET_SECONDS,
        )
    ]
