"""Stripe's inbox as administrators see it, and trying an event again."""

import uuid
from typing import TYPE_CHECKING, Final

from firetill import access, audit, cursors
from firetill.access import Caller
from firetill.admin import repository
from firetill.admin.model import (
    ListStripeEvents,
    ReplayedEvent,
    ReplayEvent,
    StripeEventPage,
    StripeEventView,
)
from firetill.database import Database, Transaction
from firetill.errors import NotAdmin, StripeEventNotFound
from firetill.orders.settlement import Till
from firetill.webhooks import repository as inbox
from firetill.webhooks import rules
from firetill.webhooks import service as webhooks
from firetill.webhooks.model import InboxEntry

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

AUDITED: Final = "event_replayed"


def events(db: Database, caller: Caller, request: ListStripeEvents) -> StripeEventPage:
    """Return a page of the inbox's events of one status, the newest first.

    Raises:
        NotAdmin: the caller is no administrator.
        InvalidField: the cursor is none of ours.
        Contention: Firestore did not answer.
    """
    repository.check_admin(db, caller)
    place = cursors.read(request.cursor) if request.cursor else None
    before, before_id = (place.at, place.document_id) if place else (None, None)
    found = db.query(repository.events_of(request.status, before, before_id, limit=request.limit))
    entries = [entry for each in found if (entry := inbox.entry_in(each))]
    more = len(found) == request.limit
    return StripeEventPage(
        events=[_view(entry) for entry in entries],
        cursor=cursors.written(entries[-1].received_at, entries[-1].event_id) if more else None,
    )


def replay(
    db: Database, stripe: "StripeGateway", till: Till, caller: Caller, request: ReplayEvent
) -> ReplayedEvent:
    """Try an event again that was refused, failed or died; on the record.

    One that has had its effect stays as it is. What the inbox did not keep of an event is asked of
    Stripe, which knows it for 30 days.

    Raises:
        NotAdmin: the caller is no administrator.
        StripeEventNotFound: the inbox does not have it, or what it said is gone everywhere.
        PaymentProviderUnavailable: Stripe had to be asked for it and did not answer.
        Contention: a commit did not happen; the event is as it was.
    """
    if caller.user_id is None:
        raise NotAdmin
    path = inbox.event_path(request.event_id)
    roles = access.admin_documents(caller)
    record_id = uuid.uuid4().hex

    def body(tx: Transaction) -> InboxEntry:
        tx.waive(*roles)
        found, *_ = tx.get(path, audit.record_path(record_id), *roles)
        actor = access.require_admin(caller, tx.get(*roles))
        entry = inbox.entry_in(found)
        if entry is None:
            raise StripeEventNotFound(request.event_id)
        [recorded] = tx.get(audit.record_path(record_id))
        if not rules.is_done(entry) and not recorded.exists:
            audit.record(
                tx,
                record_id,
                AUDITED,
                actor=actor,
                eventId=request.event_id,
                reason=request.reason,
                status=entry.status,
            )
        return entry

    entry = db.run_transaction(body)
    if rules.is_done(entry):
        return _replayed(entry, replayed=False)
    payload = entry.payload or stripe.event_payload(request.event_id)
    if payload is None:
        raise StripeEventNotFound(request.event_id)
    webhooks.try_again(db, stripe, till, payload)
    [after] = db.get(path)
    return _replayed(inbox.entry_in(after) or entry, replayed=True)


def _replayed(entry: InboxEntry, *, replayed: bool) -> ReplayedEvent:
    return ReplayedEvent(
        event_id=entry.event_id,
        replayed=replayed,
        status=entry.status,
        reason=entry.reason,
        attempts=entry.attempts,
    )


def _view(entry: InboxEntry) -> StripeEventView:
    return StripeEventView(
        event_id=entry.event_id,
        type=entry.type,
        status=entry.status,
        reason=entry.reason,
        attempts=entry.attempts,
        received_at=entry.received_at,
        processed_at=entry.processed_at,
        next_attempt_at=entry.next_attempt_at,
    )
