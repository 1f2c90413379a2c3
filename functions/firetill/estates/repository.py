"""What names a person anywhere, as queries; and `deletions/{deletionId}`."""

from datetime import datetime
from typing import Literal

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.estates.deletion_model import Deletion
from firetill.wire import fields_of

DELETIONS = "deletions"

Owned = Literal[
    "sessions",
    "ledger",
    "actions",
    "savedReplies",
    "notifications",
    "orders",
    "fulfillments",
    "paymentIntents",
    "checkoutSessions",
    "subscriptions",
    "consents",
    "operations",
    "rateLimits",
    "ticketTokens",
    "usernames",
    "usernameLooks",
    "auditLog",
]
"""Collections whose documents name a person in `userId`."""

OwnedInGroup = Literal["ragers", "scans", "users"]
"""Collections below others whose documents do; `users` are the summaries of an event's guests."""


def owned(collection: Owned, user_id: str, *, limit: int) -> Query:
    """Ask for what a collection has of a person, in the order of the ids."""
    return Query(collection, limit, where=(("userId", "==", user_id),))


def owned_in_group(collection: OwnedInGroup, user_id: str, *, limit: int) -> Query:
    """Ask for what all collections of that id have of a person, in the order of the paths."""
    return Query(collection, limit, where=(("userId", "==", user_id),), group=True)


def scans_handled(field: Literal["staffId", "undoneBy"], user_id: str, *, limit: int) -> Query:
    """Ask for other people's scans that a person has made or taken back."""
    return Query("scans", limit, where=((field, "==", user_id),), group=True)


def devices_handled(
    field: Literal["deviceId", "pairedBy", "revokedBy"], user_id: str, *, limit: int
) -> Query:
    """Ask for the device that an account is at some door, or for those that a person let in."""
    return Query("devices", limit, where=((field, "==", user_id),), group=True)


def conflicts_resolved(user_id: str, *, limit: int) -> Query:
    """Ask for the conflicts that a person has looked at."""
    return Query("conflicts", limit, where=(("resolvedBy", "==", user_id),), group=True)


def audited(field: Literal["actor", "staffId"], user_id: str, *, limit: int) -> Query:
    """Ask for what a person has done on the record."""
    return Query("auditLog", limit, where=((field, "==", user_id),))


def items_of(user_id: str, *, limit: int) -> Query:
    """Ask for what a user has bought in the shop."""
    return Query(f"users/{user_id}/items", limit)


def deletion_path(deletion_id: str) -> str:
    """Return the path of a deletion."""
    return f"{DELETIONS}/{deletion_id}"


def deletion_in(snapshot: Snapshot) -> Deletion | None:
    """Return the deletion in a document, if there is one."""
    return None if snapshot.data is None else msgspec.convert(snapshot.data, Deletion)


def put_deletion(tx: Transaction, deletion: Deletion) -> None:
    """Write a deletion whose document the transaction has read."""
    tx.merge(deletion_path(deletion.deletion_id), fields_of(deletion))


def due_deletions(at: datetime, *, limit: int) -> Query:
    """Ask for deletions that somebody had to go on with at `at`, the most overdue first."""
    return Query(DELETIONS, limit, where=(("dueAt", "<=", at),), order_by=(("dueAt", "asc"),))
