"""What Stripe says of an order's payment, and everything that follows from it, in one commit.

The webhook and `finalizeOrder` come through the same function, so that both at once, twice, late
and in any order end in one fulfilment.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from firetill import audit
from firetill.access import Caller
from firetill.database import Database, Snapshot, Transaction
from firetill.errors import (
    LimitReached,
    NotOwner,
    OrderNotFound,
    OrderNotPending,
    PaymentNotSucceeded,
    SoldOut,
)
from firetill.fields import is_user_id
from firetill.logs import log
from firetill.notifications.model import (
    About,
    Notification,
    OrderRefunded,
    OrderRejected,
    Receipt,
    RefundedUnits,
)
from firetill.notifications.outbox import enqueue
from firetill.orders import dues, repository, service, settlement_rules, stock
from firetill.orders import rules as order_rules
from firetill.orders.model import FinalizeOrder, Fulfillment, Line, Order, OrderPayment
from firetill.payments.model import NeedsMetadata, News, Paid, PaymentRefused
from firetill.payments.repository import payment_path
from firetill.payments.rules import learn as learn_fact
from firetill.payments.rules import money_gone, stamped
from firetill.tickets import batches
from firetill.tickets import repository as tickets
from firetill.tickets.codes import Codes, new_token
from firetill.wire import derived_id

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

_ORDER_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Till:
    """What handing over takes beside the database: who signs codes, and where tokens come from."""

    codes: Codes
    new_token: Callable[[], str] = new_token


@dataclass(frozen=True, slots=True)
class Settled:
    """What an event did to an order; `alerts` name what somebody should look at."""

    order_id: str
    status: str
    alerts: tuple[str, ...] = ()


def order_of(metadata: Mapping[str, str] | None, mirror: Snapshot | None) -> str | None:
    """Return which order a payment is for, by its metadata or else by its mirror; None if none."""
    if metadata is not None:
        return metadata.get("orderId")
    return ((mirror.data if mirror else None) or {}).get("orderId")


def documents(news: News) -> list[str]:
    """Return the documents that `learn` needs, as far as the event names them."""
    metadata = news.metadata or {}
    order_id, user_id = metadata.get("orderId", ""), metadata.get("userId", "")
    paths = []
    if news.payment_intent_id:
        paths.append(payment_path(news.payment_intent_id))
        if _ORDER_ID.fullmatch(order_id):
            paths.append(repository.order_path(order_id))
        if isinstance(news.fact, Paid) and is_user_id(user_id):
            paths.append(repository.buyer_path(user_id))
    return paths


def learn(tx: Transaction, till: Till, news: News) -> Settled:
    """Apply what an event says of an order's payment, and hand over or take back what is due.

    Raises:
        PaymentRefused: it fits no order of ours; nothing was written.
        NeedsMetadata: the caller must ask Stripe what the payment is for; nothing was written.
    """
    if news.payment_intent_id is None:
        raise PaymentRefused("bad_metadata")
    [mirror] = tx.get(payment_path(news.payment_intent_id))
    known = repository.payment_in(mirror)
    if news.metadata is None and known is None:
        raise NeedsMetadata
    order_id = known.order_id if known else (news.metadata or {}).get("orderId", "")
    if not _ORDER_ID.fullmatch(order_id):
        raise PaymentRefused("bad_metadata")
    [found] = tx.get(repository.order_path(order_id))
    if not found.exists:
        raise PaymentRefused("unknown_order")
    order = repository.order_in(found)
    if news.metadata is not None:
        settlement_rules.check_metadata(order, news.metadata)
    payment = known or order_rules.new_payment(
        settlement_rules.terms(order), news.payment_intent_id, tx.now
    )
    if news.fact:
        payment = learn_fact(payment, news.fact)
    settled, payment = _settle(tx, till, order, payment)
    settled = _take_back(tx, settled, payment)
    alerts = settlement_rules.alerts(order, settled, known, payment)
    for alert in alerts:
        _report(tx, alert, settled, payment)
    if settled != order:
        repository.put_order(tx, msgspec.structs.replace(settled, updated_at=tx.now))
    repository.put_payment(tx, stamped(payment, tx.now))
    return Settled(order_id, settled.status, alerts)


def announce(settled: Settled) -> None:
    """Log what a commit did to an order, once it stands."""
    for alert in settled.alerts:
        log("ERROR", "order needs a look", orderId=settled.order_id, alert=alert)


def finalize(
    db: Database, stripe: "StripeGateway", till: Till, caller: Caller, request: FinalizeOrder
) -> Fulfillment:
    """Hand over what a payment has paid for, unless its webhook has; harmless when repeated.

    Raises:
        OrderNotFound: the payment is for none of our orders.
        NotOwner: it is for somebody else's.
        PaymentNotSucceeded: Stripe does not say that the money is there.
        OrderNotPending: nothing could be handed over, and the money goes back.
        PaymentProviderUnavailable: Stripe did not answer.
    """
    payment_intent_id = request.payment_intent_id
    fulfilled_path = repository.fulfillment_path(payment_intent_id)
    fulfilled, mirror = db.get(fulfilled_path, payment_path(payment_intent_id))
    payment = repository.payment_in(mirror)
    if payment is None:
        raise OrderNotFound(payment_intent_id)
    if not caller.server and payment.user_id != caller.user_id:
        raise NotOwner
    if done := repository.fulfillment_in(fulfilled):
        return done
    state = stripe.payment_intent(payment_intent_id)
    if state is None:
        raise OrderNotFound(payment_intent_id)
    if state.status != "succeeded":
        raise PaymentNotSucceeded(state.status)
    paid = Paid(amount=state.amount_received, currency=state.currency)
    news = News(payment_intent_id=payment_intent_id, metadata=state.metadata, fact=paid)

    def body(tx: Transaction) -> Settled:
        tx.get(*documents(news))
        return learn(tx, till, news)

    try:
        settled = db.run(body)
    except PaymentRefused as refused:
        log(
            "ERROR",
            "payment refused",
            paymentIntentId=payment_intent_id,
            reason=refused.reason,
            alert="payment_refused",
        )
        raise PaymentNotSucceeded(refused.reason) from refused
    announce(settled.result)
    order_id = settled.result.order_id
    dues.settle_soon(db, stripe, settled.documents.get(repository.order_path(order_id)))
    written = settled.documents.get(fulfilled_path)
    if done := repository.fulfillment_in(written or db.get(fulfilled_path)[0]):
        return done
    raise OrderNotPending(order_id, settled.result.status)


def _settle(
    tx: Transaction, till: Till, order: Order, payment: OrderPayment
) -> tuple[Order, OrderPayment]:
    match settlement_rules.due(order, payment):
        case "hand_over":
            return _hand_over(tx, till, order, order.lines, payment), payment
        case "hand_over_late":
            try:
                _see_limits(tx, order)
                lines = stock.hold_again(tx, order.order_id, order.lines)
            except (LimitReached, SoldOut):
                return _reject(tx, order, payment)
            return _hand_over(tx, till, order, lines, payment), payment
        case "give_back":
            return _reject(tx, order, payment)
        case "cancel":
            ended = service.end(tx, order, "canceled")
            for due in ended.stripe_due:
                ended = order_rules.without_due(ended, due)  # Stripe has canceled it by itself
            return ended, payment
        case _:
            return order, payment


def _hand_over(
    tx: Transaction, till: Till, order: Order, lines: list[Line], payment: OrderPayment
) -> Order:
    """Sell what is held, issue the tickets, and tell the buyer."""
    rager_ids = {
        line.item_id: tickets.bought_rager_id(order.order_id, line.item_id)
        for line in lines
        if line.kind == "event"
    }
    fulfilled_path = repository.fulfillment_path(payment.payment_intent_id)
    tx.get(
        repository.buyer_path(order.user_id),
        fulfilled_path,
        *repository.places(lines),
        *(
            path
            for event_id, rager_id in rager_ids.items()
            for path in batches.documents(event_id, order.user_id, rager_id)
        ),
    )
    sold = []
    for line in lines:
        stock.consume(tx, line)
        rager_id = rager_ids.get(line.item_id) if line.kind == "event" else None
        if rager_id:
            batches.issue(
                tx,
                till.codes,
                token=till.new_token(),
                rager_id=rager_id,
                event_id=line.item_id,
                user_id=order.user_id,
                quantity=line.quantity,
                order_id=order.order_id,
            )
        sold.append(msgspec.structs.replace(line, rager_id=rager_id))
    _close_for_buyer(tx, order, {} if order.status == "pending" else _held_again(order))
    finalized, fulfillment = settlement_rules.handed_over(order, sold, payment, tx.now)
    repository.create_fulfillment(tx, fulfillment)
    _tell(
        tx,
        order,
        ("receipt", payment.payment_intent_id),
        Receipt(fulfillment_id=payment.payment_intent_id),
    )
    return finalized


def _see_limits(tx: Transaction, order: Order) -> None:
    """See that a late order still fits what one user may have, which others may fill by now.

    Raises:
        LimitReached: it does not.
    """
    paths = [repository.item_path(line.kind, line.item_id) for line in order.lines]
    [found, *items] = tx.get(repository.buyer_path(order.user_id), *paths)
    limits = {
        order_rules.item_key(line): limit
        for line, item in zip(order.lines, items, strict=True)
        if item.exists and (limit := repository.item_in(item, line.kind).per_user_limit) is not None
    }
    order_rules.counted(repository.buyer_in(found), order.lines, limits)


def _held_again(order: Order) -> dict[str, int]:
    """Return what a late order counts again for its buyer: the opposite of giving back."""
    return {key: -count for key, count in order_rules.held(order.lines).items()}


def _close_for_buyer(tx: Transaction, order: Order, given_back: Mapping[str, int]) -> None:
    [found] = tx.get(repository.buyer_path(order.user_id))
    buyer = repository.buyer_in(found)
    repository.put_buyer(tx, order_rules.closed(buyer, order.order_id, given_back))


def _reject(tx: Transaction, order: Order, payment: OrderPayment) -> tuple[Order, OrderPayment]:
    """Let a payment bring nothing: it goes back whole, and the buyer is told."""
    refused, given_back = settlement_rules.rejected(order, payment, tx.now)
    about = OrderRejected(order_id=order.order_id, amount=payment.amount, currency=payment.currency)
    _tell(tx, order, ("order_rejected", payment.payment_intent_id), about)
    return refused, given_back


def _take_back(tx: Transaction, order: Order, payment: OrderPayment) -> Order:
    """Take back what the money has bought back that went, once for each unit."""
    if not settlement_rules.is_paid_by(order, payment):
        return order
    counts = settlement_rules.bought_back(order, payment)
    tx.get(*_documents_of(order, counts))
    lines, units, used = list[Line](), list[RefundedUnits](), 0
    returned: dict[str, int] = {}
    for line, count in zip(order.lines, counts, strict=True):
        more = count - line.bought_back
        if more <= 0:
            lines.append(line)
            continue
        back = more
        if line.rager_id is not None:
            bought = batches.buy_back(tx, line.item_id, line.rager_id, count)
            back = bought.dead
            used += more - back
        if back:
            stock.give_back(tx, line, back)
        units.append(RefundedUnits(name=line.name, quantity=more))
        if line.limited:
            returned[order_rules.item_key(line)] = back
        lines.append(
            msgspec.structs.replace(line, bought_back=count, returned=line.returned + back)
        )
    gone = money_gone(payment)
    if gone > order.amount_gone:
        about = OrderRefunded(
            order_id=order.order_id,
            amount=gone - order.amount_gone,
            currency=order.currency,
            units=units,
        )
        _tell(tx, order, ("order_refunded", payment.payment_intent_id, str(gone)), about)
    if returned:
        _close_for_buyer(tx, order, returned)
    return msgspec.structs.replace(
        order,
        lines=lines,
        amount_gone=max(gone, order.amount_gone),
        used_refunded=order.used_refunded + used,
        status="refunded" if gone >= order.amount else order.status,
    )


def _documents_of(order: Order, counts: list[int]) -> list[str]:
    """Return the documents of what goes back now, to be read in one batch."""
    paths = []
    for line, count in zip(order.lines, counts, strict=True):
        if count <= line.bought_back:
            continue
        paths.append(repository.place_path(line))
        if line.rager_id is not None:
            paths += batches.documents(line.item_id, order.user_id, line.rager_id)
        if line.limited:
            paths.append(repository.buyer_path(order.user_id))
    return paths


def _report(tx: Transaction, alert: str, order: Order, payment: OrderPayment) -> None:
    """Put what somebody should look at on record, in the commit that brought it about."""
    won = sum(dispute.status == "won" for dispute in payment.disputes.values())
    cause = (alert, payment.payment_intent_id, str(order.used_refunded), str(won))
    audit.record(
        tx,
        derived_id(*cause),
        alert,
        orderId=order.order_id,
        userId=order.user_id,
        paymentIntentId=payment.payment_intent_id,
        status=order.status,
        usedRefunded=order.used_refunded,
    )


def _tell(tx: Transaction, order: Order, cause: tuple[str, ...], about: About) -> None:
    notification_id = derived_id(*cause)
    enqueue(tx, Notification(notification_id=notification_id, user_id=order.user_id, about=about))
