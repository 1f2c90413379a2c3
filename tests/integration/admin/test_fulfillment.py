"""Money without tickets, and tickets without money."""

import msgspec
import pytest

from firetill import access
from firetill.access import SERVER, Caller
from firetill.admin import fulfillment
from firetill.admin.fulfillment_model import (
    CheckFulfillment,
    FulfillmentCheck,
    TicketWithoutPayment,
)
from firetill.database import Transaction
from firetill.errors import EventNotFound, InvalidField, NotAdmin
from firetill.orders.model import OrderItem
from tests.integration.admin.desk import write
from tests.integration.orders.deliveries import batch_of, pay, refund
from tests.integration.shop import EVENT, POSTER, TICKET, Shop
from tests.integration.tickets.holders import ADMIN
from tests.integration.till import USER

BALL = OrderItem(event_id="ball", quantity=1)


@pytest.fixture(autouse=True)
def _time_has_passed(shop: Shop) -> None:
    """Stripe's clock is the real one; ours is a few minutes ahead, so that nothing is too fresh."""
    shop.event(10, event_id="ball")
    shop.till.clock.advance(minutes=5)


def check(
    shop: Shop,
    event_id: str | None = None,
    *,
    cursor: str | None = None,
    caller: Caller = ADMIN,
) -> FulfillmentCheck:
    request = CheckFulfillment(event_id=event_id, cursor=cursor)
    return fulfillment.check(shop.database, shop.till.stripe, caller, request)


def test_where_all_is_well(shop: Shop) -> None:
    pay(shop, shop.order(TICKET, POSTER, key="a"))
    shop.order(TICKET, key="b")
    shop.till.double.pay(shop.till.intent().purchase_id)  # a pack is no order
    shop.till.handle_all()
    found = check(shop)
    assert (found.paid_without_ticket, found.ticket_without_payment) == ([], [])
    assert (found.payments, found.batches, found.cursor) == (3, 1, None)


def test_a_payment_whose_webhook_was_lost(shop: Shop) -> None:
    order = shop.order(msgspec.structs.replace(TICKET, quantity=2))
    shop.till.double.pay(order.payment_intent_id)
    [missing] = check(shop).paid_without_ticket
    assert (missing.order_id, missing.user_id, missing.order_status) == (
        order.order_id,
        USER,
        "pending",
    )
    assert (missing.payment_intent_id, missing.amount, missing.currency) == (
        order.payment_intent_id,
        5_000,
        "usd",
    )
    assert missing.since is not None
    assert check(shop, EVENT).paid_without_ticket == [missing]
    assert check(shop, "ball").paid_without_ticket == []
    shop.till.handle_all()
    assert check(shop).paid_without_ticket == []


def test_a_payment_that_came_just_now_is_not_missing_anything(shop: Shop) -> None:
    order = shop.order(TICKET)
    shop.till.double.pay(order.payment_intent_id)
    shop.till.clock.advance(minutes=-4)
    assert check(shop).paid_without_ticket == []


def test_money_that_went_back_or_is_to_go_back_buys_nothing(shop: Shop) -> None:
    order = shop.order(TICKET, key="a")
    shop.till.double.pay(order.payment_intent_id)
    shop.till.refund(order.payment_intent_id)
    assert check(shop).paid_without_ticket == []

    late = shop.order(TICKET, key="b")
    shop.till.double.pay(late.payment_intent_id)
    write(shop.database, f"paymentIntents/{late.payment_intent_id}", {"givenBack": True})
    assert check(shop).paid_without_ticket == []


def test_a_payment_for_an_order_that_is_gone(shop: Shop) -> None:
    order = shop.order(TICKET)
    shop.till.double.pay(order.payment_intent_id)
    path = f"orders/{order.order_id}"

    def remove(tx: Transaction) -> None:
        tx.get(path)
        tx.delete(path)

    shop.database.run_transaction(remove)
    [missing] = check(shop, "ball").paid_without_ticket
    assert (missing.order_id, missing.order_status) == (order.order_id, None)


