"""Each operation of orders, tickets, doors and usernames in the running stack, through each door.

The same evening is played twice: once through the callables, once over REST.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from firetill.admin import order_endpoints as admin_orders
from firetill.door import endpoints as doors
from firetill.door import offline_endpoints as offline
from firetill.notifications import endpoints as notifications
from firetill.orders import endpoints as orders
from firetill.orders import manual_endpoints
from firetill.tickets import endpoints as tickets
from firetill.usernames import endpoints as usernames
from local.stack import PROXY_KEY, Stack
from tests.e2e.conftest import SignUp
from tests.e2e.customer import Customer, Json, new_key
from tests.e2e.gateway import by_rest
from tests.e2e.office import Office

ROOMS = (
    admin_orders,
    doors,
    manual_endpoints,
    notifications,
    offline,
    orders,
    tickets,
    usernames,
)
EVENING = {one.name for room in ROOMS for one in room.OPERATIONS if one.path}
"""The operations that an evening has to do with."""

Call = Callable[..., Awaitable[Json]]


def through(door: str, customer: Customer, played: set[str]) -> Call:
    """A customer's calls through one door; a refusal is returned as its details."""

    async def by_callable(name: str, data: Json) -> Json:
        answer = await customer.post(name, data)
        body: Json = answer.json()
        told: Json = body["result"] if answer.status_code == 200 else body["error"]["details"]
        return told

    async def through_rest(name: str, data: Json) -> Json:
        answer = await by_rest(customer, name, **data)
        body: Json = answer.json()
        return body if answer.status_code == 200 else body["error"]["details"]

    async def call(name: str, **data: Any) -> Json:
        played.add(name)
        return await (by_callable if door == "callable" else through_rest)(name, data)

    return call


async def server(stack: Stack, customer: Customer, path: str, **data: Any) -> Json:
    """A call by a trusted server."""
    url, headers = f"{stack.api_url}{path}", {"x-proxy-key": PROXY_KEY}
    answer = await customer.http.post(url, json=data, headers=headers)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def open_shop(office: Office, supervisor: Customer) -> tuple[str, str]:
    """Put an event and a product on sale; the supervisor is an administrator as well."""
    event_id, product_id = (f"{kind}-{uuid.uuid4().hex[:8]}" for kind in ("event", "product"))
    item = {"name": "Gala", "priceCents": 2_500, "currency": "usd", "reserved": 0, "active": True}
    office.change(f"events/{event_id}", **item, quantity=20, initialQuantity=20)
    office.change(f"products/{product_id}", **item, stock=20)
    office.change(f"eventStaff/{event_id}/members/{supervisor.uid}", role="supervisor")
    office.change(f"adminUsers/{supervisor.uid}", name="Sam")
    return event_id, product_id


