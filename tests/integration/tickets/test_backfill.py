"""Batches from elsewhere get what they lack, whatever they are like, and no more than that."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from firetill import access, errors
from firetill.access import SERVER
from firetill.database import Database, Store
from firetill.tickets import backfill
from firetill.tickets.backfill_model import Backfilled, BackfillTokens
from firetill.tickets.codes import Codes, ReadCode
from firetill.transport import inputs
from tests.evening import CODES, EVENT, Evening
from tests.factories import NOON, ManualClock, at_once
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.integration.door.gates import by_token, by_user
from tests.integration.tickets.conftest import Documents
from tests.integration.tickets.holders import ADA, ADMIN, BOB, Holders

OLD_TOKEN = "3f2a9c5e7b1d4f6089ab"


def filled(
    evening: Evening, *, codes: Codes = CODES, database: Database | None = None, **request: Any
) -> Backfilled:
    asked = BackfillTokens(event_id=EVENT, **request)
    return backfill.backfill_tokens(database or evening.database, codes, ADMIN, asked)


def counts(done: Backfilled) -> tuple[int, int, int, int]:
    return done.processed, done.created, done.summaries, done.failed


def from_before(evening: Evening, rager_id: str, user_id: str = ADA, **fields: Any) -> None:
    """A batch as others wrote them."""
    bare = {"userId": user_id, "ticketQuantity": 3, "usedCount": 1, "active": True}
    batch = {**bare, "purchaseDate": NOON - timedelta(days=9), **fields}
    evening.write(f"events/{EVENT}/ragers/{rager_id}", batch)


def test_a_batch_without_a_token(evening: Evening, holders: Holders) -> None:
    from_before(evening, "r1")
    done = filled(evening)
    assert counts(done) == (1, 1, 1, 0)
    assert done.next is None
    batch = evening.batch("r1")
    assert (batch.user_id, batch.ticket_quantity, batch.used_count) == (ADA, 3, 1)
    assert (batch.active, batch.closed, batch.order_id) == (True, None, None)
    assert (batch.purchase_date, batch.updated_at) == (NOON - timedelta(days=9), NOON)
    assert CODES.read(batch.code) == ReadCode(batch.token, EVENT, 1)
    token = holders.read(f"ticketTokens/{batch.token}") or {}
    assert (token["ragerId"], token["userId"], token["revokedAt"]) == ("r1", ADA, None)
    assert holders.summary(ADA) == (3, 1, ["r1"])
    assert by_token(evening.database, batch.code).remaining == 1
    assert by_user(evening.database, ADA, "s2").remaining == 0


def test_the_token_that_guests_have_stays(evening: Evening, holders: Holders) -> None:
    from_before(evening, "r1", token=OLD_TOKEN)
    made = NOON - timedelta(days=9)
    legacy = {"eventId": EVENT, "ragerId": "r1", "createdAt": made}
    evening.write(f"ticketTokens/{OLD_TOKEN}", legacy)
    assert counts(filled(evening)) == (1, 1, 1, 0)
    assert evening.batch("r1").token == OLD_TOKEN
    token = holders.read(f"ticketTokens/{OLD_TOKEN}") or {}
    assert (token["userId"], token["createdAt"]) == (ADA, made)
    assert by_token(evening.database, OLD_TOKEN).remaining == 1


def test_a_token_of_which_nobody_knows_is_written_down(evening: Evening, holders: Holders) -> None:
    from_before(evening, "r1", token=OLD_TOKEN)
    filled(evening)
    assert evening.batch("r1").token == OLD_TOKEN
    assert (holders.read(f"ticketTokens/{OLD_TOKEN}") or {})["ragerId"] == "r1"


def test_a_token_of_two_batches_stays_with_one(evening: Evening, holders: Holders) -> None:
    for rager_id in ("r1", "r2"):
        from_before(evening, rager_id, token=OLD_TOKEN)
    evening.write(f"ticketTokens/{OLD_TOKEN}", {"eventId": EVENT, "ragerId": "r2"})
    assert counts(filled(evening)) == (2, 2, 1, 0)
    assert evening.batch("r2").token == OLD_TOKEN
    assert evening.batch("r1").token != OLD_TOKEN
    assert (holders.read(f"ticketTokens/{OLD_TOKEN}") or {})["ragerId"] == "r2"


@pytest.mark.parametrize(
    "token", ["", "short", "with space in the middle", "a/b/c/d/e/f/g/h/i/j", None]
)
def test_a_token_that_cannot_be_one_is_replaced(token: str | None, evening: Evening) -> None:
    from_before(evening, "r1", token=token)
    assert counts(filled(evening)) == (1, 1, 1, 0)
    assert len(evening.batch("r1").token) == 22


def test_a_closed_batch_has_a_dead_token(evening: Evening, holders: Holders) -> None:
    from_before(evening, "r1", ticketQuantity=1, usedCount=0, active=False, closed="refunded")
    filled(evening)
    token = holders.read(f"ticketTokens/{evening.batch('r1').token}") or {}
    assert (token["revokedReason"], token["revokedAt"]) == ("refunded", NOON)


def test_little_is_enough(evening: Evening) -> None:
    evening.write(f"events/{EVENT}/ragers/r1", {"userId": ADA, "ticketQuantity": 2})
    assert counts(filled(evening)) == (1, 1, 1, 0)
    batch = evening.batch("r1")
    assert (batch.used_count, batch.active, batch.purchase_date) == (0, True, NOON)


def test_again_changes_nothing(evening: Evening, documents: Documents) -> None:
    from_before(evening, "r1")
    from_before(evening, "r2", BOB, usedCount=3, active=False)
    evening.issue("r3", 2, user_id=BOB)
    assert counts(filled(evening)) == (3, 2, 2, 0)
    before = documents()
    assert counts(filled(evening)) == (3, 0, 0, 0)
    assert documents() == before


def test_a_dry_run_writes_nothing(evening: Evening, documents: Documents) -> None:
    from_before(evening, "r1")
    from_before(evening, "r2", BOB, ticketQuantity="two")
    before = documents()
    done = filled(evening, dry_run=True)
    assert (counts(done), done.dry_run) == ((2, 1, 1, 1), True)
    assert documents() == before


GARBAGE: dict[str, dict[str, Any]] = {
    "nobody's": {"userId": None},
    "a number's": {"userId": 7},
    "a path's": {"userId": "a/b"},
    "no count": {"ticketQuantity": None},
    "half a ticket": {"ticketQuantity": 1.5},
    "a word": {"ticketQuantity": "3"},
    "true": {"ticketQuantity": True},
    "less than none": {"ticketQuantity": -1, "usedCount": -2},
    "more used than there are": {"usedCount": 4},
    "more outside than were in": {"outside": 2},
    "a map": {"usedCount": {"a": 1}},
    "another event's": {"eventId": "ball"},
    "another batch's": {"ragerId": "r2"},
    "closed by a word": {"closed": "lost"},
    "bought some day": {"purchaseDate": "yesterday"},
    "a list for a token": {"token": [1]},
    "version nought": {"version": 0},
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_told_and_left(name: str, evening: Evening, holders: Holders) -> None:
    from_before(evening, "bad", BOB, **GARBAGE[name])
    from_before(evening, "good")
    before = holders.read(f"events/{EVENT}/ragers/bad")
    assert counts(filled(evening))[:2] == (2, 1)
    assert filled(evening).failed == 1
    assert holders.read(f"events/{EVENT}/ragers/bad") == before
    assert evening.batch("good").token


def test_pages_and_going_on(evening: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "PAGE", 3)
    for number in range(7):
        from_before(evening, f"r{number}", f"guest{number % 2}")
    asked = BackfillTokens(event_id=EVENT)
    first = backfill.backfill_tokens(evening.database, CODES, ADMIN, asked, budget_seconds=0)
    assert (counts(first), first.next) == ((3, 3, 2, 0), "r2")
    rest = filled(evening, start_after=first.next)
    assert (counts(rest), rest.next) == ((4, 4, 0, 0), None)


@pytest.mark.parametrize("after", [".", "..", "__x__", "a/b", "", "x" * 376])
def test_no_batch_can_be_called_that(after: str) -> None:
    with pytest.raises(errors.InvalidField) as refused:
        inputs.parse({"eventId": EVENT, "startAfter": after}, BackfillTokens)
    assert refused.value.data["field"] == "startAfter"


def test_codes_of_a_key_that_was_dropped_are_signed_anew(evening: Evening) -> None:
    before = evening.issue("r1", 2, user_id=ADA)
    codes = Codes([base64.b64encode(bytes([9] * 32)).decode()])
    assert counts(filled(evening, codes=codes)) == (1, 1, 0, 0)
    after = evening.batch("r1")
    assert after.token == before.token
    assert codes.read(after.code) == ReadCode(before.token, EVENT, 1)


def test_calls_at_once_agree(evening: Evening, holders: Holders) -> None:
    for number in range(6):
        from_before(evening, f"r{number}")
    results = at_once([lambda: filled(evening)] * 3)
    assert all(isinstance(one, Backfilled) for one in results)
    tokens = [evening.batch(f"r{number}").token for number in range(6)]
    assert len(set(tokens)) == 6
    for number, token in enumerate(tokens):
        assert (holders.read(f"ticketTokens/{token}") or {})["ragerId"] == f"r{number}"
    assert holders.summary(ADA)[:2] == (18, 6)
    assert counts(filled(evening)) == (6, 0, 0, 0)


def test_a_lost_reply(evening: Evening, store: Store, clock: ManualClock) -> None:
    from_before(evening, "r1")
    plan = Script(commit=[LOST_REPLY, LOST_REPLY])
    done = filled(evening, database=Database(FaultyStore(store, plan), clock))
    assert plan.spent
    assert counts(done) == (1, 1, 1, 0)
    assert counts(filled(evening)) == (1, 0, 0, 0)


def test_who_may(evening: Evening) -> None:
    asked = BackfillTokens(event_id=EVENT)
    for caller in (access.user(BOB, {"supervisor": True}), SERVER):
        with pytest.raises(errors.NotAdmin):
            backfill.backfill_tokens(evening.database, CODES, caller, asked)
    with pytest.raises(errors.EventNotFound):
        backfill.backfill_tokens(evening.database, CODES, ADMIN, BackfillTokens(event_id="e9"))
