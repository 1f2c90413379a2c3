"""Tickets beside the doors, in the running stack: the administrator's calls, and a transfer."""

from typing import Any

import httpx
import pytest

from local.stack import Stack
from tests.e2e.conftest import SignUp
from tests.e2e.customer import Customer, Json, new_key
from tests.e2e.office import Office


class Gala:
    """An event of a test's own, its administrator, and calls by REST."""

    def __init__(self, office: Office, admin: Customer) -> None:
        self.event_id = f"gala-{new_key()}"
        self.office, self.admin = office, admin
        office.change(f"adminUsers/{admin.uid}", since="today")
        office.change(
            f"events/{self.event_id}",
            name="Gala",
            priceCents=2_500,
            currency="eur",
            quantity=10,
            initialQuantity=10,
            active=True,
        )

    async def post(self, path: str, caller: Customer | None = None, **data: Any) -> Json:
        who = caller or self.admin
        answer = await who.http.post(
            f"{who.stack.api_url}{path}",
            json={"eventId": self.event_id, **data},
            headers={"Authorization": f"Bearer {who.token}"},
        )
        assert answer.status_code == 200, answer.text
        result: Json = answer.json()
        return result

    def summary(self, guest: Customer) -> Any:
        return self.office.document(f"eventUsers/{self.event_id}/users/{guest.uid}")


@pytest.fixture
async def gala(office: Office, sign_up: SignUp) -> Gala:
    return Gala(office, await sign_up())


async def test_by_hand_and_passed_on(gala: Gala, sign_up: SignUp) -> None:
    ada, bob = await sign_up(), await sign_up()
    asked: Json = {"userId": ada.uid, "quantity": 3, "idempotencyKey": "list-1"}
    made = await gala.post("/manual-create-ticket", **asked)
    assert made["code"].startswith(f"FT1.{gala.event_id}.1.{made['token']}.")
    again = await gala.admin.call("manualCreateTicket", eventId=gala.event_id, **asked)
    assert again == made
    assert gala.office.document(f"events/{gala.event_id}")["quantity"] == 7
    to_bob = {"ragerId": made["ragerId"], "toUserId": bob.uid, "idempotencyKey": "pass-1"}
    passed = await gala.post("/transfer-ticket", ada, quantity=2, **to_bob)
    assert (passed["quantity"], passed["remaining"]) == (2, 1)
    assert (gala.summary(ada)["totalTickets"], gala.summary(bob)["totalTickets"]) == (1, 2)
    refused = await bob.refusal(
        "transferTicket", eventId=gala.event_id, **{**to_bob, "toUserId": ada.uid}, quantity=1
    )
    assert refused == {"reason": "not_owner"}


async def test_an_address_that_nobody_has_proved_finds_nobody(
    gala: Gala, sign_up: SignUp, stack: Stack, http: httpx.AsyncClient
) -> None:
    ada, bob = await sign_up(), await sign_up()
    made = await gala.post(
        "/manual-create-ticket", userId=ada.uid, quantity=1, idempotencyKey="list-1"
    )
    accounts = f"{stack.auth_url}/identitytoolkit.googleapis.com/v1"
    owner = {"Authorization": "Bearer owner"}
    path = f"{accounts}/projects/{stack.project_id}/accounts"
    found = await http.post(f"{path}:lookup", json={"localId": [bob.uid]}, headers=owner)
    asked = {
        "eventId": gala.event_id,
        "ragerId": made["ragerId"],
        "quantity": 1,
        "toEmail": found.json()["users"][0]["email"],
        "idempotencyKey": "pass-1",
    }
    assert await ada.refusal("transferTicket", **asked) == {"reason": "recipient_not_found"}
    proved = {"localId": bob.uid, "emailVerified": True}
    answer = await http.post(f"{path}:update", json=proved, headers=owner)
    assert answer.status_code == 200, answer.text
    await ada.call("transferTicket", **asked)
    assert gala.summary(bob)["totalTickets"] == 1


async def test_backfill_and_reconciliation(gala: Gala, sign_up: SignUp) -> None:
    ada = await sign_up()
    batch = f"events/{gala.event_id}/ragers/from-before"
    gala.office.change(batch, userId=ada.uid, ticketQuantity=2)
    filled = await gala.post("/backfill-ticket-tokens")
    assert (filled["processed"], filled["created"], filled["summaries"]) == (1, 1, 1)
    assert gala.office.document(batch)["code"]
    summary = f"eventUsers/{gala.event_id}/users/{ada.uid}"
    gala.office.change(summary, totalTickets=5)
    looked = await gala.post("/reconcile-event-users", dryRun=True)
    assert [one["userId"] for one in looked["diffs"]] == [ada.uid]
    assert gala.summary(ada)["totalTickets"] == 5
    gala.office.run_job("reconcileEventUsers")
    assert gala.summary(ada)["totalTickets"] == 2
    done = await gala.admin.call("reconcileEventUsersNow", eventId=gala.event_id)
    assert (done["found"], done["next"]) == (0, None)
    assert await ada.refusal("reconcileEventUsersNow", eventId=gala.event_id) == {
        "reason": "not_admin"
    }