@dataclass
class Evening:
    """Who calls, for what, in one test."""

    stack: Stack
    office: Office
    guest: Customer
    friend: Customer
    ada: Call
    bob: Call
    sam: Call
    event_id: str
    product_id: str

    async def buys(self) -> str:
        """Orders, cancels, pays, finalizes; returns the batch's id."""
        items = [
            {"eventId": self.event_id, "quantity": 3},
            {"productId": self.product_id, "quantity": 1},
        ]
        wish = {"items": items, "idempotencyKey": new_key()}
        order = await self.ada("createOrder", **wish)
        assert (order["status"], order["amount"], order["currency"]) == ("pending", 10_000, "usd")
        assert await self.ada("createOrder", **wish) == order
        other = await self.bob("createOrder", **{**wish, "idempotencyKey": new_key()})
        canceled = {"orderId": other["orderId"], "idempotencyKey": new_key()}
        assert (await self.bob("cancelOrder", **canceled))["status"] == "canceled"
        paid = {"paymentIntentId": order["paymentIntentId"]}
        assert (await self.ada("finalizeOrder", **paid))["reason"] == "payment_not_succeeded"
        self.office.pay(order["paymentIntentId"])
        done = await self.ada("finalizeOrder", **paid)
        assert done == await server(self.stack, self.guest, "/finalize-order", **paid)
        assert (await self.bob("finalizeOrder", **paid))["reason"] == "not_owner"
        receipt = await self.ada("resendReceipt", fulfillmentId=order["paymentIntentId"])
        assert receipt.keys() == {"notificationId"}
        rager_id: str = done["lines"][0]["ragerId"]
        return rager_id

    def code(self, rager_id: str) -> str:
        """What a batch's QR code holds now."""
        code: str = self.office.document(f"events/{self.event_id}/ragers/{rager_id}")["code"]
        return code

    async def goes_in(self, rager_id: str) -> None:
        """Scans by code and by name, repeats, previews, undoes."""
        scan = {"token": self.code(rager_id), "eventId": self.event_id, "scanId": new_key()}
        assert (await self.ada("scanTicket", **scan))["reason"] == "not_staff"
        admitted = await self.sam("scanTicket", **scan, gate="north")
        assert (admitted["usedCount"], admitted["remaining"]) == (1, 2)
        again = await self.sam("scanTicket", **scan, gate="north")
        assert (admitted["replayed"], again) == (False, {**admitted, "replayed": True})
        here = {"userId": self.guest.uid, "eventId": self.event_id}
        preview = await self.sam("previewScan", **here)
        assert (preview["remainingTotal"], preview["nextCandidate"]) == (2, rager_id)
        by_name = await server(self.stack, self.guest, "/scan-ticket", **here, scanId=new_key())
        assert (by_name["ragerId"], by_name["remainingTotal"]) == (rager_id, 1)
        undone = await self.sam("undoScan", scanId=by_name["scanId"], reason="wrong guest")
        assert undone["remaining"] == 2

    async def passes_on(self, rager_id: str) -> None:
        """Passes a ticket on; the old code dies, the new one opens the door once."""
        old = {"token": self.code(rager_id), "eventId": self.event_id, "scanId": new_key()}
        one = {"eventId": self.event_id, "ragerId": rager_id, "quantity": 1}
        wish = {**one, "toUserId": self.friend.uid, "idempotencyKey": new_key()}
        passed = await self.ada("transferTicket", **wish)
        assert (await self.sam("scanTicket", **old))["reason"] == "ticket_transferred"
        new = {"token": passed["token"], "eventId": self.event_id}
        admitted = await self.sam("scanTicket", **new, scanId=new_key())
        assert admitted["userId"] == self.friend.uid
        assert (await self.sam("scanTicket", **new, scanId=new_key()))["reason"] == "already_used"

    async def goes_offline(self) -> None:
        """Creates tickets by hand, and scans one on a device that knows the roster."""
        gift = {"eventId": self.event_id, "userId": self.friend.uid, "quantity": 2}
        wish = {**gift, "idempotencyKey": new_key()}
        assert (await self.ada("manualCreateTicket", **wish))["reason"] == "not_admin"
        given = await self.sam("manualCreateTicket", **wish)
        assert given["ticketQuantity"] == 2
        roster = await self.sam("getRoster", eventId=self.event_id)
        assert given["ragerId"] in {one["ragerId"] for one in roster["entries"]}
        scan = {"scanId": new_key(), "code": given["code"], "count": 1, "verdict": "admitted"}
        scans = [{**scan, "scannedAt": roster["serverTime"]}]
        upload = {"eventId": self.event_id, "device": "tablet-1", "scans": scans}
        sent = await self.sam("uploadScans", **upload)
        [result] = sent["results"]
        assert (result["status"], result["reason"]) == ("conflict", "offline_not_allowed")

    async def is_counted(self) -> None:
        """Nothing differs."""
        dry = {"eventId": self.event_id, "dryRun": True}
        assert (await self.sam("reconcileEventUsersNow", **dry))["diffs"] == []
        assert (await self.sam("backfillTicketTokens", **dry))["created"] == 0
        for item in ({"eventId": self.event_id}, {"productId": self.product_id}):
            counted = await self.sam("checkInventory", **item)
            assert (counted["drift"], counted["reservedDrift"]) == (0, 0)

    async def is_looked_into(self, rager_id: str) -> None:
        """An administrator reads the order's time line, and finds tickets and money agree."""
        batch = self.office.document(f"events/{self.event_id}/ragers/{rager_id}")
        order = {"orderId": batch["orderId"]}
        told = await self.sam("getOrderTimeline", **order)
        assert (told["order"]["status"], told["complete"]) == ("finalized", True)
        kinds = {item["kind"] for item in told["items"]}
        assert kinds >= {"ordered", "stock", "payment", "fulfilled", "batch", "token", "scan"}
        assert (await self.ada("getOrderTimeline", **order))["reason"] == "not_admin"
        found = await self.sam("checkFulfillment", eventId=self.event_id)
        assert (found["paidWithoutTicket"], found["ticketWithoutPayment"]) == ([], [])
        assert (found["batches"], found["cursor"]) == (3, None)


@pytest.mark.parametrize("door", ["callable", "rest"])
async def test_an_evening(door: str, stack: Stack, office: Office, sign_up: SignUp) -> None:
    played: set[str] = set()
    guest, friend, steward = [await sign_up() for _ in range(3)]
    ada, bob, sam = (through(door, one, played) for one in (guest, friend, steward))
    event_id, product_id = open_shop(office, steward)
    evening = Evening(stack, office, guest, friend, ada, bob, sam, event_id, product_id)
    rager_id = await evening.buys()
    await evening.goes_in(rager_id)
    await evening.passes_on(rager_id)
    await evening.goes_offline()
    await evening.is_counted()
    await evening.is_looked_into(rager_id)
    name = f"ada{uuid.uuid4().hex[:8]}"
    assert (await ada("claimUsername", username=name.upper()))["username"] == name
    assert (await bob("claimUsername", username=name))["reason"] == "username_taken"
    assert played == EVENING, "an operation was not tried"
