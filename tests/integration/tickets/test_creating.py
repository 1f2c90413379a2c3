"""Tickets created by hand: out of the stock, on the record, once."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from firetill import access, errors
from firetill.access import SERVER
from firetill.database import Database, Store
from firetill.errors import Refusal
from firetill.wire import derived_id
from tests.costs import documented
from tests.evening import CODES, EVENT, Evening
from tests.factories import NOON, ManualClock, at_once
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.integration.tickets.holders import ADA, ADMIN, BOB, Holders
from tests.metering import Meter


def stock(holders: Holders) -> tuple[int, int]:
    event = holders.read(f"events/{EVENT}") or {}
    return event["quantity"], event.get("reserved", 0)


def operation(key: str = "by-hand-1") -> str:
    return derived_id("manualCreateTicket", "root", key)


def audited(holders: Holders) -> Mapping[str, Any]:
    found = holders.read(f"auditLog/{derived_id('tickets_created', operation())}")
    assert found is not None
    return found


def test_tickets_by_hand(evening: Evening, holders: Holders) -> None:
    issued = holders.create(ADA, 4)
    batch = evening.batch(issued.rager_id)
    assert (batch.user_id, batch.ticket_quantity, batch.order_id) == (ADA, 4, None)
    assert (batch.token, batch.code, batch.purchase_date) == (issued.token, issued.code, NOON)
    assert CODES.read(issued.code).token == issued.token
    assert (issued.event_id, issued.user_id, issued.ticket_quantity) == (EVENT, ADA, 4)
    assert stock(holders) == (6, 0)
    assert holders.summary(ADA) == (4, 0, [issued.rager_id])
    assert dict(audited(holders)) == {
        "auditId": derived_id("tickets_created", operation()),
        "kind": "tickets_created",
        "actor": "root",
        "eventId": EVENT,
        "userId": ADA,
        "ragerId": issued.rager_id,
        "quantity": 4,
        "at": NOON,
    }
    told = holders.read(f"notifications/{derived_id('tickets_received', operation())}") or {}
    assert told["userId"] == ADA
    assert told["data"] == {"eventId": EVENT, "ragerId": issued.rager_id, "quantity": 4}


def test_a_repetition_takes_nothing(holders: Holders) -> None:
    first = holders.create(ADA, 4)
    assert holders.create(ADA, 4) == first
    del holders.people.accounts[ADA]
    assert holders.create(ADA, 4) == first
    assert stock(holders) == (6, 0)
    with pytest.raises(errors.IdempotencyKeyReused):
        holders.create(ADA, 5)


def test_the_administrators_own_record_names_nobody(holders: Holders) -> None:
    holders.create(ADA, 4)
    assert ADA not in repr(holders.read(f"operations/{operation()}"))


def test_what_orders_hold_is_not_free(evening: Evening, holders: Holders) -> None:
    evening.announce(quantity=10, initialQuantity=10, reserved=7)
    with pytest.raises(errors.SoldOut) as raised:
        holders.create(ADA, 4)
    assert raised.value.data["available"] == 3
    assert holders.create(ADA, 3).ticket_quantity == 3
    assert stock(holders) == (7, 7)


def test_an_event_that_is_not_on_sale_has_guests_all_the_same(
    evening: Evening, holders: Holders
) -> None:
    evening.announce(quantity=1, initialQuantity=1, active=False, salesEndAt=NOON)
    assert holders.create().ticket_quantity == 1


def test_stock_in_shards_is_found(evening: Evening, holders: Holders) -> None:
    evening.announce(quantity=8, initialQuantity=8, shards=4)
    for number in range(4):
        assert holders.create(ADA, 2, key=f"k{number}").ticket_quantity == 2
    with pytest.raises(errors.SoldOut):
        holders.create(ADA, 1, key="one more")
    shards = [holders.read(f"events/{EVENT}/inventory/{number}") or {} for number in range(4)]
    left = [shard.get("quantity", 0) for shard in shards]
    assert sum(left) + stock(holders)[0] == 0


REFUSED: dict[str, tuple[Callable[[Holders], object], type[Refusal]]] = {
    "a user": (lambda h: h.create(caller=access.user(BOB, {})), errors.NotAdmin),
    "staff": (lambda h: h.create(caller=access.user(BOB, {"staff": True})), errors.NotAdmin),
    "a server": (lambda h: h.create(caller=SERVER), errors.NotAdmin),
    "no such event": (lambda h: h.create(event_id="e9"), errors.EventNotFound),
    "no such guest": (lambda h: h.create("dan"), errors.RecipientNotFound),
    "sold out": (lambda h: h.create(quantity=11), errors.SoldOut),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, holders: Holders) -> None:
    call, expected = REFUSED[name]
    with pytest.raises(expected):
        call(holders)
    assert stock(holders) == (10, 0)
    assert holders.summary(ADA) == (0, 0, [])


def test_a_document_makes_an_administrator(evening: Evening, holders: Holders) -> None:
    evening.write("adminUsers/boss", {"since": NOON})
    holders.create(caller=access.user("boss", {}))
    assert stock(holders) == (9, 0)


def test_a_directory_that_does_not_answer(holders: Holders) -> None:
    holders.people.asleep = True
    with pytest.raises(errors.DirectoryUnavailable):
        holders.create()
    holders.people.asleep = False
    assert holders.create().user_id == ADA


def test_a_lost_reply(evening: Evening, holders: Holders, store: Store, clock: ManualClock) -> None:
    plan = Script(commit=[LOST_REPLY])
    issued = holders.create(ADA, 4, database=Database(FaultyStore(store, plan), clock))
    assert plan.spent
    assert stock(holders) == (6, 0)
    assert evening.batch(issued.rager_id).token == issued.token


def test_one_key_from_twenty_threads(holders: Holders) -> None:
    results = at_once([lambda: holders.create(ADA, 3)] * 20)
    [issued] = set(map(repr, results))
    assert "IssuedBatch" in issued
    assert stock(holders) == (7, 0)
    assert holders.summary(ADA)[0] == 3


def test_what_creating_costs(holders: Holders, metered: Meter) -> None:
    with metered.measure() as used:
        holders.create(caller=ADMIN)
    with metered.measure() as again:
        holders.create(caller=ADMIN)
    assert used == documented("create tickets by hand")
    assert again == documented("create tickets by hand, repeated with its key")
