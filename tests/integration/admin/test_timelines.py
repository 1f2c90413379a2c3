"""An order's time line, from its opening to the refund."""

from datetime import datetime
from typing import Any

import msgspec
import pytest

from firetill import access
from firetill.access import SERVER, Caller
from firetill.admin import timeline
from firetill.admin.timeline_model import GetOrderTimeline, OrderTimeline, TimelineItem
from firetill.database import Query
from firetill.door import service as door
from firetill.door import undoing
from firetill.door.model import ScanTicket, UndoScan
from firetill.errors import NotAdmin, OrderNotFound
from firetill.orders import service as orders
from firetill.tickets import service as tickets
from firetill.tickets.transfer_model import TransferTicket
from tests.costs import documented
from tests.integration.admin.desk import write
from tests.integration.orders.deliveries import batch_of, pay, refund
from tests.integration.shop import EVENT, POSTER, TICKET, Shop
from tests.integration.tickets.holders import ADMIN, People
from tests.integration.till import USER
from tests.metering import Meter

STEWARD = access.user("mia", {"supervisor": True})


def ask(shop: Shop, order_id: str, caller: Caller = ADMIN) -> OrderTimeline:
    return timeline.timeline(shop.database, caller, GetOrderTimeline(order_id=order_id))


def titles(told: OrderTimeline, *kinds: str) -> list[str]:
    return [item.title for item in told.items if item.kind in kinds]


def one(told: OrderTimeline, title: str) -> TimelineItem:
    [found] = [item for item in told.items if item.title == title]
    return found


def later(shop: Shop) -> datetime:
    shop.till.clock.advance(seconds=10)
    return shop.till.clock()


def scanned(shop: Shop, token: str, scan_id: str) -> None:
    request = ScanTicket(scan_id=scan_id, token=token, event_id=EVENT, gate="north")
    door.scan(shop.database, shop.till.hands.codes, STEWARD, request)


def test_from_the_opening_to_the_refund(shop: Shop, people: People) -> None:
    begun = shop.till.clock()
    order = shop.order(msgspec.structs.replace(TICKET, quantity=3), POSTER)
    paid = later(shop)
    pay(shop, order)
    batch = batch_of(shop, order)
    used = later(shop)
    scanned(shop, batch["code"], "s1")
    undone = later(shop)
    undoing.undo(
        shop.database, STEWARD, UndoScan(scan_id="s1", reason="A mistake.", event_id=EVENT)
    )
    passed = later(shop)
    codes = shop.till.hands.codes
    request = TransferTicket(
        event_id=EVENT,
        rager_id=batch["ragerId"],
        quantity=1,
        idempotency_key="pass-1",
        to_user_id="bob",
    )
    given = tickets.transfer(shop.database, codes, people, access.user(USER, {}), request)
    admitted = later(shop)
    theirs = shop.document(f"events/{EVENT}/ragers/{given.rager_id}")
    scanned(shop, theirs["code"], "s2")
    gone = later(shop)
    refund(shop, order)

    told = ask(shop, order.order_id)
    assert told.complete
    assert (told.order.status, told.order.amount) == ("refunded", 9_000)
    assert [item.at for item in told.items] == sorted(item.at for item in told.items)
    assert all(shop.till.document(item.path) is not None for item in told.items)
    whole = msgspec.json.encode(told).decode()
    assert batch["token"] not in whole
    assert theirs["token"] not in whole

    assert (one(told, "Order opened").at, one(told, "Order opened").path) == (
        begun,
        f"orders/{order.order_id}",
    )
    assert titles(told, "stock") == [
        *["Stock held"] * 2,
        *["Stock sold"] * 2,
        *["Stock returned"] * 2,
    ]
    assert [item.data["quantity"] for item in told.items if item.kind == "stock"] == [
        3,
        1,
        3,
        1,
        2,  # one was used
        1,
    ]
    assert one(told, "Payment succeeded").at == paid
    assert one(told, "Handed over").data["units"] == 4
    assert titles(told, "stripe_event").count("payment_intent.succeeded: processed") == 1
    # `handle_all` told it once more before the refund.
    assert "payment_intent.succeeded: duplicate" in titles(told, "stripe_event")
    event = one(told, "charge.refunded: processed")
    assert event.path == f"stripeEvents/{shop.till.event('charge.refunded')['id']}"
    assert event.data["status"] == "processed"
    back = one(told, "Refunded")
    assert (back.at, back.data["amount"]) == (gone, 9_000)
    assert one(told, "Tickets issued").path == f"events/{EVENT}/ragers/{batch['ragerId']}"
    received = one(told, "Tickets passed on")
    assert (received.at, received.data["userId"]) == (passed, "bob")
    assert titles(told, "token").count("Code made") == 2
    scans = [
        (item.at, item.data["scanId"], item.data["result"])
        for item in told.items
        if item.kind == "scan"
    ]
    assert scans == [
        (used, "s1", "admitted"),
        (undone, "s1", "undone"),
        (admitted, "s2", "admitted"),
    ]
    assert titles(told, "mail") == [
        "Notification queued: receipt",
        "Notification queued: order refunded",
    ]
    assert titles(told, "audit") == ["Used tickets refunded"]
    assert titles(told, "conflict", "dispute") == []


