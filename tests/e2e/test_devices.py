"""A phone's life at the doors in the running stack, through each door of the till."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from firetill.door import desk_endpoints, device_endpoints
from local.stack import Stack
from tests.e2e.conftest import SignUp
from tests.e2e.customer import Customer, Json, new_key
from tests.e2e.gateway import by_rest
from tests.e2e.office import Office
from tests.e2e.test_accounts import anonymous

OPERATIONS = {one.name for room in (desk_endpoints, device_endpoints) for one in room.OPERATIONS}

Call = Callable[..., Awaitable[Json]]


def through(door: str, customer: Customer, played: set[str]) -> Call:
    """A customer's calls through one door; a refusal is returned as its details."""

    async def call(name: str, /, **data: Any) -> Json:
        played.add(name)
        if door == "rest":
            answer = await by_rest(customer, name, **data)
        else:
            answer = await customer.post(name, data)
        body: Json = answer.json()
        if answer.status_code != 200:
            details: Json = body["error"]["details"]
            return details
        result: Json = body if door == "rest" else body["result"]
        return result

    return call


@pytest.mark.parametrize("door", ["callable", "rest"])
async def test_a_phone_comes_works_and_is_taken_away(
    door: str, stack: Stack, http: httpx.AsyncClient, office: Office, sign_up: SignUp
) -> None:
    played: set[str] = set()
    steward, head, guest = [await sign_up() for _ in range(3)]
    ghost, other = [await anonymous(stack, http) for _ in range(2)]
    mia, max_, phone, stranger = (
        through(door, one, played) for one in (steward, head, ghost, other)
    )
    event = {"eventId": f"gala-{new_key()}"}
    office.change(
        f"events/{event['eventId']}",
        name="Gala",
        priceCents=2_500,
        currency="eur",
        quantity=10,
        initialQuantity=10,
        active=True,
    )
    members = f"eventStaff/{event['eventId']}/members"
    office.change(f"{members}/{steward.uid}", role="staff")
    office.change(f"{members}/{head.uid}", role="supervisor")
    office.change(f"adminUsers/{head.uid}", since="today")

    wish = {**event, "name": "Phone 7", "gate": "north"}
    assert (await stranger("createPairingCode", **wish))["reason"] == "not_staff"
    made = await mia("createPairingCode", **wish)
    assert (await mia("pairDevice", pairingCode=made["pairingCode"]))["reason"] == "not_a_device"
    device = await phone("pairDevice", pairingCode=made["pairingCode"].lower())
    assert device == {**wish, "deviceId": ghost.uid, "role": "staff"}
    used = await stranger("pairDevice", pairingCode=made["pairingCode"])
    assert used == {"reason": "pairing_code_invalid"}

    gift = {**event, "userId": guest.uid, "quantity": 2, "idempotencyKey": new_key()}
    given = await max_("manualCreateTicket", **gift)
    scan = {"token": given["code"], "scanId": new_key(), "gate": "north"}
    assert (await phone("scanTicket", **scan))["remaining"] == 1
    roster = await phone("getRoster", **event)
    told = await phone(
        "reportDevice",
        **event,
        queued=1,
        parked=0,
        gate="south",
        direction="out",
        rosterAt=roster["serverTime"],
    )
    assert (told["name"], told["gate"], told["role"]) == ("Phone 7", "south", "staff")
    offline = {
        "scanId": new_key(),
        "code": given["code"],
        "count": 2,
        "verdict": "admitted",
        "scannedAt": roster["serverTime"],
    }
    [sent] = (await phone("uploadScans", **event, device="Phone 7", scans=[offline]))["results"]
    assert sent["status"] == "conflict"

    assert (await phone("findGuests", **event, search=guest.uid))["reason"] == "not_staff"
    [found] = (await max_("findGuests", **event, search=guest.uid))["guests"]
    assert (found["userId"], found["totalTickets"], found["remaining"]) == (guest.uid, 2, 0)
    closing = {**event, "scanId": sent["scanId"], "note": "both stayed"}
    closed = await max_("resolveConflict", **closing)
    assert (closed["resolvedBy"], closed["note"]) == (head.uid, "both stayed")
    assert await max_("resolveConflict", **{**closing, "note": "again"}) == closed

    lost = {**event, "deviceId": ghost.uid, "reason": "left in a taxi"}
    assert (await mia("revokeDevice", **lost))["reason"] == "not_staff"
    revoked = await max_("revokeDevice", **lost)
    assert (revoked["deviceId"], revoked["revokedBy"]) == (ghost.uid, head.uid)
    for name, data in (("scanTicket", scan), ("getRoster", event)):
        assert (await phone(name, **data))["reason"] == "not_staff"
    assert played >= OPERATIONS


async def test_a_phone_hears_of_its_end_by_its_own_document(
    stack: Stack, http: httpx.AsyncClient, office: Office, sign_up: SignUp
) -> None:
    """As a listener does, under the rules, with the ID token that it has had all along."""
    head, ghost = await sign_up(), await anonymous(stack, http)
    event_id = f"gala-{new_key()}"
    item = {"name": "Gala", "priceCents": 1, "currency": "eur", "active": True}
    office.change(f"events/{event_id}", **item, quantity=0, initialQuantity=0)
    office.change(f"eventStaff/{event_id}/members/{head.uid}", role="supervisor")
    made = await head.call("createPairingCode", eventId=event_id, name="Phone", gate="north")
    await ghost.call("pairDevice", pairingCode=made["pairingCode"])
    root = f"http://{stack.firestore_address}/v1/projects/{stack.project_id}/databases/(default)"
    headers = {"Authorization": f"Bearer {ghost.token}"}

    async def read(path: str) -> httpx.Response:
        return await http.get(f"{root}/documents/events/{event_id}/{path}", headers=headers)

    assert (
        "timestampValue" not in (await read(f"devices/{ghost.uid}")).json()["fields"]["revokedAt"]
    )
    assert (await read("devices")).status_code == 200
    await head.call("revokeDevice", eventId=event_id, deviceId=ghost.uid, reason="lost")
    own = await read(f"devices/{ghost.uid}")
    assert "timestampValue" in own.json()["fields"]["revokedAt"]
    assert (await read("devices")).status_code == 403
