"""The webhook, `finalizeOrder`, refunds and jobs at once: one effect, or none without guards."""

from functools import partial
from typing import Any

import pytest

from firetill.database import Database, Query, RetryPolicy, Store
from firetill.orders import repository, service
from firetill.orders.model import Fulfillment
from firetill.webhooks.model import Handled
from tests.factories import at_once
from tests.faults import LOST_REPLY, FaultyStore, Script, WithoutPreconditions
from tests.integration.orders.deliveries import batch_of, finalize, pay, refund, told
from tests.integration.pledges.meetings import MeetBeforeCommit
from tests.integration.shop import TICKET, Shop
from tests.integration.till import BANK


def test_ten_webhooks_and_ten_calls_make_one_fulfilment(shop: Shop) -> None:
    order = shop.order(TICKET)
    shop.till.double.pay(order.payment_intent_id)
    event = shop.till.event("payment_intent.succeeded")
    webhooks: list[Any] = [partial(shop.till.handle, event)] * 10
    calls: list[Any] = [partial(finalize, shop, order)] * 10
    answers = at_once([one for pair in zip(webhooks, calls, strict=True) for one in pair])
    handled = [one.result for one in answers if isinstance(one, Handled)]
    assert sorted(handled) == ["duplicate"] * 9 + ["processed"]
    fulfilled = [one for one in answers if isinstance(one, Fulfillment)]
    assert len(fulfilled) == 10
    assert len({one.lines[0].rager_id for one in fulfilled}) == 1
    assert (shop.stock(), batch_of(shop, order)["ticketQuantity"]) == ((9, 0), 1)
    assert told(shop) == ["receipt"]


def test_without_preconditions_two_events_sell_twice(shop: Shop, store: Store) -> None:
    """Negative control: two events of one payment, both read before either commits."""
    order = shop.order(TICKET)
    shop.order(TICKET, key="another")  # so that there is something to take wrongly
    shop.till.double.pay(order.payment_intent_id)
    event = shop.till.event("payment_intent.succeeded")
    careless = MeetBeforeCommit(WithoutPreconditions(store), 2)
    shop.till.database = Database(careless, shop.till.clock, policy=RetryPolicy(attempts=1))
    events = [{**event, "id": f"{event['id']}{n}"} for n in range(2)]
    at_once([partial(shop.till.handle, one) for one in events])
    tokens = shop.till.database.query(Query("ticketTokens", 10))
    assert len(tokens) == 2, "each issued a ticket of its own for the same payment"


def test_a_refund_that_is_told_many_times_at_once_returns_stock_once(shop: Shop) -> None:
    order = shop.order(TICKET)
    pay(shop, order)
    shop.till.refund(order.payment_intent_id)
    event = shop.till.event("charge.refunded")
    events = [{**event, "id": f"{event['id']}{n}"} for n in range(10)]
    answers = at_once([partial(shop.till.handle, one) for one in events])
    assert {getattr(one, "result", one) for one in answers} == {"processed"}
    assert shop.stock() == (10, 0)
    assert told(shop) == ["order_refunded", "receipt"]


def test_a_payment_against_the_job_that_ends_the_order(shop: Shop) -> None:
    """Whoever comes first: the ticket is handed over once, and the stock is right."""
    for number in range(5):
        order = shop.order(TICKET, key=f"o{number}", user_id=f"user{number}")
        shop.till.double.pay(order.payment_intent_id, BANK)
        shop.till.clock.advance(minutes=16)
        shop.till.double.settle(order.payment_intent_id, succeeded=True)
        event = shop.till.event("payment_intent.succeeded")
        [found] = shop.database.get(repository.order_path(order.order_id))
        expire: Any = partial(service.expire, shop.database, shop.till.stripe, found)
        at_once([expire, partial(shop.till.handle, event)])
        assert shop.status(order.order_id) == "finalized"
        assert shop.stock() == (9 - number, 0)
        assert shop.till.double.objects("refund") == []


def test_a_refund_against_a_second_refund_counts_the_money_once(shop: Shop) -> None:
    order = shop.order(TICKET, key="one")
    other = shop.order(TICKET, key="two")
    for one in (order, other):
        pay(shop, one)
    at_once([partial(refund, shop, one) for one in (order, other)])
    assert shop.stock() == (10, 0)


@pytest.mark.parametrize("event_type", ["payment_intent.succeeded", "charge.refunded"])
def test_a_lost_reply_has_one_effect(shop: Shop, store: Store, event_type: str) -> None:
    order = shop.order(TICKET)
    shop.till.double.pay(order.payment_intent_id)
    if event_type == "charge.refunded":
        shop.till.handle_all()
        shop.till.refund(order.payment_intent_id)
    honest = shop.till.database
    script = Script(commit=[LOST_REPLY])
    shop.till.database = Database(FaultyStore(store, script), shop.till.clock)
    assert shop.till.handle(shop.till.event(event_type)).result in {"processed", "duplicate"}
    assert script.spent
    shop.till.database = honest
    assert shop.stock() == ((9, 0) if event_type == "payment_intent.succeeded" else (10, 0))
