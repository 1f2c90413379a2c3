"""Metered actions and allowances: a charge, a hot wallet, and the hourly sweep over many users.

The bounds that keep one person from running too many actions are lifted here: it is the commits
that are measured, and refusals are quick.
"""

import contextlib
import functools
import io
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from google.cloud import firestore

from bench.counting import Counted
from bench.floor import stock_client
from bench.floors import Floors
from bench.measure import Figure
from bench.scale import scaled
from bench.throughput import THREADS, figure, run
from firetill import access, limits
from firetill.access import Caller
from firetill.accounts.repository import consent_path
from firetill.allowances import service as allowances
from firetill.clock import system_clock
from firetill.database import Database, Store, Transaction, Write
from firetill.errors import Contention
from firetill.ledger.model import Posting
from firetill.ledger.service import post
from firetill.limits import Limit
from firetill.metering import rules, service
from firetill.metering.model import ActionInput, RunAction
from firetill.upkeep.allowances import reset_daily_credits

TERMS = "2026-11"
CHARGES = scaled(200)
FEW = scaled(20, least=8)
"""Charges by the stock decorator on one wallet; most of them fail after many seconds."""

USERS = scaled(100_000)
ACTIVE = scaled(1_000)
_CHUNK = 400
_NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class NoQueue:
    """Takes tasks and has nobody do them."""

    def enqueue(self, function: str, task_id: str, payload: Mapping[str, str]) -> None:
        """Do nothing."""


def figures(store: Store, address: str, project_id: str) -> list[Figure]:
    """Measure charges, and the sweep in a project of its own."""
    floors = Floors(store, address, project_id)
    with unbounded(), contextlib.redirect_stdout(io.StringIO()):
        return [
            *floors.against("charge an action", lambda: _ready(floors.db)),
            _hot_wallet(store, project_id),
        ]


def sweep_figures(store: Store) -> list[Figure]:
    """Sweep many users of whom few have spent.

    Args:
        store: a project of this bench's own.
    """
    counted = Counted(store)
    now = _NOON
    db = Database(counted, lambda: now)
    _write_users(store, db)
    now += timedelta(days=1)
    counted.clear()
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):  # the job's log
        swept = reset_daily_credits(db)
    seconds = time.perf_counter() - started
    reset = swept.results.get("reset", 0)
    return [
        Figure(
            f"`resetDailyCredits`, {USERS:,} users of whom {ACTIVE:,} have spent",
            f"{reset:,} in {seconds:.1f} s, {counted.reads:,} reads, {counted.writes:,} writes",
            f"{2 * ACTIVE:,} reads and {2 * ACTIVE:,} writes for {ACTIVE:,} users",
            (counted.reads + counted.writes) / (4 * ACTIVE),
            "all of them, ≤ 1.1 ×",
            met=reset == ACTIVE and counted.reads + counted.writes <= 4.4 * ACTIVE,
        )
    ]


@contextlib.contextmanager
def unbounded() -> Iterator[None]:
    """Let one user run as many actions as it likes."""
    many = {**limits.LIMITS, "runAction": Limit(10**9, 60)}
    with mock.patch.object(limits, "LIMITS", many), mock.patch.object(rules, "OPEN_ACTIONS", 10**9):
        yield


def _ready(db: Database) -> Callable[[], object]:
    """Return the charge of a user who has an allowance, credits, and accepted terms."""
    caller = user(db)
    return functools.partial(charge, db, caller, 0)


def user(db: Database) -> Caller:
    """Make a user who may run actions, and return it."""
    user_id = f"user{uuid.uuid4().hex}"
    bought = Posting(
        kind="credits_purchase",
        amount=100_000,
        cause=("bench",),
        idempotency_key="bench",
        metadata={},
    )

    def body(tx: Transaction) -> None:
        path = f"users/{user_id}"
        tx.get(path, consent_path(user_id, TERMS))
        tx.merge(
            path,
            {
                "consent": {"termsVersion": TERMS, "acceptedAt": tx.now},
                "createdAt": tx.now,
                "welcomedAt": tx.now,
            },
        )
        post(tx, user_id, [bought])
        allowances.refresh(tx, user_id)

    db.run_transaction(body)
    return access.user(user_id, {})


def charge(db: Database, caller: Caller, number: int) -> bool:
    """Charge an action; tell whether that was done."""
    request = RunAction(
        kind="short_chat",
        input=ActionInput(text="Ben: are you coming on Friday?"),
        idempotency_key=f"ask-{number}",
    )
    try:
        service.run(db, NoQueue(), caller, request, terms_version=TERMS)
    except Contention:
        return False
    return True


def _hot_wallet(store: Store, project_id: str) -> Figure:
    db, client = Database(store, system_clock), stock_client(project_id)
    ours = run(functools.partial(charge, db, user(db)), CHARGES)
    peer = run(functools.partial(_stock_charge, client, user(db).name), FEW)
    return figure(
        f"{THREADS} threads, one user, {CHARGES} actions charged",
        ours,
        peer,
        f"`@firestore.transactional`, {FEW} charges: ",
        1,
        no_failures=True,
    )


def _stock_charge(client: firestore.Client, user_id: str, number: int) -> bool:
    """Charge as one would by hand: one transaction over the balance and the action."""
    wallet = client.document(f"users/{user_id}")
    action = client.document(f"actions/{user_id}-{number}")

    @firestore.transactional
    def body(transaction: firestore.Transaction) -> None:
        found: Any = wallet.get(transaction=transaction)
        transaction.update(wallet, {"wallet.credits": found.get("wallet.credits") - 5})
        transaction.create(action, {"userId": user_id, "status": "queued", "cost": 5})

    try:
        body(client.transaction())
    except Exception:  # noqa: BLE001 - it ends in a bare ValueError, or whatever the read met
        return False
    return True


def _write_users(store: Store, db: Database) -> None:
    """Give one user a full allowance and one a part of it, and copy both into the store."""
    allowances.get_credits(db, "u0", anonymous=False)
    allowances.get_credits(db, "u1", anonymous=False)

    def spend(tx: Transaction) -> None:
        allowances.spend(
            tx, "u1", 5, cause=("bench",), idempotency_key="bench", metadata={"actionId": "a"}
        )

    db.run_transaction(spend)
    idle, active = db.get("users/u0", "users/u1")
    writes = [
        Write(f"users/u{number}", "put", dict((active if number <= ACTIVE else idle).data or {}))
        for number in range(2, USERS + 1)
    ]
    for first in range(0, len(writes), _CHUNK):
        store.commit(writes[first : first + _CHUNK], seconds=60)
