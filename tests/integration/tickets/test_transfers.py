"""Passing tickets on: who may, what becomes of both batches, and what a repetition answers."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from firetill import errors
from firetill.database import Database, Store
from firetill.errors import Refusal
from firetill.tickets import batches
from firetill.tickets.codes import token_hash
from firetill.tickets.transfer_rules import PASSED_ON
from firetill.wire import derived_id
from tests.costs import documented
from tests.evening import CODES, EVENT, Evening
from tests.factories import NOON, ManualClock
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.integration.door.gates import by_token, by_user
from tests.integration.tickets.holders import ADA, BOB, CARA, Holders
from tests.metering import Meter


def refusal_of(call: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as raised:
        call()
    return raised.value


def test_a_whole_batch(evening: Evening, holders: Holders, clock: ManualClock) -> None:
    before = evening.issue("r1", 3, user_id=ADA)
    clock.advance(hours=1)
    passed = holders.transfer("r1", 3)
    source, received = evening.batch("r1"), evening.batch(passed.rager_id)
    assert (source.closed, source.ticket_quantity, source.active) == ("transferred", 0, False)
    assert source.transferred_to == [passed.rager_id]
    assert (received.user_id, received.ticket_quantity, received.active) == (BOB, 3, True)
    assert (received.token, received.version) == (passed.token, 1)
    assert (received.origin, received.transferred_from) == ("r1", "r1")
    assert received.purchase_date == NOON, "it is still as old when batches are chosen from"
    assert received.created_at == NOON + timedelta(hours=1)
    assert CODES.read(received.code).token == passed.token
    assert (passed.quantity, passed.remaining, passed.event_id) == (3, 0, EVENT)
    old = holders.read(f"ticketTokens/{before.token}") or {}
    assert (old["revokedReason"], old["revokedAt"]) == ("transferred", received.created_at)
    new = holders.read(f"ticketTokens/{passed.token}") or {}
    assert (new["ragerId"], new["userId"], new["revokedAt"]) == (passed.rager_id, BOB, None)
    assert holders.summary(ADA) == (0, 0, ["r1"])
    assert holders.summary(BOB) == (3, 0, [passed.rager_id])


def test_a_part_of_a_batch(evening: Evening, holders: Holders) -> None:
    before = evening.issue("r1", 5, user_id=ADA)
    evening.admit("r1")
    passed = holders.transfer("r1", 3)
    source = evening.batch("r1")
    assert (source.closed, source.ticket_quantity, source.used_count) == (None, 2, 1)
    assert passed.remaining == source.remaining == 1
    assert source.token not in {before.token, passed.token}
    assert (source.version, source.previous_token_hashes) == (2, [token_hash(before.token)])
    assert CODES.read(source.code).version == 2
    assert (holders.read(f"ticketTokens/{before.token}") or {})["revokedReason"] == "transferred"
    assert (holders.read(f"ticketTokens/{source.token}") or {})["revokedAt"] is None
    assert holders.summary(ADA) == (2, 1, ["r1"])
    assert holders.summary(BOB) == (3, 0, [passed.rager_id])


def test_at_the_door(evening: Evening, holders: Holders) -> None:
    before = evening.issue("r1", 2, user_id=ADA)
    passed = holders.transfer("r1", 1)
    denied = refusal_of(lambda: by_token(evening.database, before.code, "s1"))
    assert denied.reason == "ticket_transferred"
    assert BOB not in json.dumps(denied.details())
    assert by_token(evening.database, passed.token, "s2").user_id == BOB
    assert by_token(evening.database, evening.batch("r1").code, "s3").user_id == ADA
    assert refusal_of(lambda: by_user(evening.database, ADA, "s4")).reason == "already_used"


def test_all_that_is_unused_of_a_batch_in_use(evening: Evening, holders: Holders) -> None:
    """It is not closed: should a scan be taken back, its guest goes in by a live token."""
    evening.issue("r1", 2, user_id=ADA)
    evening.admit("r1")
    assert holders.transfer("r1", 1).remaining == 0
    source = evening.batch("r1")
    assert (source.closed, source.active, source.ticket_quantity) == (None, False, 1)
    assert (holders.read(f"ticketTokens/{source.token}") or {})["revokedAt"] is None


def test_used_tickets_stay_with_whoever_used_them(evening: Evening, holders: Holders) -> None:
    evening.issue("r1", 2, user_id=ADA)
    evening.admit("r1")
    before = evening.batch("r1")
    refused = refusal_of(lambda: holders.transfer("r1", 2))
    assert refused.details() == {"reason": "none_remaining", "remaining": 1}
    assert evening.batch("r1") == before
    assert holders.summary(BOB) == (0, 0, [])


def test_on_and_on(evening: Evening, holders: Holders) -> None:
    """The bought batch knows where its tickets are, and not where they have been."""
    evening.issue("r1", 4, user_id=ADA)
    second = holders.transfer("r1", 2)
    third = holders.transfer(second.rager_id, 1, to=CARA, caller=BOB)
    assert evening.batch("r1").transferred_to == [second.rager_id, third.rager_id]
    back = holders.transfer(third.rager_id, 1, to=ADA, caller=CARA)
    assert evening.batch("r1").transferred_to == [second.rager_id, back.rager_id]
    returned = evening.batch(back.rager_id)
    assert (returned.origin, returned.transferred_from) == ("r1", third.rager_id)
    assert holders.summary(ADA) == (3, 0, ["r1", back.rager_id])


def test_a_refund_finds_what_was_passed_on(evening: Evening, holders: Holders) -> None:
    evening.issue("r1", 4, user_id=ADA)
    second = holders.transfer("r1", 2)
    third = holders.transfer(second.rager_id, 1, to=CARA, caller=BOB)
    evening.admit(third.rager_id)
    bought = evening.database.run_transaction(lambda tx: batches.buy_back(tx, EVENT, "r1", 4))
    assert (bought.dead, bought.used) == (3, 1)
    assert [evening.batch(one).closed for one in ("r1", second.rager_id, third.rager_id)] == [
        "refunded",
        "refunded",
        None,
    ]
    died = evening.batch(second.rager_id).token
    assert (holders.read(f"ticketTokens/{died}") or {})["revokedReason"] == "refunded"
    assert holders.summary(BOB)[:2] == (0, 0)
    assert holders.summary(CARA)[:2] == (1, 1)


def test_by_address(evening: Evening, holders: Holders) -> None:
    evening.issue("r1", 1, user_id=ADA)
    passed = holders.transfer("r1", email="bob@example.com")
    assert evening.batch(passed.rager_id).user_id == BOB


def test_the_recipient_is_told_once_and_nobody_is_named(
    evening: Evening, holders: Holders, database: Database
) -> None:
    evening.issue("r1", 2, user_id=ADA)
    passed = holders.transfer("r1", email="bob@example.com")
    holders.transfer("r1", email="bob@example.com")
    operation = derived_id("transferTicket", ADA, "pass-1")
    told = holders.read(f"notifications/{derived_id('tickets_received', operation)}") or {}
    assert (told["userId"], told["kind"], told["status"]) == (BOB, "tickets_received", "queued")
    assert told["data"] == {"eventId": EVENT, "ragerId": passed.rager_id, "quantity": 1}
    received = database.get(
        told_path := f"events/{EVENT}/ragers/{passed.rager_id}",
        f"eventUsers/{EVENT}/users/{BOB}",
        f"ticketTokens/{passed.token}",
        f"notifications/{derived_id('tickets_received', operation)}",
    )
    assert received[0].path == told_path
    for found in received:
        assert ADA not in str(found.data)
        assert "example.com" not in str(found.data)
    kept = database.get(f"events/{EVENT}/ragers/r1", f"eventUsers/{EVENT}/users/{ADA}")
    assert all(BOB not in str(found.data) for found in kept)


def test_a_repetition(evening: Evening, holders: Holders) -> None:
    """It has its answer already, also when the recipient is gone or nobody can tell."""
    evening.issue("r1", 2, user_id=ADA)
    first = holders.transfer("r1", 2)
    assert holders.transfer("r1", 2) == first
    holders.people.asleep = True
    assert holders.transfer("r1", 2) == first
    holders.people.asleep = False
    del holders.people.accounts[BOB]
    assert holders.transfer("r1", 2) == first
    assert refusal_of(lambda: holders.transfer("r1", 1)).reason == "idempotency_key_reused"


def test_a_lost_reply(evening: Evening, holders: Holders, store: Store, clock: ManualClock) -> None:
    evening.issue("r1", 2, user_id=ADA)
    plan = Script(commit=[LOST_REPLY])
    passed = holders.transfer("r1", 1, database=Database(FaultyStore(store, plan), clock))
    assert plan.spent
    assert evening.batch(passed.rager_id).token == passed.token
    assert holders.summary(ADA)[0] == holders.summary(BOB)[0] == 1


REFUSED: dict[str, tuple[Callable[[Evening, Holders], object], type[Refusal]]] = {
    "more than are unused": (lambda _, h: h.transfer("r1", 3), errors.NoneRemaining),
    "no such batch": (lambda _, h: h.transfer("r9"), errors.BatchNotFound),
    "no such event": (lambda _, h: h.transfer("r1", event_id="e9"), errors.EventNotFound),
    "somebody else's": (lambda _, h: h.transfer("r1", caller=CARA), errors.NotOwner),
    "to oneself": (lambda _, h: h.transfer("r1", to=ADA), errors.InvalidField),
    "to oneself by address": (
        lambda _, h: h.transfer("r1", email="ada@example.com"),
        errors.InvalidField,
    ),
    "to nobody": (lambda _, h: h.transfer("r1", to=None), errors.MissingField),
    "to a stranger": (lambda _, h: h.transfer("r1", to="dan"), errors.RecipientNotFound),
    "to a stranger's address": (
        lambda _, h: h.transfer("r1", email="dan@example.com"),
        errors.RecipientNotFound,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, evening: Evening, holders: Holders) -> None:
    call, expected = REFUSED[name]
    before = evening.issue("r1", 2, user_id=ADA)
    assert type(refusal_of(lambda: call(evening, holders))) is expected
    assert evening.batch("r1") == before
    assert holders.transfer("r1", 2).quantity == 2, "the key may be tried again"


CLOSED: dict[str, tuple[Callable[[Evening], object], type[Refusal]]] = {
    "inactive event": (lambda e: e.announce(active=False), errors.EventInactive),
    "over": (lambda e: e.announce(endsAt=NOON), errors.OutsideWindow),
    "refunded": (lambda e: e.close("r1", "refunded"), errors.TicketRefunded),
    "passed on before": (lambda e: e.close("r1", "transferred"), errors.TicketTransferred),
    "revoked": (lambda e: e.close("r1", "revoked"), errors.TicketRevoked),
    "deactivated": (lambda e: e.deactivate("r1"), errors.TicketInactive),
}


@pytest.mark.parametrize("name", CLOSED)
def test_what_cannot_be_passed_on(name: str, evening: Evening, holders: Holders) -> None:
    close, expected = CLOSED[name]
    evening.issue("r1", 2, user_id=ADA)
    close(evening)
    before = evening.batch("r1")
    refused = refusal_of(lambda: holders.transfer("r1"))
    assert type(refused) is expected
    assert evening.batch("r1") == before
    assert holders.summary(BOB) == (0, 0, [])


def test_before_the_doors_open_is_the_time_for_it(evening: Evening, holders: Holders) -> None:
    evening.issue("r1", 1, user_id=ADA)
    evening.announce(doorsOpenAt=NOON + timedelta(days=9), endsAt=NOON + timedelta(days=10))
    assert holders.transfer("r1").quantity == 1


def test_only_who_holds_tickets_can_find_out_who_has_an_account(
    evening: Evening, holders: Holders
) -> None:
    evening.issue("r1", 1, user_id=ADA)
    answers = {
        refusal_of(partial(holders.transfer, "r1", email=email, caller=CARA)).reason
        for email in ("bob@example.com", "dan@example.com")
    }
    assert answers == {"not_owner"}


def test_a_directory_that_does_not_answer(evening: Evening, holders: Holders) -> None:
    evening.issue("r1", 1, user_id=ADA)
    holders.people.asleep = True
    assert refusal_of(lambda: holders.transfer("r1")).reason == "directory_unavailable"
    holders.people.asleep = False
    assert holders.transfer("r1").quantity == 1


def test_one_purchase_is_spread_over_so_many_batches(evening: Evening, holders: Holders) -> None:
    evening.issue("r1", 60, user_id=ADA)
    for number in range(PASSED_ON):
        last = holders.transfer("r1", 1, key=f"k{number}")
    refused = refusal_of(lambda: holders.transfer("r1", 1, key="one too many"))
    assert refused.details() == {
        "reason": "limit_reached",
        "limited": "transfers",
        "limit": PASSED_ON,
        "itemId": EVENT,
    }
    assert holders.transfer(last.rager_id, 1, to=CARA, caller=BOB).quantity == 1
    bought = evening.database.run_transaction(lambda tx: batches.buy_back(tx, EVENT, "r1", 60))
    assert (bought.dead, bought.used) == (60, 0)


def test_what_a_transfer_costs(evening: Evening, holders: Holders, metered: Meter) -> None:
    evening.issue("r1", 2, user_id=ADA)
    with metered.measure() as part:
        holders.transfer("r1", 1)
    with metered.measure() as again:
        holders.transfer("r1", 1)
    with metered.measure() as whole:
        holders.transfer("r1", 1, key="pass-2")
    assert part == documented("pass on a part of a batch")
    assert whole == documented("pass on a whole batch")
    assert again == documented("pass tickets on, repeated with its key")


def test_what_passing_on_again_costs(evening: Evening, holders: Holders, metered: Meter) -> None:
    evening.issue("r1", 2, user_id=ADA)
    second = holders.transfer("r1", 2)
    with metered.measure() as used:
        holders.transfer(second.rager_id, 2, to=CARA, caller=BOB)
    assert used == documented("pass on a whole batch that was passed on")
