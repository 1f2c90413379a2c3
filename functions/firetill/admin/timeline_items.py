"""What each document says of an order, as items of its time line. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from firetill.admin.timeline_model import Kind, TimelineItem, Value
from firetill.door.model import Scan
from firetill.door.offline_model import Conflict
from firetill.notifications.model import OutboxEntry
from firetill.orders.model import Fulfillment, Line, Order, OrderPayment
from firetill.tickets.model import Batch, TicketToken
from firetill.webhooks.model import InboxEntry


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A record of the audit log that names the order, with all that it says in `data`."""

    audit_id: str
    kind: str
    at: datetime
    event_id: str | None = None
    event_type: str | None = None
    payment_intent_id: str | None = None
    result: str | None = None
    data: dict[str, Value] = {}

    @property
    def path(self) -> str:
        """Return the path of the record."""
        return f"auditLog/{self.audit_id}"

    @property
    def is_of_stripe(self) -> bool:
        """Tell whether it is one delivery of an event of Stripe's."""
        return self.kind == "order_event" and self.event_id is not None


def record_in(fields: Mapping[str, Any]) -> Record:
    """Return a record of the audit log from its fields."""
    said = {
        name: value
        for name, value in fields.items()
        if name not in {"auditId", "kind", "at", "orderId"}
        and isinstance(value, str | int | bool | None)
    }
    return msgspec.convert({**fields, "data": said}, Record)


def of_order(order: Order) -> Iterator[TimelineItem]:
    """Yield that it was made, what became of its stock, and what Stripe is still to be asked."""
    path = f"orders/{order.order_id}"
    yield _item(
        order.created_at,
        "ordered",
        "Order opened",
        path,
        amount=order.amount,
        currency=order.currency,
        status=order.status,
        userId=order.user_id,
    )
    for line in order.lines:
        yield _stock(order.created_at, "Stock held", line, line.quantity)
        if order.finalized_at is not None:
            yield _stock(order.finalized_at, "Stock sold", line, line.quantity)
        elif order.ended_at is not None:
            yield _stock(order.ended_at, "Stock given back", line, line.quantity)
        if line.returned:
            yield _stock(order.updated_at, "Stock returned", line, line.returned)
    if order.ended_at is not None:
        yield _item(order.ended_at, "ordered", f"Order {order.status}", path, status=order.status)
    for due in order.stripe_due:
        kind: Kind = "refund" if due.action == "refund" else "payment"
        yield _item(
            order.stripe_due_since or order.updated_at,
            kind,
            f"Stripe is yet to be asked to {due.action}",
            path,
            paymentIntentId=due.payment_intent_id,
            attempt=due.attempt,
        )


def of_records(records: Sequence[Record], events: Mapping[str, InboxEntry]) -> list[TimelineItem]:
    """Return what the audit log says: each delivery of an event, and the rest."""
    items = []
    for record in records:
        if not record.is_of_stripe or record.event_id is None:
            title = record.kind.replace("_", " ").capitalize()
            items.append(_item(record.at, "audit", title, record.path, **record.data))
            continue
        entry = events.get(record.event_id)
        path = f"stripeEvents/{record.event_id}" if entry else record.path
        title = f"{record.event_type}: {record.result}"
        inbox = {"status": entry.status, "attempts": entry.attempts} if entry else {}
        items.append(_item(record.at, "stripe_event", title, path, **record.data, **inbox))
    return items


def of_payment(payment: OrderPayment, records: Sequence[Record]) -> Iterator[TimelineItem]:
    """Yield how a payment stands; when money went back, the events of Stripe's say."""
    path = f"paymentIntents/{payment.payment_intent_id}"
    money: dict[str, Value] = {
        "paymentIntentId": payment.payment_intent_id,
        "amount": payment.amount,
        "currency": payment.currency,
    }
    yield _item(
        payment.created_at, "payment", "Payment prepared", path, **money, status=payment.status
    )
    if payment.settled_at is not None:
        yield _item(
            payment.settled_at,
            "payment",
            "Payment succeeded",
            path,
            **money,
            givenBack=payment.given_back,
        )
    elif payment.status != "requires_payment_method":
        title = f"Payment {payment.status.removeprefix('payment_')}"
        yield _item(payment.updated_at, "payment", title, path, **money)
    if payment.amount_refunded:
        whole = payment.amount_refunded >= payment.amount
        yield _item(
            _last(records, payment, "charge.refunded") or payment.updated_at,
            "refund",
            "Refunded" if whole else "Refunded in part",
            path,
            **{**money, "amount": payment.amount_refunded},
        )
    for dispute_id, dispute in payment.disputes.items():
        yield _item(
            _last(records, payment, "charge.dispute.") or payment.updated_at,
            "dispute",
            f"Dispute: {dispute.status}",
            path,
            **{**money, "amount": dispute.amount},
            disputeId=dispute_id,
        )


