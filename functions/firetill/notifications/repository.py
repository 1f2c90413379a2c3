"""The outbox and the push devices as documents."""

from datetime import datetime

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.notifications.model import OutboxEntry, Preferences, PushDevices
from firetill.wire import fields_of

NOTIFICATIONS = "notifications"
PUSH_DEVICES = "pushDevices"


def notification_path(notification_id: str) -> str:
    """Return the path of a notification."""
    return f"{NOTIFICATIONS}/{notification_id}"


def user_path(user_id: str) -> str:
    """Return the path of a user's document, for the profile."""
    return f"users/{user_id}"


def devices_path(user_id: str) -> str:
    """Return the path of a user's push devices."""
    return f"{PUSH_DEVICES}/{user_id}"


def fulfillment_path(fulfillment_id: str) -> str:
    """Return the path of a fulfilment, which orders write."""
    return f"fulfillments/{fulfillment_id}"


def event_path(event_id: str) -> str:
    """Return the path of an event."""
    return f"events/{event_id}"


def batch_path(event_id: str, rager_id: str) -> str:
    """Return the path of a batch of tickets, which tickets write."""
    return f"events/{event_id}/ragers/{rager_id}"


def entry_in(snapshot: Snapshot) -> OutboxEntry | None:
    """Return the notification in a document, if there is one.

    Raises:
        msgspec.ValidationError: somebody else wrote one that is none.
    """
    return None if snapshot.data is None else msgspec.convert(snapshot.data, OutboxEntry)


def create_entry(tx: Transaction, entry: OutboxEntry) -> None:
    """Write a notification that must not exist yet."""
    tx.create(notification_path(entry.notification_id), fields_of(entry))


def put_entry(tx: Transaction, entry: OutboxEntry) -> None:
    """Write a notification whose document the transaction has read."""
    tx.merge(notification_path(entry.notification_id), fields_of(entry))


def devices_in(snapshot: Snapshot) -> PushDevices:
    """Return a user's push devices; none where there is no document."""
    return (
        PushDevices(user_id=snapshot.document_id)
        if snapshot.data is None
        else msgspec.convert(snapshot.data, PushDevices)
    )


def put_devices(tx: Transaction, devices: PushDevices) -> None:
    """Write a user's push devices, whose document the transaction has read."""
    tx.merge(devices_path(devices.user_id), fields_of(devices))


def preferences_in(user: Snapshot) -> Preferences:
    """Return which channels may disturb a user; all of them where nothing readable says no."""
    try:
        return msgspec.convert((user.data or {}).get("notifications") or {}, Preferences)
    except msgspec.ValidationError:
        return Preferences()


def waiting(at: datetime, *, limit: int) -> Query:
    """Ask for notifications whose next attempt is due at `at`, the most overdue first."""
    return Query(
        NOTIFICATIONS,
        limit,
        where=(("nextAttemptAt", "<=", at),),
        order_by=(("nextAttemptAt", "asc"),),
    )


def abandoned(at: datetime, *, limit: int) -> Query:
    """Ask for notifications whose sender's lease had run out at `at`, the longest ago first."""
    return Query(
        NOTIFICATIONS,
        limit,
        where=(("leaseUntil", "<=", at),),
        order_by=(("leaseUntil", "asc"),),
    )