def test_tickets_whose_order_does_not_account_for_them(shop: Shop) -> None:
    order = shop.order(msgspec.structs.replace(TICKET, quantity=2))
    pay(shop, order)
    batch = batch_of(shop, order)
    path, order_path = f"events/{EVENT}/ragers/{batch['ragerId']}", f"orders/{order.order_id}"
    mirror_path = f"paymentIntents/{order.payment_intent_id}"

    def why() -> list[str]:
        found = check(shop, EVENT).ticket_without_payment
        assert all(
            (one.rager_id, one.user_id, one.quantity) == (batch["ragerId"], USER, 2)
            for one in found
        )
        return [one.why for one in found]

    assert why() == []
    write(shop.database, mirror_path, {"status": "processing"})
    assert why() == ["payment_missing"]
    write(shop.database, order_path, {"status": "expired"})
    assert why() == ["order_not_paid"]
    write(shop.database, order_path, {"status": "refunded"})
    write(shop.database, mirror_path, {"status": "succeeded"})
    assert why() == ["refunded"]
    write(shop.database, path, {"usedCount": 2})
    assert why() == []
    write(shop.database, path, {"orderId": "0e" * 16})
    assert why() == ["order_missing"]
    write(shop.database, path, {"orderId": None})
    assert why() == []

    forged = {**batch, "ragerId": "forged", "orderId": order.order_id}
    write(shop.database, f"events/{EVENT}/ragers/forged", forged)
    assert [one.why for one in check(shop, EVENT).ticket_without_payment] == ["not_in_order"]
    assert check(shop, "ball").ticket_without_payment == []


def test_what_is_no_batch_is_reported(shop: Shop) -> None:
    write(shop.database, "events/ball/ragers/odd", {"userId": "eve", "ticketQuantity": "many"})
    assert check(shop).ticket_without_payment == [
        TicketWithoutPayment(
            event_id="ball",
            rager_id="odd",
            user_id="eve",
            order_id=None,
            quantity=0,
            why="unreadable",
        )
    ]


def test_a_refund_leaves_all_well(shop: Shop) -> None:
    order = shop.order(TICKET)
    pay(shop, order)
    refund(shop, order)
    found = check(shop)
    assert (found.paid_without_ticket, found.ticket_without_payment) == ([], [])


@pytest.mark.parametrize("event_id", [None, EVENT])
def test_pages_find_what_one_call_finds(
    shop: Shop, event_id: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        for item, event in ((TICKET, EVENT), (BALL, "ball")):
            order = shop.order(item, key=f"{event}-{number}", user_id=f"{event}-{number}")
            pay(shop, order)
            rager_id = batch_of(shop, order, event)["ragerId"]
            write(shop.database, f"events/{event}/ragers/{rager_id}", {"orderId": "0e" * 16})
    lost = shop.order(TICKET, key="lost", user_id="lost")
    shop.till.double.pay(lost.payment_intent_id)
    whole = check(shop, event_id)
    assert len(whole.ticket_without_payment) == (3 if event_id else 6)
    assert len(whole.paid_without_ticket) == 1
    monkeypatch.setattr(fulfillment, "MOST", 1)
    monkeypatch.setattr(fulfillment, "PAGE", 2)
    paid, tickets, cursor, calls = [], [], None, 0
    while calls == 0 or cursor is not None:
        page = check(shop, event_id, cursor=cursor)
        paid += page.paid_without_ticket
        tickets += page.ticket_without_payment
        cursor, calls = page.cursor, calls + 1
    assert calls > 2
    assert (paid, tickets) == (whole.paid_without_ticket, whole.ticket_without_payment)


def test_a_call_ends_among_events_without_tickets(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There can be any number of them, and each takes a look."""
    for number in range(4):
        shop.event(10, event_id=f"empty-{number}")
    write(shop.database, "events/empty-3/ragers/odd", {"userId": "eve"})
    monkeypatch.setattr(fulfillment, "LOOKS", 3)
    pages = [check(shop)]
    while (cursor := pages[-1].cursor) is not None:
        pages.append(check(shop, cursor=cursor))
    assert len(pages) > 2
    assert pages[0].batches == 0
    odd = [one.rager_id for page in pages for one in page.ticket_without_payment]
    assert odd == ["odd"]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "WyJwYXltZW50cyIsICJhIl0",
        "WyJiYXRjaGVzIl0",
        "bnVsbA",
        "WyJwYXltZW50cyIsbnVsbCwicGlfb2Zfbm9ib2R5Il0",  # behind a payment that Stripe does not have
    ],
)
def test_a_cursor_that_is_none(shop: Shop, cursor: str) -> None:
    with pytest.raises(InvalidField):
        check(shop, cursor=cursor)


def test_there_is_no_such_event(shop: Shop) -> None:
    with pytest.raises(EventNotFound):
        check(shop, "prom")


@pytest.mark.parametrize("caller", [SERVER, access.user("bob", {})])
def test_nobody_else_may(shop: Shop, caller: Caller) -> None:
    with pytest.raises(NotAdmin):
        check(shop, "prom", caller=caller)
