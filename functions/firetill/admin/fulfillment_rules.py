"""Whether money and tickets account for each other. Pure."""

import re
from typing import Final

from firetill.admin.fulfillment_model import PaidWithoutTicket, TicketWithoutPayment, Why
from firetill.orders.model import Order, OrderPayment
from firetill.payments.model import ListedIntent
from firetill.tickets.model import Batch

_ORDER_ID: Final = re.compile(r"[0-9a-f]{32}")


def paid_order(intent: ListedIntent) -> str | None:
    """Return which order a payment has paid for; None if it is not paid, or paid back, or no order.

    Money that has gone back to the last unit buys nothing.
    """
    order_id = intent.metadata.get("orderId", "")
    paid = intent.status == "succeeded" and intent.amount_refunded < intent.amount_received
    return order_id if paid and _ORDER_ID.fullmatch(order_id) else None


def is_about(order: Order | None, event_id: str | None) -> bool:
    """Tell whether an order is about an event; one that is not there could be about any."""
    if event_id is None or order is None:
        return True
    return any((line.kind, line.item_id) == ("event", event_id) for line in order.lines)


def without_ticket(
    intent: ListedIntent, order_id: str, order: Order | None, *, handed_over: bool, goes_back: bool
) -> PaidWithoutTicket | None:
    """Return a paid payment for which nothing was handed over; None if all is well.

    Args:
        intent: what Stripe says.
        order_id: which order it says that it is for.
        order: that order, if there is one.
        handed_over: whether something was, for this payment.
        goes_back: whether it is known that this payment is to be paid back.
    """
    if handed_over or goes_back:
        return None
    return PaidWithoutTicket(
        order_id=order_id,
        user_id=order.user_id if order else intent.metadata.get("userId"),
        payment_intent_id=intent.payment_intent_id,
        amount=intent.amount_received - intent.amount_refunded,
        currency=intent.currency,
        order_status=order.status if order else None,
        since=intent.charged_at,
    )


def without_payment(
    batch: Batch, order: Order | None, payment: OrderPayment | None
) -> TicketWithoutPayment | None:
    """Return a batch whose order does not account for it; None if all is well.

    Whatever was made by hand names no order, and what is empty lets nobody in.
    """
    if batch.order_id is None or batch.ticket_quantity == 0:
        return None
    why = _why(batch, order, payment)
    return why and TicketWithoutPayment(
        event_id=batch.event_id,
        rager_id=batch.rager_id,
        user_id=batch.user_id,
        order_id=batch.order_id,
        quantity=batch.ticket_quantity,
        why=why,
    )


def _why(batch: Batch, order: Order | None, payment: OrderPayment | None) -> Why | None:
    if order is None:
        return "order_missing"
    if order.status not in {"finalized", "refunded"}:
        return "order_not_paid"
    if (batch.origin or batch.rager_id) not in {line.rager_id for line in order.lines}:
        return "not_in_order"
    if payment is None or payment.status != "succeeded":
        return "payment_missing"
    if order.status == "refunded" and batch.remaining > 0:
        return "refunded"
    return None
