"""Adjusting credits: exact, once, on the record, never below zero."""

from functools import partial
from typing import Any

import pytest

from firetill import access
from firetill.access import SERVER, Caller
from firetill.admin import service
from firetill.admin.model import AdjustCredits, AdjustedCredits
from firetill.database import Database, Store
from firetill.errors import (
    AccountDeleted,
    DirectoryUnavailable,
    IdempotencyKeyReused,
    InsufficientCredits,
    InvalidField,
    NotAdmin,
    RecipientNotFound,
    Refusal,
)
from firetill.estates.repository import owned
from firetill.ledger import service as ledger
from tests.costs import documented
from tests.factories import NOON, ManualClock, at_once, buy_credits
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.integration.admin.desk import write
from tests.integration.tickets.holders import ADA, ADMIN, People
from tests.metering import Meter


def adjust(
    db: Database,
    people: People,
    amount: int,
    key: str = "case-1",
    *,
    caller: Caller = ADMIN,
    user_id: str = ADA,
) -> AdjustedCredits:
    request = AdjustCredits(user_id=user_id, amount=amount, reason="A case.", idempotency_key=key)
    return service.adjust(db, people, caller, request)


def refusal(db: Database, people: People, amount: int, **more: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        adjust(db, people, amount, **more)
    return refused.value


def credits_of(db: Database, user_id: str = ADA) -> int:
    wallet, faults = ledger.verify(db, user_id)
    assert faults == []
    return wallet.credits


def test_credits_are_added_and_it_is_on_the_record(
    db: Database, people: People, metered: Meter
) -> None:
    buy_credits(db, ADA, 50)
    with metered.measure() as used:
        adjusted = adjust(db, people, 100)
    assert used == documented("adjust credits")
    assert (adjusted.credits_before, adjusted.wallet.credits) == (50, 150)
    assert credits_of(db) == 150
    entry = ledger.entries(db, ADA)[-1]
    assert (entry.kind, entry.legs) == (
        "credits_adjust",
        {"credits": 100, "world:adjust": -100},
    )
    [record] = db.get(f"auditLog/{adjusted.audit_id}")
    assert record.data == {
        "auditId": adjusted.audit_id,
        "kind": "credits_adjusted",
        "actor": "root",
        "userId": ADA,
        "amount": 100,
        "reason": "A case.",
        "before": 50,
        "after": 150,
        "at": NOON,
    }
    assert entry.metadata == {"auditId": adjusted.audit_id}


def test_credits_are_taken_but_never_more_than_there_are(db: Database, people: People) -> None:
    buy_credits(db, ADA, 50)
    refused = refusal(db, people, -51)
    assert isinstance(refused, InsufficientCredits)
    assert refused.data == {"balance": 50, "required": 51}
    assert db.get(f"auditLog/{'0' * 32}")[0].data is None
    assert adjust(db, people, -50).wallet.credits == 0
    assert credits_of(db) == 0


def test_a_repeat_changes_nothing(db: Database, people: People, metered: Meter) -> None:
    first = adjust(db, people, 100)
    del people.accounts[ADA]
    with metered.measure() as used:
        assert adjust(db, people, 100) == first
    assert used == documented("adjust credits, repeated with its key")
    assert isinstance(refusal(db, people, 101), IdempotencyKeyReused)
    assert credits_of(db) == 100


def test_the_administrators_own_record_names_nobody(db: Database, people: People) -> None:
    adjust(db, people, 100)
    [record] = db.query(owned("operations", ADMIN.name, limit=2))
    assert ADA not in repr(record.data)


@pytest.mark.parametrize(
    "caller", [SERVER, access.user("bob", {}), access.user("bob", {"staff": True})]
)
def test_nobody_else_may(db: Database, people: People, caller: Caller) -> None:
    assert isinstance(refusal(db, people, 100, caller=caller), NotAdmin)
    assert credits_of(db) == 0


def test_a_document_makes_an_administrator(db: Database, people: People) -> None:
    bob = access.user("bob", {})
    write(db, "adminUsers/bob", {})
    assert adjust(db, people, 7, caller=bob).wallet.credits == 7


def test_what_makes_no_sense_is_refused(db: Database, people: People) -> None:
    assert isinstance(refusal(db, people, 0), InvalidField)
    assert isinstance(refusal(db, people, 1, user_id="stranger"), RecipientNotFound)
    write(db, f"users/{ADA}", {"deleting": True})
    assert isinstance(refusal(db, people, 1), AccountDeleted)
    people.asleep = True
    assert isinstance(refusal(db, people, 1), DirectoryUnavailable)


def test_a_lost_reply_posts_once(db: Database, store: Store, people: People) -> None:
    faulty = FaultyStore(store, Script(commit=[LOST_REPLY]))
    adjusted = adjust(Database(faulty, ManualClock()), people, 100)
    assert adjusted.wallet.credits == 100
    assert credits_of(db) == 100


def test_adjustments_at_once_add_up(db: Database, people: People) -> None:
    buy_credits(db, ADA, 100)
    calls = [partial(adjust, db, people, -30, f"case-{n}") for n in range(8)]
    results = at_once(calls)
    assert sum(isinstance(one, AdjustedCredits) for one in results) == 3
    assert sum(isinstance(one, InsufficientCredits) for one in results) == 5
    assert credits_of(db) == 10


def test_one_case_at_once_counts_once(db: Database, people: People) -> None:
    results = at_once([partial(adjust, db, people, 30) for _ in range(8)])
    assert len({one.wallet.head for one in results if isinstance(one, AdjustedCredits)}) == 1
    assert credits_of(db) == 30
