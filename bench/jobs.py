"""Ten thousand silent sessions, expired by one run of the job."""

import contextlib
import io
import time
from datetime import UTC, datetime, timedelta

from bench.measure import Figure
from bench.scale import scaled
from firetill.database import Database, Store, Write
from firetill.ledger.model import Posting
from firetill.ledger.service import post
from firetill.pledges import service as pledges
from firetill.pledges.model import StartSession
from firetill.upkeep import runner, service

SESSIONS = scaled(10_000)
_CHUNK = 400
_BEGUN = datetime(2026, 2, 7, 12, tzinfo=UTC)


def figures(store: Store) -> list[Figure]:
    """Let every session of an empty project fall silent, and run the job once.

    Args:
        store: a project of this bench's own.
    """
    now = _BEGUN
    db = Database(store, lambda: now)
    _write_sessions(store, db)
    now += timedelta(minutes=11)
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):  # the job's log
        run = service.expire_stale_sessions(db)
    seconds = time.perf_counter() - started
    expired = run.results.get("expired", 0)
    return [
        Figure(
            f"`expireStaleSessions`, {SESSIONS:,} sessions in one run",
            f"{expired:,} in {seconds:.0f} s ({expired / seconds:.0f}/s)",
            f"a budget of {runner.BUDGET_SECONDS:.0f} s",
            runner.BUDGET_SECONDS / seconds,
            "all of them, ≥ 1 ×",
            met=expired == SESSIONS and run.failed == 0 and seconds <= runner.BUDGET_SECONDS,
        )
    ]


def _write_sessions(store: Store, db: Database) -> None:
    """Start one session as users do, and copy it straight into the store."""
    bought = Posting(
        kind="credits_purchase",
        amount=100,
        cause=("bench",),
        idempotency_key="bench",
        metadata={},
    )
    db.run_transaction(lambda tx: post(tx, "u0", [bought]))
    request = StartSession(duration_minutes=60, idempotency_key="start", pledge_amount=60)
    started = pledges.start(db, "u0", request)
    session, user = db.get(f"sessions/{started.session_id}", "users/u0")
    writes: list[Write] = []
    for number in range(1, SESSIONS):
        own = {"sessionId": f"s{number}", "userId": f"u{number}"}
        writes.append(Write(f"sessions/s{number}", "put", {**(session.data or {}), **own}))
        active = {"activeSessionId": f"s{number}"}
        writes.append(Write(f"users/u{number}", "put", {**(user.data or {}), **active}))
    for first in range(0, len(writes), _CHUNK):
        store.commit(writes[first : first + _CHUNK], seconds=60)
