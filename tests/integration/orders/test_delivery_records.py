"""Each delivery about an order is on record, and a repeated one waits for nobody."""

from datetime import UTC, datetime

import pytest

from firetill.database import Database, Query, RetryPolicy, Store
from tests.faults import ABORTED, FaultyStore, Script
from tests.integration.orders.deliveries import pay
from tests.integration.pledges.meetings import InterruptedOnce
from tests.integration.shop import TICKET, Shop, write


def _records(shop: Shop, event_id: str) -> list[tuple[str, str]]:
    """The order and the result that each delivery of an event left on record."""
    found = [one.data or {} for one in shop.database.query(Query("auditLog", 300))]
    return sorted(
        (one["orderId"], one["result"])
        for one in found
        if one["kind"] == "order_event" and one["eventId"] == event_id
    )


@pytest.mark.parametrize(
    "event_type", ["charge.refunded", "charge.dispute.created", "charge.dispute.closed"]
)
def test_events_that_name_no_order_are_on_record_with_theirs(shop: Shop, event_type: str) -> None:
    order = shop.order(TICKET)
    pay(shop, order)
    if event_type == "charge.refunded":
        shop.till.refund(order.payment_intent_id)
    else:
        dispute = shop.till.double.open_dispute(order.payment_intent_id)
        shop.till.double.close_dispute(dispute["id"], "lost")
    event = shop.till.event(event_type)
    for _ in range(3):
        shop.till.handle(event)
    assert _records(shop, event["id"]) == [
        (order.order_id, "duplicate"),
        (order.order_id, "duplicate"),
        (order.order_id, "processed"),
    ]


def test_a_refund_that_is_told_before_its_payment_is_on_record_with_its_order(shop: Shop) -> None:
    """Nothing here knows the payment yet: Stripe is asked what it is for."""
    order = shop.order(TICKET)
    shop.till.double.pay(order.payment_intent_id)
    shop.till.refund(order.payment_intent_id)
    for event_type in ("charge.refunded", "payment_intent.succeeded"):
        event = shop.till.event(event_type)
        assert shop.till.handle(event).result == "processed"
        assert _records(shop, event["id"]) == [(order.order_id, "processed")]
    assert shop.status(order.order_id) == "refunded"


def test_a_repeated_delivery_is_answered_whatever_becomes_of_the_order(
    shop: Shop, store: Store
) -> None:
    """The record alone is written: nothing that moves meanwhile can turn it back."""
    order = shop.order(TICKET)
    pay(shop, order)
    event = shop.till.event("payment_intent.succeeded")
    honest, path = shop.till.database, f"orders/{order.order_id}"
    busy = InterruptedOnce(store, lambda: write(honest, path, {"updatedAt": datetime.now(UTC)}))
    shop.till.database = Database(busy, shop.till.clock, policy=RetryPolicy(attempts=1))
    assert shop.till.handle(event).result == "duplicate"
    shop.till.database = honest
    assert [result for _, result in _records(shop, event["id"])] == ["duplicate", "processed"]


def test_a_repeated_delivery_that_meets_a_fault_leaves_one_record(shop: Shop, store: Store) -> None:
    order = shop.order(TICKET)
    pay(shop, order)
    event = shop.till.event("payment_intent.succeeded")
    script = Script(commit=[ABORTED])
    honest = shop.till.database
    shop.till.database = Database(FaultyStore(store, script), shop.till.clock)
    assert shop.till.handle(event).result == "duplicate"
    assert script.spent
    shop.till.database = honest
    assert [result for _, result in _records(shop, event["id"])] == ["duplicate", "processed"]