def test_what_it_costs(shop: Shop, metered: Meter) -> None:
    order = shop.order(TICKET)
    pay(shop, order)
    scanned(shop, batch_of(shop, order)["code"], "s1")
    with metered.measure() as used:
        ask(shop, order.order_id)
    assert used == documented("time line of an order: one batch, one scan")


def test_an_order_that_nobody_paid(shop: Shop) -> None:
    order = shop.order(TICKET)
    shop.till.clock.advance(minutes=16)
    [found] = shop.database.query(Query("orders", 1))
    orders.expire(shop.database, shop.till.stripe, found)
    told = ask(shop, order.order_id)
    assert titles(told, "ordered", "stock") == [
        "Order opened",
        "Stock held",
        "Stock given back",
        "Order expired",
    ]
    assert titles(told, "fulfilled", "batch", "scan", "mail", "refund") == []


def test_a_dispute_and_a_conflict(shop: Shop) -> None:
    order = shop.order(TICKET)
    pay(shop, order)
    rager_id = batch_of(shop, order)["ragerId"]
    later(shop)
    dispute = shop.till.double.open_dispute(order.payment_intent_id)
    shop.till.handle_all()
    at = shop.till.clock()
    side: dict[str, Any] = {"scanId": "s1", "device": None, "gate": None, "at": at}
    scan = {
        "scanId": "s1",
        "eventId": EVENT,
        "result": "admitted",
        "reason": None,
        "data": {},
        "ragerId": rager_id,
        "userId": USER,
        "count": 1,
        "counted": 0,
        "gate": None,
        "device": None,
        "staffId": "mia",
        "at": at,
        "fingerprint": "f",
        "source": "offline",
        "conflict": True,
    }
    write(shop.database, f"events/{EVENT}/scans/s1", scan)
    conflict = {
        "scanId": "s1",
        "eventId": EVENT,
        "reason": "more_admitted_than_held",
        "ragerId": rager_id,
        "this": side,
        "other": None,
        "revocation": None,
        "count": 1,
        "overAdmitted": 1,
        "createdAt": at,
        "resolvedAt": None,
    }
    write(shop.database, f"events/{EVENT}/conflicts/s1", conflict)
    told = ask(shop, order.order_id)
    found = one(told, "Dispute: open")
    assert (found.at, found.data["disputeId"]) == (at, dispute["id"])
    assert titles(told, "conflict") == ["Conflict: more_admitted_than_held"]
    assert one(told, "Conflict: more_admitted_than_held").path == f"events/{EVENT}/conflicts/s1"


def test_somebody_elses_orders_stay_out(shop: Shop) -> None:
    mine = shop.order(TICKET, key="a")
    pay(shop, mine)
    other = shop.order(TICKET, key="b")
    pay(shop, other)
    scanned(shop, batch_of(shop, other)["code"], "s1")
    told = ask(shop, mine.order_id)
    assert titles(told, "scan") == []
    assert titles(told, "mail") == ["Notification queued: receipt"]
    assert other.order_id not in msgspec.json.encode(told).decode()
    assert other.payment_intent_id not in msgspec.json.encode(told).decode()


def test_more_than_one_answer_holds(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order = shop.order(TICKET)
    pay(shop, order)
    monkeypatch.setattr(timeline, "MOST", 1)
    assert not ask(shop, order.order_id).complete


@pytest.mark.parametrize("caller", [SERVER, access.user("bob", {}), STEWARD])
def test_nobody_else_may(shop: Shop, caller: Caller) -> None:
    with pytest.raises(NotAdmin):
        ask(shop, "0f" * 16, caller)


def test_there_is_no_such_order(shop: Shop) -> None:
    with pytest.raises(OrderNotFound):
        ask(shop, "0f" * 16)
