"""What a payment that came, failed or went back does to its order. Pure.

Nothing here depends on the order in which things came to be known: what is due follows from the
whole state of the payment and of the order.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from firetill.ledger.rules import is_same
from firetill.orders import rules
from firetill.orders.model import FulfilledLine, Fulfillment, Line, Order, OrderPayment, OrderTerms
from firetill.payments.model import PaymentRefused
from firetill.payments.rules import money_gone

Due = Literal["hand_over", "hand_over_late", "give_back", "cancel", "nothing"]
"""What an order is due for what is known of one of its payments.

`hand_over`: the stock is held. `hand_over_late`: it has gone back and must be found again, within
its buyer's limits.
`give_back`: another payment paid for the order, or nothing was left of it. `cancel`: nobody can pay
it any more.
"""


def terms(order: Order) -> OrderTerms:
    """Return what an order's payments are for."""
    return OrderTerms(
        order_id=order.order_id,
        user_id=order.user_id,
        amount=order.amount,
        currency=order.currency,
        title="",
        expires_at=order.expires_at,
        idempotency_key=order.idempotency_key,
    )


def check_metadata(order: Order, found: Mapping[str, str]) -> None:
    """Make sure that a payment's metadata is what we gave it.

    Raises:
        PaymentRefused: it says something else.
    """
    expected = rules.metadata(terms(order))
    # Of an account that was deleted, only pseudonyms are left to compare with.
    if not all(is_same(found.get(name), value) for name, value in expected.items()):
        raise PaymentRefused("bad_metadata")


def due(order: Order, payment: OrderPayment) -> Due:
    """Return what an order is due for one of its payments, as far as it is known."""
    if payment.status == "canceled":
        is_its_own = order.payment_intent_id in {None, payment.payment_intent_id}
        return "cancel" if order.status == "pending" and is_its_own else "nothing"
    if payment.status != "succeeded" or payment.given_back or is_paid_by(order, payment):
        return "nothing"
    match order.status:
        case "pending":
            return "hand_over"
        case "expired" | "canceled":
            return "hand_over_late"
        case _:
            return "give_back"


def is_paid_by(order: Order, payment: OrderPayment) -> bool:
    """Tell whether what an order brought was handed over for this payment."""
    return order.finalized_at is not None and order.payment_intent_id == payment.payment_intent_id


def handed_over(
    order: Order, lines: list[Line], payment: OrderPayment, now: datetime
) -> tuple[Order, Fulfillment]:
    """Return an order whose lines were handed over for a payment, and the record of it.

    A payment that the order had before and that was not paid is to be canceled.
    """
    finalized = msgspec.structs.replace(
        order,
        status="finalized",
        lines=lines,
        payment_intent_id=payment.payment_intent_id,
        finalized_at=now,
        ended_at=None,
        updated_at=now,
    )
    for done in order.stripe_due:
        if done.payment_intent_id == payment.payment_intent_id:
            finalized = rules.without_due(finalized, done)
    if order.payment_intent_id not in {None, payment.payment_intent_id}:
        finalized = rules.with_due(finalized, "cancel", order.payment_intent_id or "", now)
    fulfillment = Fulfillment(
        payment_intent_id=payment.payment_intent_id,
        order_id=order.order_id,
        user_id=order.user_id,
        lines=[
            FulfilledLine(
                kind=line.kind,
                item_id=line.item_id,
                name=line.name,
                quantity=line.quantity,
                unit_price=line.unit_price,
                amount=line.amount,
                rager_id=line.rager_id,
            )
            for line in lines
        ],
        amount=order.amount,
        currency=order.currency,
        created_at=now,
    )
    return finalized, fulfillment


def rejected(order: Order, payment: OrderPayment, now: datetime) -> tuple[Order, OrderPayment]:
    """Return an order and a payment that brings nothing: the money is to go back whole."""
    status = "rejected" if order.finalized_at is None else order.status
    refused = msgspec.structs.replace(order, status=status, updated_at=now)
    refused = rules.with_due(refused, "refund", payment.payment_intent_id, now)
    return refused, msgspec.structs.replace(payment, given_back=True)


def bought_back(order: Order, payment: OrderPayment) -> list[int]:
    """Return how many units of each line the money has bought back that has gone so far.

    Refunds name no items. So units go back in a fixed sequence, tickets first and then products,
    each in the order of their lines, as many as the money pays for; what is left of it buys no part
    of a unit. The more money has gone the more units follow, whatever the steps that it went in.
    When all of it has gone, all of them have, and only then those that cost nothing.
    """
    gone = money_gone(payment)
    if gone >= order.amount:
        return [line.quantity for line in order.lines]
    counts = [0] * len(order.lines)
    for index in _sequence(order.lines):
        line = order.lines[index]
        counts[index] = min(line.quantity, gone // line.unit_price)
        gone -= counts[index] * line.unit_price
        if counts[index] < line.quantity:
            break
    return counts


def _sequence(lines: Sequence[Line]) -> list[int]:
    priced = [index for index, line in enumerate(lines) if line.unit_price]
    return sorted(priced, key=lambda index: lines[index].kind != "event")


def alerts(
    before: Order, after: Order, known: OrderPayment | None, payment: OrderPayment
) -> tuple[str, ...]:
    """Return what somebody should look at, for what an event has just changed.

    `order_rejected`: paid, and nothing was left. `order_paid_twice`: a second payment goes back.
    `used_tickets_refunded`: tickets were used before their money went back.
    `dispute_won_after_return`: the money stays, but what it bought back is gone.
    """
    found = []
    if payment.given_back and not (known and known.given_back):
        found.append("order_rejected" if after.status == "rejected" else "order_paid_twice")
    if after.used_refunded > before.used_refunded:
        found.append("used_tickets_refunded")
    won = {one for one, dispute in payment.disputes.items() if dispute.status == "won"}
    knew = {
        one for one, dispute in (known.disputes if known else {}).items() if dispute.status == "won"
    }
    if won - knew and any(line.bought_back for line in after.lines):
        found.append("dispute_won_after_return")
    return tuple(found)
