"""Where a load is driven: a project of the emulator's, and how one thing is asked for."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bench.samples import in_chunks
from firetill.clock import system_clock
from firetill.database import Database, RetryPolicy, Transaction
from firetill.firestore import connect_emulator
from firetill.ledger.model import Posting
from firetill.ledger.repository import user_path
from firetill.ledger.service import post

_FUNDED_AT_ONCE = 100


@dataclass(frozen=True)
class Call:
    """A call of a callable function."""

    data: Any
    user_id: str
    claims: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """A delivery of one of Stripe's events, signed when it is sent."""

    payload: bytes


@dataclass(frozen=True)
class Prepared:
    """One operation that is ready to be done once, by either way."""

    run: Callable[[Database], object]
    request: Call | Delivery


class Stage:
    """One project: its documents, and who acts on them."""

    def __init__(
        self,
        address: str,
        project_id: str,
        customer_id: str = "cus_bench",
        policy: RetryPolicy | None = None,
    ) -> None:
        """Connect to a project.

        Args:
            address: the Firestore emulator's.
            project_id: the project; the emulator keeps their documents apart.
            customer_id: who pays for orders, as Stripe knows them.
            policy: how long an answer is waited for; as in production unless told.
        """
        self.address = address
        self.project_id = project_id
        self.customer_id = customer_id
        self.store = connect_emulator(address, project_id)
        self.db = Database(self.store, system_clock, policy=policy)

    def ago(self, seconds: float) -> Database:
        """Return a database whose clock is behind, for what has to have begun some time ago."""
        return Database(self.store, lambda: system_clock() - timedelta(seconds=seconds))

    def users(self, count: int) -> list[str]:
        """Make so many users who have bought credits."""
        return in_chunks(self._funded, count, _FUNDED_AT_ONCE)

    def _funded(self, numbers: range) -> Sequence[str]:
        user_ids = [f"user{uuid.uuid4().hex}" for _ in numbers]

        def body(tx: Transaction) -> None:
            tx.get(*map(user_path, user_ids))
            for user_id in user_ids:
                post(tx, user_id, [BOUGHT])

        self.db.run_transaction(body)
        return user_ids


BOUGHT = Posting(
    kind="credits_purchase",
    amount=1_000,
    cause=("bench",),
    idempotency_key="bench",
    metadata={},
)
