"""Operation records: what makes a keyed request happen once.

`operations/{id}` holds, for one user, one operation and one `idempotencyKey`, the fingerprint of
the input and the result. It is written in the same commit as the operation's effect, so the two
exist together or not at all, and a refused call leaves none. The fingerprint covers what the
caller sent, never the server's time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from firetill.database import Transaction
from firetill.errors import IdempotencyKeyReused
from firetill.wire import derived_id, fingerprint

COLLECTION = "operations"


class KeyedRequest(Protocol):
    """The input of an operation that changes something."""

    @property
    def idempotency_key(self) -> str:
        """The client's own key for this request."""


@dataclass(frozen=True, slots=True)
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
        """Describe a request whose input is a struct; defaults count as if they were sent."""
        payload = msgspec.to_builtins(request)
        return cls(user_id, name, payload.pop("idempotencyKey"), payload)

    @property
    def id(self) -> str:
        """Return the id of the record, and of whatever else this request alone may create."""
        return derived_id(self.name, self.user_id, self.key)

    @property
    def path(self) -> str:
        """Return the path of the record."""
        return f"{COLLECTION}/{self.id}"


def first_result(tx: Transaction, operation: Operation) -> Mapping[str, Any] | None:
    """Return what the first call with this key recorded, or None if this is the first.

    Raises:
        IdempotencyKeyReused: the first call came with other input.
    """
    [record] = tx.get(operation.path)
    if record.data is None:
        return None
    if record.data["fingerprint"] != fingerprint(operation.payload):
        raise IdempotencyKeyReused
    result: Mapping[str, Any] = record.data["result"]
    return result


def record(tx: Transaction, operation: Operation, result: msgspec.Struct) -> None:
    """Keep the result of the first call, in the commit that holds its effect."""
    tx.create(
        operation.path,
        {
            "userId": operation.user_id,
            "operation": operation.name,
            "idempotencyKey": operation.key,
            "fingerprint": fingerprint(operation.payload),
            "result": msgspec.to_builtins(result, builtin_types=(datetime,)),
            "createdAt": tx.now,
        },
    )
