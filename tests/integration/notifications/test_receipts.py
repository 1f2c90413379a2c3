"""Receipts show what was bought and what still opens a door, and come again when asked for."""

from datetime import timedelta
from typing import Any

import pytest

from firetill.access import SERVER, Caller
from firetill.database import Database
from firetill.errors import FulfillmentNotFound, NotOwner, Refusal
from firetill.notifications import qr, service
from firetill.notifications.devices import register_push_token
from firetill.notifications.model import (
    Receipt,
    RegisterPushToken,
    ResendReceipt,
    TicketsReceived,
)
from firetill.notifications.receipts import resend_receipt
from tests.factories import NOON, ManualClock
from tests.integration.notifications.postman import (
    Accounts,
    Postman,
    channels,
    enqueue,
    outbox,
    write,
)

ADA = Caller(user_id="ada")
WANTED = ResendReceipt(fulfillment_id="pi_1")


@pytest.fixture(autouse=True)
def bought(database: Database) -> None:
    """Ada has bought a shirt and two tickets for each of two events."""
    write(database, "events/gala", name="Gala", doorsOpenAt=NOON + timedelta(days=9), active=True)
    write(database, "events/ball", name="Ball", active=True)
    lines = [_line("product", "p1", "Shirt", 1, None)]
    for event_id in ("gala", "ball"):
        rager_id = f"r-{event_id}"
        lines.append(_line("event", event_id, event_id.title(), 2, rager_id))
        _batch(database, event_id, rager_id, code=f"FT1.{event_id}.1.token.signature")
    write(
        database,
        "fulfillments/pi_1",
        paymentIntentId="pi_1",
        orderId="order-1",
        userId="ada",
        lines=lines,
        amount=12_500,
        currency="usd",
        createdAt=NOON,
    )


def _line(
    kind: str, item_id: str, name: str, quantity: int, rager_id: str | None
) -> dict[str, Any]:
    return {
        "kind": kind,
        "itemId": item_id,
        "name": name,
        "quantity": quantity,
        "unitPrice": 2_500,
        "amount": 2_500 * quantity,
        "ragerId": rager_id,
    }


def _batch(db: Database, event_id: str, rager_id: str, **fields: Any) -> None:
    standing = {"userId": "ada", "ticketQuantity": 2, "usedCount": 0, "closed": None}
    write(db, f"events/{event_id}/ragers/{rager_id}", **{**standing, **fields})


def _deliver(db: Database, accounts: Accounts, post: Postman, notification_id: str = "n1") -> str:
    return service.deliver(db, channels(accounts, post, post), notification_id)


def test_a_receipt_has_a_code_for_each_batch(
    database: Database, accounts: Accounts, post: Postman
) -> None:
    enqueue(database, Receipt(fulfillment_id="pi_1"))
    assert _deliver(database, accounts, post) == "sent"
    [mail] = post.mails
    assert mail.subject == "Your receipt for $125.00"
    assert [image.png for image in mail.images] == [
        qr.draw(f"FT1.{event_id}.1.token.signature").png for event_id in ("gala", "ball")
    ]
    assert "Doors open Monday, 16 February 2026, 12:00 (UTC)" in mail.text
    assert "token" not in str(outbox(database))


def test_times_are_the_users(database: Database, accounts: Accounts, post: Postman) -> None:
    write(database, "users/ada", timeZone="America/New_York")
    enqueue(database, Receipt(fulfillment_id="pi_1"))
    _deliver(database, accounts, post)
    assert "16 February 2026, 07:00 (America/New_York)" in post.mails[0].text


@pytest.mark.parametrize(
    "fields",
    [
        {"closed": "transferred"},
        {"closed": "refunded"},
        {"userId": "ben"},
        {"usedCount": 2},
        {"code": ""},
    ],
    ids=str,
)
def test_a_code_that_opens_no_door_for_her_is_left_out(
    database: Database, accounts: Accounts, post: Postman, fields: dict[str, Any]
) -> None:
    _batch(database, "gala", "r-gala", **fields)
    enqueue(database, Receipt(fulfillment_id="pi_1"))
    assert _deliver(database, accounts, post) == "sent"
    [mail] = post.mails
    assert "FT1.gala" not in mail.text
    assert "FT1.ball" in mail.text
    assert len(mail.images) == 1
    assert "Gala" in mail.text, "what was paid for stays on the receipt"


