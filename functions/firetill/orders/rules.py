"""What may be ordered, the limits of it, and the life of an order. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from firetill.errors import InvalidField, LimitReached, NotOnSale
from firetill.orders.model import (
    Buyer,
    ItemKind,
    Line,
    Order,
    OrderItem,
    OrderPayment,
    OrderStatus,
    OrderTerms,
    Product,
    StripeAction,
    StripeDue,
)
from firetill.orders.stock_rules import Wanted
from firetill.tickets.model import TicketedEvent

HOLD: Final = timedelta(minutes=15)
"""How long an unpaid order holds its stock."""

OPEN_ORDERS: Final = 5
MOST_AMOUNT: Final = 99_999_999
"""What Stripe takes at most in one payment, in minor units."""

LEAST_AMOUNT: Final = 50
LEAST_AMOUNTS: Final[Mapping[str, int]] = {
    "aed": 200,
    "bgn": 100,
    "czk": 1_500,
    "dkk": 250,
    "gbp": 30,
    "hkd": 400,
    "huf": 17_500,
    "mxn": 1_000,
    "myr": 200,
    "nok": 300,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "thb": 1_000,
}
"""What Stripe takes at least in one payment, in minor units; else it is `LEAST_AMOUNT`."""

MOST_OF_AN_ITEM: Final = 100


def summed(items: Sequence[OrderItem]) -> list[Wanted]:
    """Return what is wanted of each item, in the order of the first line that names it.

    So two lines on one item are held against its stock together.

    Raises:
        InvalidField: a line names both a product and an event, or neither.
        LimitReached: more of an item than any order may have.
    """
    totals: dict[tuple[ItemKind, str], int] = {}
    for number, item in enumerate(items):
        match item.product_id, item.event_id:
            case str(product_id), None:
                key: tuple[ItemKind, str] = ("product", product_id)
            case None, str(event_id):
                key = ("event", event_id)
            case _:
                raise InvalidField(f"items[{number}]", "must name a productId or an eventId")
        totals[key] = totals.get(key, 0) + item.quantity
    for (_, item_id), quantity in totals.items():
        if quantity > MOST_OF_AN_ITEM:
            raise LimitReached("per_order", limit=MOST_OF_AN_ITEM, item_id=item_id)
    return [Wanted(kind, item_id, quantity) for (kind, item_id), quantity in totals.items()]


def line(wanted: Wanted, item: Product | TicketedEvent, shard: int | None, now: datetime) -> Line:
    """Return the line of an order for an item, at the item's own price.

    Raises:
        NotOnSale: the item is not active, or its sales have ended.
        LimitReached: the item allows fewer in one order.
    """
    over = isinstance(item, TicketedEvent) and (
        (item.sales_end_at is not None and item.sales_end_at <= now)
        or (item.ends_at is not None and item.ends_at <= now)
    )
    if not item.active or over:
        raise NotOnSale(wanted.item_id)
    if item.per_order_limit is not None and wanted.quantity > item.per_order_limit:
        raise LimitReached("per_order", limit=item.per_order_limit, item_id=wanted.item_id)
    return Line(
        kind=wanted.kind,
        item_id=wanted.item_id,
        name=item.name,
        unit_price=item.price_cents,
        quantity=wanted.quantity,
        amount=wanted.quantity * item.price_cents,
        shard=shard,
        limited=item.per_user_limit is not None,
    )


def total(lines: Iterable[Line], currencies: set[str]) -> tuple[int, str]:
    """Return what an order costs, in minor units, and in which currency.

    Raises:
        InvalidField: the items have several currencies, or cost less than Stripe takes.
        LimitReached: it is more than Stripe takes in one payment.
    """
    if len(currencies) != 1:
        raise InvalidField("items", "must all have one currency; order the others apart")
    amount = sum(one.amount for one in lines)
    [currency] = currencies
    if amount == 0:
        raise InvalidField("items", "cost nothing; an administrator hands out what is free")
    if amount < (least := LEAST_AMOUNTS.get(currency, LEAST_AMOUNT)):
        raise InvalidField("items", f"cost less than {least} minor units, the least one can pay")
    if amount > MOST_AMOUNT:
        raise LimitReached("amount", limit=MOST_AMOUNT)
    return amount, currency


def ordered(
    buyer: Buyer, order_id: str, lines: Sequence[Line], limits: Mapping[str, int], now: datetime
) -> Buyer:
    """Return what is known of a buyer once an order is open.

    An order that ran out counts no more, even before the job has come by.

    Args:
        buyer: as known before.
        order_id: the new order.
        lines: its lines.
        limits: how many of a limited item one user may have, by item.
        now: the present instant.

    Raises:
        LimitReached: the user has too many open orders, or more of an item than its limit.
    """
    still_open = {known: until for known, until in buyer.open_orders.items() if until > now}
    if len(still_open) >= OPEN_ORDERS:
        raise LimitReached("open_orders", limit=OPEN_ORDERS)
    counts = counted(buyer, lines, limits)
    opened = {**still_open, order_id: now + HOLD}
    return msgspec.structs.replace(buyer, open_orders=opened, counts=counts)


def counted(buyer: Buyer, lines: Iterable[Line], limits: Mapping[str, int]) -> dict[str, int]:
    """Return how many of each limited item a buyer has once some lines count too, by item.

    Args:
        buyer: as known before.
        lines: what is to count.
        limits: how many one user may have, by item; an item that is not there has no limit.

    Raises:
        LimitReached: more of an item than its limit.
    """
    counts = dict(buyer.counts)
    for one in lines:
        if one.limited:
            key = item_key(one)
            counts[key] = counts.get(key, 0) + one.quantity
            limit = limits.get(key)
            if limit is not None and counts[key] > limit:
                raise LimitReached("per_user", limit=limit, item_id=one.item_id)
    return counts


def closed(buyer: Buyer, order_id: str, given_back: Mapping[str, int]) -> Buyer:
    """Return what is known of a buyer once an order is no longer open, or units came back.

    Args:
        buyer: as known before.
        order_id: the order.
        given_back: how many of each limited item count no more, by item; below zero, count again.
    """
    still_open = {one: until for one, until in buyer.open_orders.items() if one != order_id}
    counts = dict(buyer.counts)
    for key, back in given_back.items():
        counts[key] = counts.get(key, 0) - back
    counts = {key: count for key, count in counts.items() if count > 0}
    return msgspec.structs.replace(buyer, open_orders=still_open, counts=counts)


def item_key(one: Line) -> str:
    """Return the name under which a buyer's counts know an item."""
    return f"{one.kind}:{one.item_id}"


