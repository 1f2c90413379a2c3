"""What notifications ask of Firestore, as documented."""

from datetime import timedelta
from typing import Any

from firetill.access import Caller
from firetill.database import Database
from firetill.notifications import service
from firetill.notifications.devices import register_push_token
from firetill.notifications.model import Receipt, RegisterPushToken, ResendReceipt
from firetill.notifications.receipts import resend_receipt
from tests.costs import documented
from tests.factories import NOON
from tests.integration.notifications.postman import Accounts, Postman, channels, enqueue, write
from tests.metering import Meter


def _two_batches(db: Database) -> None:
    lines: list[dict[str, Any]] = []
    for event_id in ("gala", "ball"):
        write(db, f"events/{event_id}", name=event_id, doorsOpenAt=NOON + timedelta(days=9))
        batch = {"userId": "ada", "ticketQuantity": 1, "usedCount": 0, "code": "c", "closed": None}
        write(db, f"events/{event_id}/ragers/r", **batch)
        prices = {"quantity": 1, "unitPrice": 900, "amount": 900}
        lines.append({"itemId": event_id, "name": event_id, "ragerId": "r", **prices})
    bought = {"orderId": "o", "userId": "ada", "lines": lines, "amount": 1_800, "currency": "usd"}
    write(db, "fulfillments/pi_1", createdAt=NOON, **bought)


def test_sending(database: Database, metered: Meter, accounts: Accounts, post: Postman) -> None:
    carried = channels(accounts, post)
    enqueue(database)
    with metered.measure() as used:
        assert service.deliver(database, carried, "n1") == "sent"
    assert used == documented("send a notification")
    with metered.measure() as used:
        assert service.deliver(database, carried, "n1") == "not_due"
    assert used == documented("send a notification that is done")
    _two_batches(database)
    enqueue(database, Receipt(fulfillment_id="pi_1"), notification_id="n2")
    with metered.measure() as used:
        assert service.deliver(database, carried, "n2") == "sent"
    assert len(post.mails[-1].images) == 2
    assert used == documented("send a receipt with tickets for two events")


def test_what_apps_ask(database: Database, metered: Meter) -> None:
    phone = RegisterPushToken(token="phone")
    with metered.measure() as used:
        register_push_token(database, "ada", phone)
    assert used == documented("register a phone for pushes")
    with metered.measure() as used:
        register_push_token(database, "ada", phone)
    assert used == documented("register a phone for pushes again")
    _two_batches(database)
    with metered.measure() as used:
        resend_receipt(database, Caller(user_id="ada"), ResendReceipt(fulfillment_id="pi_1"))
    assert used == documented("ask for a receipt again")
