"""Opening orders and ending unpaid ones; each function of `db` is one operation.

Opening has two commits with Stripe between them. A crash leaves a pending operation record: the
caller's retry, or the job through `finish`, makes the same request of Stripe and goes on. If nobody
does, the order runs out like any other.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from firetill import limits, operations
from firetill.customers import service as customers
from firetill.customers.repository import customer_id_in, customer_path
from firetill.database import Database, Snapshot, Transaction
from firetill.errors import OrderNotPending, PaymentProviderUnavailable
from firetill.operations import Operation
from firetill.orders import dues, repository, rules, stock
from firetill.orders.model import (
    CanceledOrder,
    CancelOrder,
    CreatedOrder,
    CreateOrder,
    Order,
    OrderStatus,
    OrderTerms,
)
from firetill.payments import service as payments
from firetill.payments.model import Charge, ClientIntent, CustomerGone
from firetill.payments.repository import payment_path

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

CREATE: Final = "createOrder"
CANCEL: Final = "cancelOrder"

TITLE_LENGTH: Final = 500


class Begun(NamedTuple):
    """An order as its first commit left it.

    `record` is its operation's, `order` its document if this call opened it, `customer_id` the
    buyer's at Stripe, if there is one.
    """

    record: Snapshot
    order: Snapshot | None
    customer_id: str | None


def create(
    db: Database, stripe: "StripeGateway", user_id: str, request: CreateOrder
) -> CreatedOrder:
    """Open an order: hold its stock for 15 minutes, and prepare its payment.

    Raises:
        InvalidField: a line names no item or two, currencies differ, there is nothing to pay.
        EventNotFound, ProductNotFound, NotOnSale: an item cannot be bought.
        LimitReached: more than one order or one user may have.
        SoldOut: less of an item is free.
        RateLimited: too many orders were opened.
        IdempotencyKeyReused: the key came before with other input.
        OrderNotPending: the order of this key has come to its end before its payment was prepared.
        PaymentProviderUnavailable: Stripe did not answer; the same key works later.
    """
    begun = begin(db, user_id, request)
    if first := _result(begun.record):
        return _still_pending(first)
    customer_id = begun.customer_id or customers.ensure(db, stripe, user_id)
    known = [begun.order] if begun.order else []
    return _finish(db, stripe, begun.record, customer_id, known=known)


def begin(db: Database, user_id: str, request: CreateOrder) -> Begun:
    """Open an order and hold its stock, or find it opened; the first of the two commits.

    Raises:
        Refusal: as `create`, but for what comes of asking Stripe.
    """
    wanted = rules.summed(request.items)
    operation = Operation.of(user_id, CREATE, request)

    def body(tx: Transaction) -> tuple[Snapshot, str | None]:
        buyer_path = repository.buyer_path(user_id)
        limit_path = limits.path(user_id, CREATE)
        record, customer, buyer, *_ = tx.get(
            operation.path,
            customer_path(user_id),
            buyer_path,
            limit_path,
            *stock.documents(wanted),
        )
        tx.waive(customer.path, limit_path)
        operations.first_result(tx, operation)  # refuses a key that came with other input
        if not record.exists:
            limits.take(tx, user_id, CREATE)
            lines, currencies, capped = stock.reserve(tx, operation.id, wanted)
            amount, currency = rules.total(lines, currencies)
            terms = OrderTerms(
                order_id=operation.id,
                user_id=user_id,
                amount=amount,
                currency=currency,
                title=", ".join(f"{one.quantity} x {one.name}" for one in lines)[:TITLE_LENGTH],
                expires_at=tx.now + rules.HOLD,
                idempotency_key=operation.key,
            )
            known = repository.buyer_in(buyer)
            repository.put_buyer(tx, rules.ordered(known, operation.id, lines, capped, tx.now))
            repository.create_order(tx, rules.new_order(terms, lines, tx.now))
            operations.begin(tx, operation, terms)
        return record, customer_id_in(customer)

    begun = db.run(body)
    found, customer_id = begun.result
    record = begun.documents.get(operation.path, found)
    return Begun(record, begun.documents.get(repository.order_path(operation.id)), customer_id)


def finish(db: Database, stripe: "StripeGateway", record: Snapshot) -> bool:
    """Finish an order whose creation crashed between its commits, from its operation record.

    Nobody has its client secret yet, so nobody can have paid; what has come to its end meanwhile
    stays so.

    Returns:
        Whether the record was an order's; others are left alone.

    Raises:
        PaymentProviderUnavailable: Stripe did not answer; a later try may.
    """
    if (record.data or {}).get("operation") != CREATE:
        return False
    terms = repository.terms_in(record)
    with suppress(OrderNotPending):  # finished all the same; nobody is there to tell
        _finish(db, stripe, record, customers.ensure(db, stripe, terms.user_id))
    return True


def cancel(
    db: Database, stripe: "StripeGateway", user_id: str, request: CancelOrder
) -> CanceledOrder:
    """End an unpaid order: its stock goes back at once, and it can be paid no more.

    Raises:
        OrderNotFound, NotOwner: it is not this user's order.
        OrderNotPending: it has come to its end already.
        IdempotencyKeyReused: the key came before with other input.
    """
    operation = Operation.of(user_id, CANCEL, request)

    def body(tx: Transaction) -> CanceledOrder:
        path, buyer_path = repository.order_path(request.order_id), repository.buyer_path(user_id)
        found, *_ = tx.get(path, operation.path, buyer_path)
        if first := operations.first_result(tx, operation):
            return msgspec.convert(first, CanceledOrder)
        order = repository.own_order(found, user_id)
        if order.status != "pending":
            raise OrderNotPending(order.order_id, order.status)
        end(tx, order, "canceled")
        result = CanceledOrder(order_id=order.order_id, status="canceled")
        operations.record(tx, operation, result)
        return result

    canceled = db.run(body)
    dues.settle_soon(db, stripe, canceled.documents.get(repository.order_path(request.order_id)))
    return canceled.result


def expire(db: Database, stripe: "StripeGateway", found: Snapshot) -> bool:
    """End an order that was not paid in time; leave one alone that was, or still has time.

    Args:
        db: the database.
        stripe: is to cancel the payment.
        found: the order's document, as a query found it.

    Returns:
        Whether this call ended it.
    """

    def body(tx: Transaction) -> bool:
        [now_found] = tx.get(found.path)
        order = repository.order_in(now_found)
        if order.status != "pending" or order.expires_at > tx.now:
            return False
        end(tx, order, "expired")
        return True

    expired = db.run(body, known=[found])
    dues.settle_soon(db, stripe, expired.documents.get(found.path))
    return expired.result


def withdraw(db: Database, stripe: "StripeGateway", found: Snapshot) -> bool:
    """End an unpaid order because its buyer goes; leave one alone that has come to its end.

    Args:
        db: the database.
        stripe: is to cancel the payment.
        found: the order's document, as a query found it.

    Returns:
        Whether this call ended it.
    """

    def body(tx: Transaction) -> bool:
        order = repository.order_in(tx.get(found.path)[0])
        if order.status != "pending":
            return False
        end(tx, order, "canceled")
        return True

    withdrawn = db.run(body, known=[found])
    dues.settle_soon(db, stripe, withdrawn.documents.get(found.path))
    return withdrawn.result


def end(tx: Transaction, order: Order, status: OrderStatus) -> Order:
    """End a pending order in the transaction that has read it: its stock and limits are free."""
    tx.get(repository.buyer_path(order.user_id), *repository.places(order.lines))
    for line in order.lines:
        stock.release(tx, line)
    [buyer] = tx.get(repository.buyer_path(order.user_id))
    known = repository.buyer_in(buyer)
    repository.put_buyer(tx, rules.closed(known, order.order_id, rules.held(order.lines)))
    ended = rules.ended(order, status, tx.now)
    repository.put_order(tx, ended)
    return ended


def _finish(
    db: Database,
    stripe: "StripeGateway",
    record: Snapshot,
    customer_id: str,
    *,
    known: Iterable[Snapshot] = (),
) -> CreatedOrder:
    terms = repository.terms_in(record)
    made = _intent(db, stripe, record, terms, customer_id)
    mirror_path = payment_path(made.payment_intent_id)
    created = CreatedOrder(
        order_id=terms.order_id,
        status="pending",
        amount=terms.amount,
        currency=terms.currency,
        payment_intent_id=made.payment_intent_id,
        client_secret=made.client_secret,
        expires_at=terms.expires_at,
    )

    def body(tx: Transaction) -> CreatedOrder:
        path = repository.order_path(terms.order_id)
        found, done, mirror = tx.get(
            path, operations.operation_path(record.document_id), mirror_path
        )
        if first := _result(done):
            return first
        order = repository.order_in(found)
        if order.status == "pending" and order.expires_at <= tx.now:
            order = end(tx, order, "expired")
        prepared = rules.prepared(order, made.payment_intent_id, tx.now)
        repository.put_order(tx, prepared)
        if not mirror.exists:  # else a webhook was quicker
            repository.put_payment(tx, rules.new_payment(terms, made.payment_intent_id, tx.now))
        is_dead = rules.is_to_be_canceled(prepared, made.payment_intent_id)
        result = msgspec.structs.replace(created, status=order.status if is_dead else "pending")
        operations.complete(tx, record.document_id, result)
        return result

    absent = Snapshot(mirror_path, None, None)
    documents = [*known, record, absent] if known else []
    finished = db.run(body, known=documents)
    dues.settle_soon(db, stripe, finished.documents.get(repository.order_path(terms.order_id)))
    return _still_pending(finished.result)


def _intent(
    db: Database, stripe: "StripeGateway", record: Snapshot, terms: OrderTerms, customer_id: str
) -> ClientIntent:
    charge = Charge(
        amount=terms.amount, currency=terms.currency, title=terms.title, customer_id=customer_id
    )
    metadata = rules.metadata(terms)
    try:
        return payments.request(
            db,
            record,
            lambda key: stripe.create_payment_intent(charge, metadata, idempotency_key=key),
        )
    except CustomerGone as gone:
        db.run_transaction(lambda tx: customers.forget(tx, customer_id, terms.user_id))
        db.run_transaction(lambda tx: operations.next_attempt(tx, record.document_id))
        raise PaymentProviderUnavailable from gone  # the next try makes a new customer


def _result(record: Snapshot) -> CreatedOrder | None:
    result = (record.data or {})["result"]
    return None if result is None else msgspec.convert(result, CreatedOrder)


def _still_pending(created: CreatedOrder) -> CreatedOrder:
    if created.status != "pending":
        raise OrderNotPending(created.order_id, created.status)
    return created