def of_fulfillment(done: Fulfillment) -> TimelineItem:
    """Return that it was handed over."""
    return _item(
        done.created_at,
        "fulfilled",
        "Handed over",
        f"fulfillments/{done.payment_intent_id}",
        paymentIntentId=done.payment_intent_id,
        units=sum(line.quantity for line in done.lines),
        amount=done.amount,
        currency=done.currency,
    )


def of_batch(batch: Batch, token: TicketToken | None) -> Iterator[TimelineItem]:
    """Yield a batch as it stands, and its present token, of which nothing is told but its fate."""
    path = f"events/{batch.event_id}/ragers/{batch.rager_id}"
    names: dict[str, Value] = {"eventId": batch.event_id, "ragerId": batch.rager_id}
    yield _item(
        batch.created_at,
        "batch",
        "Tickets passed on" if batch.transferred_from else "Tickets issued",
        path,
        **names,
        userId=batch.user_id,
        ticketQuantity=batch.ticket_quantity,
        usedCount=batch.used_count,
        voidedUnits=batch.voided_units,
        active=batch.active,
        closed=batch.closed,
        transferredFrom=batch.transferred_from,
    )
    if token is None:
        return
    version = batch.version
    yield _item(token.created_at, "token", "Code made", path, **names, version=version)
    if token.revoked_at is not None:
        title = f"Code dead: {token.revoked_reason}"
        yield _item(token.revoked_at, "token", title, path, **names, version=version)


def of_scan(scan: Scan) -> Iterator[TimelineItem]:
    """Yield a scan, and that it was taken back."""
    path = f"events/{scan.event_id}/scans/{scan.scan_id}"
    said: dict[str, Value] = {
        "eventId": scan.event_id,
        "scanId": scan.scan_id,
        "ragerId": scan.rager_id,
        "direction": scan.direction,
        "count": scan.count,
        "gate": scan.gate,
        "device": scan.device,
    }
    title = f"Scan: {scan.result}" + (f", {scan.reason}" if scan.reason else "")
    yield _item(
        scan.at,
        "scan",
        title,
        path,
        **said,
        result=scan.result,
        reason=scan.reason,
        staffId=scan.staff_id,
        source=scan.source,
    )
    if scan.undone_at is not None:
        yield _item(
            scan.undone_at,
            "scan",
            "Scan undone",
            path,
            **said,
            result="undone",
            reason=scan.undo_reason,
            staffId=scan.undone_by,
        )


def of_conflict(conflict: Conflict) -> Iterator[TimelineItem]:
    """Yield a contradiction that an offline scan made, and that somebody has looked at it."""
    path = f"events/{conflict.event_id}/conflicts/{conflict.scan_id}"
    said: dict[str, Value] = {
        "eventId": conflict.event_id,
        "scanId": conflict.scan_id,
        "ragerId": conflict.rager_id,
        "reason": conflict.reason,
        "overAdmitted": conflict.over_admitted,
    }
    yield _item(conflict.created_at, "conflict", f"Conflict: {conflict.reason}", path, **said)
    if conflict.resolved_at is not None:
        yield _item(
            conflict.resolved_at,
            "conflict",
            "Conflict resolved",
            path,
            **said,
            resolvedBy=conflict.resolved_by,
            note=conflict.note,
        )


def of_mail(entry: OutboxEntry) -> Iterator[TimelineItem]:
    """Yield a notification when it was written, and when it was sent."""
    path = f"notifications/{entry.notification_id}"
    said: dict[str, Value] = {
        "notificationId": entry.notification_id,
        "about": entry.kind,
        "status": entry.status,
        "attempts": entry.attempts,
    }
    name = entry.kind.replace("_", " ")
    yield _item(entry.created_at, "mail", f"Notification queued: {name}", path, **said)
    if entry.sent_at is not None:
        yield _item(entry.sent_at, "mail", f"Notification sent: {name}", path, **said)


def _stock(at: datetime, title: str, line: Line, quantity: int) -> TimelineItem:
    path = f"{'products' if line.kind == 'product' else 'events'}/{line.item_id}"
    return _item(
        at,
        "stock",
        title,
        path if line.shard is None else f"{path}/inventory/{line.shard}",
        itemId=line.item_id,
        name=line.name,
        quantity=quantity,
        shard=line.shard,
    )


def _last(records: Sequence[Record], payment: OrderPayment, begins: str) -> datetime | None:
    """Return when the last event of a type about a payment had its effect."""
    return max(
        (
            record.at
            for record in records
            if record.is_of_stripe
            and record.result == "processed"
            and record.payment_intent_id == payment.payment_intent_id
            and (record.event_type or "").startswith(begins)
        ),
        default=None,
    )


def _item(at: datetime, kind: Kind, title: str, path: str, **data: Value) -> TimelineItem:
    return TimelineItem(at=at, kind=kind, title=title, data=data, path=path)
