"""Operation records: what makes a keyed request happen once.

`operations/{id}` holds, for one user, one operation and one `idempotencyKey`, the fingerprint of
the input and the result. It is written in the same commit as the operation's effect, so the two
exist together or not at all, and a refused call leaves none. The fingerprint covers what the
caller sent, never the server's time. An operation that calls somebody outside has two commits:
`begin` before the call, `complete` or `abandon` after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, Protocol

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.errors import IdempotencyKeyReused
from firetill.wire import derived_id, fields_of, fingerprint

COLLECTION = "operations"

KEPT: Final = timedelta(days=400)
"""How long a key is remembered; no client tries the same request for longer than a year."""


class KeyedRequest(Protocol):
    """The input of an operation that changes something."""

    @property
    def idempotency_key(self) -> str:
        """The client's own key for this request."""


@dataclass(frozen=True)
class Operation:
    """One keyed request: who, which operation, which key, with what input.

    `payload` is the input as JSON values, without the key itself.
    """

    user_id: str
    name: str
    key: str
    payload: Mapping[str, Any]

    @classmethod
    def of(cls, user_id: str, name: str, request: KeyedRequest) -> "Operation":
        """Describe a request whose input is a struct; a default that is sent counts as left out.

        So the struct must omit defaults: then a field that a later release adds does not change
        the fingerprints of requests that do not use it, and a repeat across a deploy is a repeat.
        """
        payload = msgspec.to_builtins(request)
        return cls(user_id, name, payload.pop("idempotencyKey"), payload)

    @cached_property
    def id(self) -> str:
        """Return the id of the record, and of whatever else this request alone may create."""
        return derived_id(self.name, self.user_id, self.key)

    @property
    def path(self) -> str:
        """Return the path of the record."""
        return operation_path(self.id)


def first_result(tx: Transaction, operation: Operation) -> Mapping[str, Any] | None:
    """Return what the first call with this key recorded; None if there is no result yet.

    Raises:
        IdempotencyKeyReused: the first call came with other input.
    """
    found = _record(tx, operation)
    return found["result"] if found else None


def record(tx: Transaction, operation: Operation, result: msgspec.Struct) -> None:
    """Keep the result of the first call, in the commit that holds its effect."""
    _create(tx, operation, intent=None, result=fields_of(result), pending_since=None)


def begin(tx: Transaction, operation: Operation, intent: msgspec.Struct) -> None:
    """Record that an operation is to call somebody outside, and with what.

    Whoever finds the record later, the caller with the same key or a job, can make the same call
    again and finish.
    """
    _create(tx, operation, intent=fields_of(intent), result=None, pending_since=tx.now)


def complete(tx: Transaction, operation_id: str, result: msgspec.Struct) -> None:
    """Keep what came of an operation that had begun; the transaction has read its record."""
    tx.merge(operation_path(operation_id), {"result": fields_of(result), "pendingSince": None})


def next_attempt(tx: Transaction, operation_id: str) -> None:
    """Note that the call outside failed for good and the next one must be told apart from it."""
    [found] = tx.get(operation_path(operation_id))
    if found.data is not None:  # else it was abandoned meanwhile
        tx.merge(found.path, {"attempt": found.data["attempt"] + 1})


def abandon(tx: Transaction, begun: Snapshot) -> None:
    """Take back an operation that had begun, because the call outside was refused for good.

    The key may have been used again meanwhile, for what the caller mended: that one stays.
    """
    [found] = tx.get(begun.path)
    if found.exists and found.data == begun.data:
        tx.delete(begun.path)


def operation_path(operation_id: str) -> str:
    """Return the path of a record."""
    return f"{COLLECTION}/{operation_id}"


def pending(until: datetime, *, limit: int) -> Query:
    """Ask for operations that began at `until` or before and never finished, the oldest first."""
    return Query(
        COLLECTION,
        limit,
        where=(("pendingSince", "<=", until),),
        order_by=(("pendingSince", "asc"),),
    )


def _record(tx: Transaction, operation: Operation) -> Mapping[str, Any] | None:
    [snapshot] = tx.get(operation.path)
    if snapshot.data is None:
        return None
    if snapshot.data["fingerprint"] != fingerprint(operation.payload):
        raise IdempotencyKeyReused
    return snapshot.data


def _create(
    tx: Transaction,
    operation: Operation,
    *,
    intent: Mapping[str, Any] | None,
    result: Mapping[str, Any] | None,
    pending_since: datetime | None,
) -> None:
    tx.create(
        operation.path,
        {
            "userId": operation.user_id,
            "operation": operation.name,
            "idempotencyKey": operation.key,
            "fingerprint": fingerprint(operation.payload),
            "intent": intent,
            "result": result,
            "pendingSince": pending_since,
            "attempt": 0,
            "createdAt": tx.now,
            "expiresAt": tx.now + KEPT,
        },
    )
