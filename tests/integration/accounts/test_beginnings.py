"""Signing up and accepting the terms: once each, however many calls say so."""

from functools import partial

import pytest

from firetill import presence
from firetill.access import SERVER, Caller
from firetill.accounts import consent, welcome
from firetill.accounts.model import AcceptedTerms, AcceptTerms
from firetill.catalog import WELCOME_CREDITS
from firetill.database import Database, Store, Transaction
from firetill.errors import AccountDeleted, ConsentRequired, SignInRequired, TermsOutdated
from firetill.ledger import service as ledger
from tests.costs import documented
from tests.factories import NOON, ManualClock, at_once, buy_credits
from tests.faults import LOST_REPLY, FaultyStore, Script, WithoutPreconditions
from tests.integration.pledges.meetings import MeetBeforeCommit
from tests.metering import Meter

ADA = Caller(user_id="ada")
ANONYMOUS = Caller(user_id="ada", anonymous=True)
TERMS = "2026-11"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def db(store: Store, clock: ManualClock) -> Database:
    return Database(store, clock)


def accept(db: Database, caller: Caller = ADA, shown: str = TERMS) -> AcceptedTerms:
    return consent.accept(db, caller, AcceptTerms(terms_version=shown), terms_version=TERMS)


def credits_of(db: Database, user_id: str = "ada") -> int:
    wallet, faults = ledger.verify(db, user_id)
    assert faults == []
    return wallet.credits


def mark_deleting(db: Database) -> None:
    def body(tx: Transaction) -> None:
        tx.get("users/ada")
        tx.merge("users/ada", {"deleting": True})

    db.run_transaction(body)


def test_a_new_user_is_given_credits_once(db: Database, clock: ManualClock, metered: Meter) -> None:
    with metered.measure() as used:
        assert welcome.sign_up(db, "ada", anonymous=False)
    assert used == documented("sign up")
    clock.advance(days=400)
    with metered.measure() as used:
        assert not welcome.sign_up(db, "ada", anonymous=False)
    assert used == documented("sign up, repeated")
    [user] = db.get("users/ada")
    assert user.data is not None
    assert (user.data["createdAt"], user.data["welcomedAt"]) == (NOON, NOON)
    assert credits_of(db) == WELCOME_CREDITS


def test_who_had_a_wallet_before_is_welcomed_too(db: Database) -> None:
    buy_credits(db, "ada", 100)
    assert welcome.sign_up(db, "ada", anonymous=False)
    assert credits_of(db) == 100 + WELCOME_CREDITS


def test_an_anonymous_user_is_given_nothing_until_linked(
    db: Database, clock: ManualClock, metered: Meter
) -> None:
    with metered.measure() as used:
        assert not welcome.sign_up(db, "ada", anonymous=True)
    assert used == documented("sign up, anonymous")
    assert credits_of(db) == 0
    clock.advance(hours=1)
    assert welcome.sign_up(db, "ada", anonymous=False)
    [user] = db.get("users/ada")
    assert user.data is not None
    assert user.data["createdAt"] == NOON
    assert credits_of(db) == WELCOME_CREDITS


@pytest.mark.parametrize("guarded", [True, False])
def test_first_calls_that_meet_before_their_commits(
    store: Store, clock: ManualClock, *, guarded: bool
) -> None:
    """All have found the user new. Without preconditions all of them believe they gave."""
    meeting = MeetBeforeCommit(store if guarded else WithoutPreconditions(store), 8)
    db = Database(meeting, clock)
    answers = at_once([partial(welcome.sign_up, db, "ada", anonymous=False)] * 8)
    assert answers.count(True) == (1 if guarded else 8)
    if guarded:
        assert credits_of(Database(store, clock)) == WELCOME_CREDITS


def test_a_lost_reply_gives_no_second_welcome(store: Store, clock: ManualClock) -> None:
    db = Database(FaultyStore(store, Script(commit=[LOST_REPLY])), clock, sleep=lambda _: None)
    welcome.sign_up(db, "ada", anonymous=False)
    assert credits_of(db) == WELCOME_CREDITS


def test_accepting_is_kept_with_its_evidence(
    db: Database, clock: ManualClock, metered: Meter
) -> None:
    with metered.measure() as used:
        accepted = accept(db)
    assert used == documented("accept the terms, by a new user")
    assert accepted == AcceptedTerms(terms_version=TERMS, accepted_at=NOON)
    clock.advance(days=1)
    with metered.measure() as used:
        assert accept(db) == accepted
    assert used == documented("accept the terms, repeated")
    [user] = db.get("users/ada")
    assert user.data is not None
    assert user.data["consent"] == {"termsVersion": TERMS, "acceptedAt": NOON}
    consent.require(user, TERMS)
    with pytest.raises(ConsentRequired) as refused:
        consent.require(user, "2027-01")
    assert refused.value.data == {"termsVersion": "2027-01"}
    assert credits_of(db) == WELCOME_CREDITS


def test_new_terms_are_accepted_anew_and_the_old_evidence_stays(
    db: Database, clock: ManualClock, metered: Meter
) -> None:
    accept(db)
    clock.advance(days=1)
    newer = AcceptTerms(terms_version="2027-01")
    with metered.measure() as used:
        accepted = consent.accept(db, ADA, newer, terms_version="2027-01")
    assert used == documented("accept the terms")
    assert accepted.accepted_at == clock.instant
    # The operator goes back to the terms before: the user had accepted those.
    clock.advance(days=1)
    assert accept(db).accepted_at == NOON


def test_nobody_has_accepted_anything_yet(db: Database) -> None:
    with pytest.raises(ConsentRequired):
        consent.require(db.get("users/ada")[0], TERMS)


def test_other_terms_than_the_present_ones_are_refused(db: Database) -> None:
    with pytest.raises(TermsOutdated) as refused:
        accept(db, shown="2025-01")
    assert refused.value.data == {"termsVersion": TERMS}
    assert not db.get("users/ada")[0].exists


def test_an_anonymous_user_accepts_without_being_welcomed(db: Database) -> None:
    accept(db, ANONYMOUS)
    assert credits_of(db) == 0
    assert welcome.sign_up(db, "ada", anonymous=False)


def test_a_server_accepts_for_nobody(db: Database) -> None:
    with pytest.raises(SignInRequired):
        accept(db, SERVER)


def test_an_account_that_is_being_deleted_begins_nothing(db: Database) -> None:
    mark_deleting(db)
    assert presence.is_leaving(db.get("users/ada")[0])
    with pytest.raises(AccountDeleted):
        accept(db)
    with pytest.raises(AccountDeleted):
        welcome.sign_up(db, "ada", anonymous=False)
    assert db.get("users/ada")[0].data == {"deleting": True}


def test_many_accept_at_once(db: Database) -> None:
    answers = at_once([partial(accept, db)] * 16)
    assert set(map(str, answers)) == {str(answers[0])}
    assert credits_of(db) == WELCOME_CREDITS
