"""An order's time line: what a dozen collections know of it, put in order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from firetill.access import Caller
from firetill.admin import repository, timeline_items
from firetill.admin.timeline_items import Record
from firetill.admin.timeline_model import GetOrderTimeline, OrderTimeline, OrderView, TimelineItem
from firetill.database import Database, Query, Snapshot
from firetill.door import repository as door
from firetill.notifications.repository import entry_in
from firetill.orders import repository as orders
from firetill.orders.model import Order
from firetill.payments.repository import payment_path
from firetill.tickets import repository as tickets
from firetill.tickets.model import Batch
from firetill.webhooks import repository as inbox

MOST: Final = 200
"""How many records of one kind are looked at: what one order leaves is far less."""


@dataclass
class _Reader:
    """Reads lists, and remembers whether one had no end."""

    db: Database
    complete: bool = True

    def find(self, query: Query) -> list[Snapshot]:
        found = self.db.query(query)
        self.complete = self.complete and len(found) < query.limit
        return found

    def get(self, paths: Iterable[str]) -> list[Snapshot]:
        unique = list(dict.fromkeys(paths))
        return self.db.get(*unique) if unique else []


def timeline(db: Database, caller: Caller, request: GetOrderTimeline) -> OrderTimeline:
    """Return all that is known of an order, the oldest first.

    It is read in several round trips, so what happens meanwhile may be there in part.

    Raises:
        NotAdmin: the caller is no administrator.
        OrderNotFound: there is no such order.
        Contention: Firestore did not answer.
    """
    repository.check_admin(db, caller)
    [found] = db.get(orders.order_path(request.order_id))
    order = orders.order_in(found)
    reader = _Reader(db)
    records = _records(reader, order)
    items = [
        *timeline_items.of_order(order),
        *_payments(reader, order, records),
        *_tickets(reader, order),
        *_mails(reader, order),
    ]
    items.sort(key=lambda item: item.at)
    return OrderTimeline(
        order=msgspec.convert(order, OrderView, from_attributes=True),
        items=items,
        complete=reader.complete,
    )


def _records(reader: _Reader, order: Order) -> list[Record]:
    found = reader.find(repository.audited_of_order(order.order_id, limit=MOST))
    records = [timeline_items.record_in(one.data or {}) for one in found]
    return sorted(records, key=lambda record: record.at)


def _payments(reader: _Reader, order: Order, records: Sequence[Record]) -> list[TimelineItem]:
    """What Stripe has said, and how the payments stand that it was about."""
    event_ids = dict.fromkeys(one.event_id for one in records if one.event_id)
    named = (order.payment_intent_id, *(one.payment_intent_id for one in records))
    ids = list(dict.fromkeys(one for one in named if one))
    found = {
        one.path: one
        for one in reader.get(
            [
                *map(inbox.event_path, event_ids),
                *map(payment_path, ids),
                *map(orders.fulfillment_path, ids),
            ]
        )
    }
    entries = [inbox.entry_in(found[inbox.event_path(one)]) for one in event_ids]
    items = timeline_items.of_records(records, {one.event_id: one for one in entries if one})
    for payment_intent_id in ids:
        payment = orders.payment_in(found[payment_path(payment_intent_id)])
        if payment is not None and payment.order_id == order.order_id:
            items += timeline_items.of_payment(payment, records)
        done = orders.fulfillment_in(found[orders.fulfillment_path(payment_intent_id)])
        if done is not None and done.order_id == order.order_id:
            items.append(timeline_items.of_fulfillment(done))
    return items


def _tickets(reader: _Reader, order: Order) -> list[TimelineItem]:
    """The batches that came of it, wherever they went since, their tokens and their scans."""
    bought = _batches(
        reader,
        [tickets.batch_path(line.item_id, line.rager_id) for line in order.lines if line.rager_id],
    )
    passed_on = _batches(
        reader,
        [
            tickets.batch_path(batch.event_id, rager_id)
            for batch in bought
            for rager_id in batch.transferred_to
        ],
    )
    batches = {batch.rager_id: batch for batch in (*bought, *passed_on)}
    tokens = reader.get(tickets.token_path(batch.token) for batch in batches.values())
    items = [
        item
        for batch, token in zip(batches.values(), tokens, strict=True)
        for item in timeline_items.of_batch(batch, tickets.token_in(token))
    ]
    return items + _scans(reader, list(batches.values()))


def _batches(reader: _Reader, paths: Sequence[str]) -> list[Batch]:
    return [batch for one in reader.get(paths) if (batch := tickets.batch_in(one))]


def _scans(reader: _Reader, batches: Sequence[Batch]) -> list[TimelineItem]:
    rager_ids = {batch.rager_id for batch in batches}
    scans = [
        scan
        for user_id in dict.fromkeys(batch.user_id for batch in batches)
        for found in reader.find(repository.scans_of(user_id, limit=MOST))
        if (scan := door.scan_in(found)) and scan.rager_id in rager_ids
    ]
    conflicts = reader.get(
        door.conflict_path(scan.event_id, scan.scan_id) for scan in scans if scan.conflict
    )
    return [
        *(item for scan in scans for item in timeline_items.of_scan(scan)),
        *(
            item
            for one in conflicts
            if (conflict := door.conflict_in(one))
            for item in timeline_items.of_conflict(conflict)
        ),
    ]


def _mails(reader: _Reader, order: Order) -> list[TimelineItem]:
    query = repository.notified_since(order.user_id, order.created_at, limit=MOST)
    entries = [entry for one in reader.find(query) if (entry := entry_in(one))]
    return [
        item
        for entry in entries
        if order.order_id == entry.data.get("orderId")
        or order.payment_intent_id == entry.data.get("fulfillmentId", "")
        for item in timeline_items.of_mail(entry)
    ]
