"""Sending what is in the outbox.

Sending is once to the outbox and at least once to the provider: whoever sends holds a lease, and
each try carries the same idempotency id, so that a provider can tell a try that it saw before.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, cast

from firetill.database import Database, Snapshot, Transaction
from firetill.logs import log
from firetill.notifications import repository, rules, sending
from firetill.notifications.channels import Channels
from firetill.notifications.model import Channel, ChannelState, OutboxEntry

Outcome = Literal["sent", "failed", "dead", "skipped", "not_due", "overtaken"]
"""What came of an attempt; `not_due`: it is done, or another's, or its pause is not over;
`overtaken`: it took so long that another has the lease now, whose outcome counts."""


def deliver(db: Database, channels: Channels, notification_id: str) -> Outcome:
    """Send a notification on each channel that is wanted and not done, if it is due.

    Raises:
        Contention: a commit did not happen; what was sent is sent again, under the same id.
    """
    leased = db.run(lambda tx: _lease(tx, notification_id))
    entry = leased.result
    if entry is None:
        return "not_due"
    if entry.status == "sending":
        entry = _send(db, channels, entry, leased.documents.values())
        if entry is None:
            log("WARNING", "notification overtaken", notificationId=notification_id)
            return "overtaken"
    _log(entry)
    return cast("Outcome", entry.status)  # it is no longer queued or being sent


def _send(
    db: Database, channels: Channels, leased: OutboxEntry, known: Iterable[Snapshot]
) -> OutboxEntry | None:
    came_of = sending.attempt(db, channels, leased)
    return db.run_transaction(lambda tx: _settle(tx, leased, came_of), known=known)


def _lease(tx: Transaction, notification_id: str) -> OutboxEntry | None:
    [found] = tx.get(repository.notification_path(notification_id))
    entry = repository.entry_in(found)
    if entry is None or not rules.is_due(entry, tx.now):
        return None
    leased = rules.leased(entry, tx.now)
    repository.put_entry(tx, leased)
    return leased


def _settle(
    tx: Transaction, leased: OutboxEntry, came_of: Mapping[Channel, ChannelState]
) -> OutboxEntry | None:
    [found] = tx.get(repository.notification_path(leased.notification_id))
    entry = repository.entry_in(found)
    if entry is None or entry.attempts != leased.attempts:
        return None
    if entry.status != "sending":
        return entry  # the reply of an earlier commit was lost
    settled = rules.settled(entry, came_of, tx.now)
    repository.put_entry(tx, settled)
    return settled


def _log(entry: OutboxEntry) -> None:
    dead = entry.status == "dead"
    log(
        "ERROR" if dead else "INFO",
        "notification delivered" if entry.status == "sent" else "notification not delivered",
        notificationId=entry.notification_id,
        userId=entry.user_id,
        kind=entry.kind,
        status=entry.status,
        attempts=entry.attempts,
        channels={
            name: f"{state.status} {state.reason or state.provider or ''}".rstrip()
            for name, state in entry.channels.items()
        },
        alert="notification_dead" if dead else None,
    )
