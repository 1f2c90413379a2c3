"""The back office: sees and changes every document, lets time pass, runs jobs, plays Stripe."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from firetill.clock import system_clock
from firetill.database import Database, Query, Transaction
from firetill.firestore import connect_emulator
from firetill.ledger import service as ledger
from firetill.ledger.model import Wallet
from local.stack import Stack

Json = dict[str, Any]


class Office:
    """Whoever runs a till that is a stack on this machine."""

    def __init__(self, stack: Stack) -> None:
        self.database = Database(
            connect_emulator(stack.firestore_address, stack.project_id), system_clock
        )
        self._stack = stack

    def run_job(self, name: str) -> None:
        self._stack.run_job(name)

    def document(self, path: str) -> Mapping[str, Any]:
        [snapshot] = self.database.get(path)
        assert snapshot.data is not None, f"there is no {path}"
        return snapshot.data

    def change(self, path: str, **fields: Any) -> None:
        """Overwrite fields of a document; of a field that is a map, the named parts."""

        def body(tx: Transaction) -> None:
            [snapshot] = tx.get(path)
            data = snapshot.data or {}
            merged = {
                name: {**data.get(name, {}), **value} if isinstance(value, dict) else value
                for name, value in fields.items()
            }
            tx.merge(path, merged)

        self.database.run_transaction(body)

    def owned_by(self, uid: str, collection: str) -> list[Mapping[str, Any]]:
        """The documents of a collection that are about one user."""
        found = self.database.query(Query(collection, 300, where=(("userId", "==", uid),)))
        return [snapshot.data or {} for snapshot in found]

    def move_back(self, session_id: str, **duration: float) -> None:
        """Move a session's times back, as if so much more time had gone by."""
        path = f"sessions/{session_id}"
        session, by = self.document(path), timedelta(**duration)
        checked: datetime = session["native"]["lastCheckedAt"]
        self.change(
            path,
            startTime=session["startTime"] - by,
            endTime=session["endTime"] - by,
            native={"lastCheckedAt": checked - by},
        )

    def wallet(self, uid: str) -> Wallet:
        """A user's wallet, once its chain of entries has proved it."""
        wallet, faults = ledger.verify(self.database, uid)
        assert faults == []
        return wallet

    def posted(self, uid: str) -> list[tuple[str, int]]:
        """The kinds and amounts of a user's entries."""
        return [(entry.kind, entry.amount) for entry in ledger.entries(self.database, uid)]

    def stripe(self, control: str, **arguments: Any) -> Any:
        """Use a control of the Stripe double."""
        url = f"{self._stack.stripe.api_base}/_control/{control}"
        answer = httpx.post(url, json=arguments, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def pay(self, payment_intent: str) -> None:
        """Let the customer pay; returns when every webhook has been answered."""
        self.stripe("pay", payment_intent=payment_intent)
        self.settle_webhooks()

    def settle_webhooks(self) -> None:
        self.stripe("wait_idle", timeout_seconds=50)

    def event(self, kind: str, object_id: str) -> Json:
        """The last event of a type about one of Stripe's objects."""
        events: list[Json] = [
            event
            for event in self.stripe("objects", kind="event")
            if event["type"] == kind and event["data"]["object"]["id"] == object_id
        ]
        return events[-1]
