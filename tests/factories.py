"""Small builders of what many tests need."""

import base64
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from firetill.database import Database, Transaction
from firetill.ledger import service
from firetill.ledger.model import Kind, Posting, Wallet
from firetill.tickets.codes import Codes

T = TypeVar("T")

NOON = datetime(2026, 2, 7, 12, tzinfo=UTC)


class ManualClock:
    """A clock that stands still until it is moved, or steps at each look if told to."""

    def __init__(self, instant: datetime = NOON, step: timedelta = timedelta(0)) -> None:
        self.instant = instant
        self._step = step
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            self.instant += self._step
            return self.instant

    def advance(self, **duration: float) -> None:
        """Move on by `timedelta(**duration)`."""
        with self._lock:
            self.instant += timedelta(**duration)


def from_noon() -> Callable[[], float]:
    """A clock for the Stripe double, in Unix seconds: it goes on from `NOON` as time passes.

    So what a test says of days and months holds at every hour at which it may run.
    """
    began = time.monotonic()
    return lambda: NOON.timestamp() + time.monotonic() - began


def posting(kind: Kind, amount: int, *cause: str) -> Posting:
    """A posting with `cause`, or one that only this kind and amount name."""
    return Posting(
        kind=kind,
        amount=amount,
        cause=cause or ("test", str(amount)),
        idempotency_key="key",
        metadata={"because": "test"},
    )


def post(database: Database, user_id: str, *postings: Posting) -> Wallet:
    """Post entries in a commit of their own."""

    def body(tx: Transaction) -> Wallet:
        return service.post(tx, user_id, postings)

    return database.run_transaction(body)


def buy_credits(database: Database, user_id: str, amount: int, purchase_id: str = "pi_1") -> Wallet:
    """Give a user credits as a purchase does."""
    return post(database, user_id, posting("credits_purchase", amount, "payment", purchase_id))


def at_once(calls: Iterable[Callable[[], T]]) -> list[T | Exception]:
    """Make all calls at the same moment, each in a thread; what each returned or raised."""
    waiting = list(calls)
    start = threading.Barrier(len(waiting))

    def run(call: Callable[[], T]) -> T | Exception:
        start.wait()
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - the test looks at whatever came
            return error

    with ThreadPoolExecutor(len(waiting)) as pool:
        return list(pool.map(run, waiting))


def codes() -> Codes:
    """What signs tickets in tests; always with the same key."""
    return Codes([base64.b64encode(bytes(range(32))).decode()])