def test_a_code_says_how_many_it_still_admits(
    database: Database, accounts: Accounts, post: Postman
) -> None:
    _batch(database, "gala", "r-gala", usedCount=1)
    enqueue(database, Receipt(fulfillment_id="pi_1"))
    _deliver(database, accounts, post)
    assert "Admits 1." in post.mails[0].text
    assert "Admits 2." in post.mails[0].text


def test_another_users_receipt_is_never_sent(
    database: Database, accounts: Accounts, post: Postman
) -> None:
    enqueue(database, Receipt(fulfillment_id="pi_1"), user_id="ben")
    assert _deliver(database, Accounts({"ben": "ben@mail.example"}), post) == "failed"
    assert accounts.exists("ada")
    assert post.asked == []


def test_tickets_received(database: Database, accounts: Accounts, post: Postman) -> None:
    about = TicketsReceived(event_id="gala", rager_id="r-gala", quantity=2)
    enqueue(database, about)
    assert _deliver(database, accounts, post) == "sent"
    [mail] = post.mails
    assert mail.subject == "Tickets for Gala"
    assert "FT1.gala.1.token.signature" in mail.text


def test_a_receipt_again_is_a_mail_and_no_push(
    database: Database, clock: ManualClock, accounts: Accounts, post: Postman
) -> None:
    register_push_token(database, "ada", RegisterPushToken(token="phone"))
    first = resend_receipt(database, ADA, WANTED).notification_id
    clock.advance(seconds=59)
    assert resend_receipt(database, ADA, WANTED).notification_id == first
    assert _deliver(database, accounts, post, first) == "sent"
    assert resend_receipt(database, ADA, WANTED).notification_id == first
    clock.advance(seconds=1)
    second = resend_receipt(database, ADA, WANTED).notification_id
    assert second != first
    assert _deliver(database, accounts, post, second) == "sent"
    assert post.ids == [f"{first}:email", f"{second}:email"]


def test_an_administrator_may_have_it_sent_to_the_buyer(
    database: Database, accounts: Accounts, post: Postman
) -> None:
    write(database, "adminUsers/grace", since=NOON)
    for admin in (Caller(user_id="grace"), Caller(user_id="root", admin=True)):
        sent = resend_receipt(database, admin, WANTED).notification_id
    assert outbox(database, sent)["userId"] == "ada"
    assert _deliver(database, accounts, post, sent) == "sent"
    assert post.mails[0].to == "ada@mail.example"


@pytest.mark.parametrize(
    ("caller", "fulfillment_id", "refusal"),
    [
        (ADA, "pi_2", FulfillmentNotFound),
        (Caller(user_id="ben"), "pi_2", FulfillmentNotFound),
        (Caller(user_id="ben"), "pi_1", NotOwner),
        (Caller(user_id="ben", supervisor="all"), "pi_1", NotOwner),
        (SERVER, "pi_1", NotOwner),
    ],
)
def test_who_may_not(
    database: Database, caller: Caller, fulfillment_id: str, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        resend_receipt(database, caller, ResendReceipt(fulfillment_id=fulfillment_id))


def test_a_device_is_registered_once(database: Database) -> None:
    phone = RegisterPushToken(token="phone")
    results = [register_push_token(database, "ada", phone) for _ in range(2)]
    assert [each.status for each in results] == ["registered", "already_registered"]
    many = [RegisterPushToken(token=f"t{number}") for number in range(12)]
    assert register_push_token(database, "ada", many[0]).devices == 2
    for each in many[1:]:
        last = register_push_token(database, "ada", each)
    assert last.devices == 10
    [found] = database.get("pushDevices/ada")
    assert [one["token"] for one in (found.data or {})["tokens"]] == [
        f"t{number}" for number in range(2, 12)
    ]