def held(lines: Iterable[Line]) -> dict[str, int]:
    """Return how many of each limited item some lines hold, by item."""
    return {item_key(one): one.quantity for one in lines if one.limited}


def new_order(terms: OrderTerms, lines: list[Line], now: datetime) -> Order:
    """Return an order that has just been opened."""
    return Order(
        order_id=terms.order_id,
        user_id=terms.user_id,
        status="pending",
        lines=lines,
        amount=terms.amount,
        currency=terms.currency,
        expires_at=terms.expires_at,
        idempotency_key=terms.idempotency_key,
        operation_id=terms.order_id,
        created_at=now,
        updated_at=now,
    )


def new_payment(terms: OrderTerms, payment_intent_id: str, now: datetime) -> OrderPayment:
    """Return the mirror of an order's PaymentIntent of which nothing more is known."""
    return OrderPayment(
        payment_intent_id=payment_intent_id,
        user_id=terms.user_id,
        order_id=terms.order_id,
        amount=terms.amount,
        currency=terms.currency,
        status="requires_payment_method",
        operation_id=terms.order_id,
        idempotency_key=terms.idempotency_key,
        created_at=now,
        updated_at=now,
    )


def metadata(terms: OrderTerms) -> dict[str, str]:
    """Return what Stripe keeps with an order's payment, to find the order again."""
    return {
        "userId": terms.user_id,
        "orderId": terms.order_id,
        "operationId": terms.order_id,
        "idempotencyKey": terms.idempotency_key,
    }


def prepared(order: Order, payment_intent_id: str, now: datetime) -> Order:
    """Return an order whose payment Stripe has prepared.

    An order that came to its end while Stripe took its time stays so: the payment must not revive
    it, and is to be canceled.
    """
    if order.status == "pending":
        return msgspec.structs.replace(order, payment_intent_id=payment_intent_id, updated_at=now)
    if order.payment_intent_id == payment_intent_id:
        return order  # a webhook was quicker
    return with_due(order, "cancel", payment_intent_id, now)


def is_to_be_canceled(order: Order, payment_intent_id: str) -> bool:
    """Tell whether one of an order's payments is to be canceled at Stripe."""
    return ("cancel", payment_intent_id) in {
        (due.action, due.payment_intent_id) for due in order.stripe_due
    }


def ended(order: Order, status: OrderStatus, now: datetime) -> Order:
    """Return a pending order that came to nothing; its payment is to be canceled."""
    ending = msgspec.structs.replace(order, status=status, ended_at=now, updated_at=now)
    if order.payment_intent_id is None:
        return ending
    return with_due(ending, "cancel", order.payment_intent_id, now)


def with_due(order: Order, action: StripeAction, payment_intent_id: str, now: datetime) -> Order:
    """Return an order for which Stripe has one more thing to be asked for, unless it has it."""
    known = {(due.action, due.payment_intent_id) for due in order.stripe_due}
    if (action, payment_intent_id) in known:
        return order
    # A payment that is to be given back has succeeded: there is nothing left of it to cancel.
    others = [due for due in order.stripe_due if due.payment_intent_id != payment_intent_id]
    return msgspec.structs.replace(
        order,
        stripe_due=[*others, StripeDue(action=action, payment_intent_id=payment_intent_id)],
        stripe_due_since=order.stripe_due_since or now,
    )


def without_due(order: Order, done: StripeDue) -> Order:
    """Return an order for which Stripe was asked for one of the things."""
    left = [
        due
        for due in order.stripe_due
        if (due.action, due.payment_intent_id) != (done.action, done.payment_intent_id)
    ]
    since = order.stripe_due_since if left else None
    return msgspec.structs.replace(order, stripe_due=left, stripe_due_since=since)


def tried_again(order: Order, failed: StripeDue) -> Order:
    """Return an order for which one of the things is to be asked for under another key."""
    dues = [
        msgspec.structs.replace(due, attempt=due.attempt + 1) if due == failed else due
        for due in order.stripe_due
    ]
    return msgspec.structs.replace(order, stripe_due=dues)
