"""A history on a running stack; its functions are a sample, for the history needs none."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from firetill import access
from firetill.admin import events
from firetill.admin.model import ReplayEvent
from firetill.clock import system_clock
from firetill.database import Database, Query
from firetill.door import service as door
from firetill.door.model import ScanTicket
from firetill.errors import ScanDenied
from firetill.firestore import connect_emulator
from firetill.ledger import service as ledger
from firetill.orders import inventory
from firetill.orders.settlement import Till
from firetill.stripe_gateway import StripeGateway
from firetill.tickets.codes import Codes
from firetill.upkeep.event_users import reconcile_event_users
from firetill.upkeep.stripe_reconciliation import reconcile_stripe
from local.ports import Ports
from local.seed.box_office import MATINEE, NIGHT, POSTER
from local.seed.past import SeedError
from local.seed.people import PASSWORD
from local.seed.report import seed_and_tell
from local.seed.seeding import Seeded, seed
from local.stack import TICKET_SIGNING_KEY, Stack

MOST = 2_000
CODES = Codes([TICKET_SIGNING_KEY])


@pytest.fixture(scope="module")
def stack(sample_functions: Path) -> Iterator[Stack]:
    environment = {**os.environ, "NOTES": os.devnull, "STRIPE_SECRET_KEY": ""}
    with Stack(
        ports=Ports.free(),
        project_id="demo-seed",
        functions=sample_functions,
        environment=environment,
    ) as running:
        yield running


@pytest.fixture(scope="module")
def seeded(stack: Stack) -> Seeded:
    return seed(stack)


@pytest.fixture
def db(stack: Stack, seeded: Seeded) -> Database:  # noqa: ARG001 - there is a history
    return Database(connect_emulator(stack.firestore_address, stack.project_id), system_clock)


@pytest.fixture
def stripe(stack: Stack) -> StripeGateway:
    return StripeGateway(stack.stripe.secret_key, api_base=stack.stripe.api_base or "")


def documents(db: Database, collection: str) -> list[dict[str, Any]]:
    return [dict(found.data or {}) for found in db.query(Query(collection, MOST))]


def test_every_wallet_is_what_its_entries_give(db: Database) -> None:
    users = [found.document_id for found in db.query(Query("users", MOST))]
    assert len(users) >= 40
    assert {user: ledger.verify(db, user)[1] for user in users} == {user: [] for user in users}
    assert [one["kind"] for one in documents(db, "auditLog") if "drift" in one["kind"]] == []


@pytest.mark.parametrize(
    ("kind", "item_id"), [("event", NIGHT), ("event", MATINEE), ("product", POSTER)]
)
def test_the_stock_adds_up(db: Database, kind: Any, item_id: str) -> None:
    found = inventory.count(db, kind, item_id)
    assert found.settled
    assert not found.drifted


def test_the_summaries_of_guests_are_what_their_batches_give(db: Database) -> None:
    assert reconcile_event_users(db).results == {"right": 2}


def test_a_day_has_much_to_look_at(db: Database) -> None:
    days = documents(db, "metrics")
    assert {day["day"] for day in days} >= {
        entry["createdAt"].date().isoformat() for entry in documents(db, "ledger")
    }
    scans = documents(db, f"events/{NIGHT}/scans")
    admitted = sum(one["count"] for one in scans if one["result"] == "admitted")
    assert sum(day.get("door", {}).get("admitted", 0) for day in days) == admitted
    assert {one["gate"] for one in scans} == {"north", "south"}
    denied = Counter(one["reason"] for one in scans if one["result"] == "denied")
    assert len(denied) >= 7
    counted = Counter[str]()
    for day in days:
        counted.update(day.get("denials", {}))
    assert counted == denied
    told = Counter[str]()
    for day in days:
        told.update(day.get("refusals", {}))  # a short day may have none
    assert {"insufficient_credits", "consent_required", "username_taken", "sold_out"} < told.keys()
    statuses = {name: Counter(one["status"] for one in documents(db, name)) for name in SEEN}
    assert {name: found.keys() >= SEEN[name] for name, found in statuses.items()} == dict.fromkeys(
        SEEN, True
    )
    assert len(documents(db, f"events/{NIGHT}/conflicts")) == 2
    assert len(documents(db, f"events/{NIGHT}/devices")) == 2
    sold = sum(one["ticketQuantity"] for one in documents(db, f"events/{NIGHT}/ragers"))
    assert 100 <= sold <= 200


SEEN = {
    "sessions": {"COMPLETED", "FAILED"},
    "orders": {"finalized", "refunded", "expired", "canceled", "pending"},
    "actions": {"done", "failed"},
    "stripeEvents": {"processed", "failed", "dead", "refused"},
    "subscriptions": {"active"},
    "notifications": {"sent"},
}


def test_each_guest_gets_the_verdict_that_was_promised(db: Database, seeded: Seeded) -> None:
    device = access.user(seeded.staff.door.uid, {})
    came_of: dict[str, str | None] = {}
    for number, guest in enumerate(seeded.guests):
        request = ScanTicket(scan_id=f"guest{number}", token=guest.code, event_id=NIGHT)
        try:
            passed = door.scan(db, CODES, device, request)
            came_of[guest.name] = None
            expected = "ADMIT" if passed.ticket_quantity == 1 else "ADMIT 1 OF 4"
            assert guest.verdict == expected
        except ScanDenied as denial:
            came_of[guest.name] = denial.reason
    assert came_of == {guest.name: guest.reason for guest in seeded.guests}
    assert len(came_of) == len(seeded.guests)


def test_everybody_signs_in_with_a_proved_address(stack: Stack, seeded: Seeded) -> None:
    url = f"{stack.auth_url}/identitytoolkit.googleapis.com/v1/accounts"
    for person in seeded.staff.roles().values():
        asked = {"email": person.email, "password": PASSWORD, "returnSecureToken": True}
        signed_in = httpx.post(f"{url}:signInWithPassword?key=any", json=asked).json()
        assert signed_in["localId"] == person.uid
        found = httpx.post(f"{url}:lookup?key=any", json={"idToken": signed_in["idToken"]}).json()
        assert found["users"][0]["emailVerified"] is True


def test_the_dead_event_takes_effect_when_it_is_replayed(
    db: Database, stripe: StripeGateway, seeded: Seeded
) -> None:
    [dead] = [one for one in documents(db, "stripeEvents") if one["status"] == "dead"]
    admin = access.user(seeded.staff.admin.uid, {})
    bought = len(_purchases(db))
    request = ReplayEvent(event_id=dead["eventId"], reason="The outage is over")
    assert events.replay(db, stripe, Till(CODES), admin, request).status == "processed"
    assert len(_purchases(db)) == bought + 1


def test_stripe_agrees_but_for_what_waits_in_the_inbox(db: Database, stripe: StripeGateway) -> None:
    waiting = [one for one in documents(db, "stripeEvents") if one["status"] in {"failed", "dead"}]
    results = reconcile_stripe(db, stripe, Till(CODES)).results
    assert waiting
    assert set(results) <= {"known", "recovered", "right", "not_ours", "too_fresh", "followed"}
    assert results.get("recovered", 0) <= len(waiting)


def test_the_stack_lives_in_the_present_again(stack: Stack, seeded: Seeded) -> None:
    assert seeded.guests
    offset = httpx.post(f"{stack.stripe.api_base}/_control/set_clock_offset", json={"seconds": 0})
    assert abs(offset.json()["result"] - system_clock().timestamp()) < 5
    delivered = httpx.post(f"{stack.stripe.api_base}/_control/deliveries", json={}).json()["result"]
    assert delivered == []


def test_a_stack_with_a_history_gets_no_second_one(stack: Stack, seeded: Seeded) -> None:
    assert seeded.guests
    with pytest.raises(SeedError, match="has a history already"):
        seed_and_tell(stack)


def test_hosting_serves_what_a_stack_adds(stack: Stack) -> None:
    address = stack.serve("extra", {"index.html": "<p>é</p>"})
    page = httpx.get(address)
    assert page.text == "<p>é</p>"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def _purchases(db: Database) -> list[dict[str, Any]]:
    return [one for one in documents(db, "ledger") if one["kind"] == "credits_purchase"]
