"""Claiming names: once for each user, once for each name, and not for ever at a guess."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from firetill.database import Database, Store
from firetill.errors import (
    RateLimited,
    Refusal,
    UsernameAlreadySet,
    UsernameInvalid,
    UsernameReserved,
    UsernameTaken,
)
from firetill.usernames import service
from firetill.usernames.model import ClaimUsername, Username
from tests.costs import documented
from tests.factories import NOON, ManualClock, at_once, buy_credits
from tests.faults import LOST_REPLY, FaultyStore, Script, WithoutPreconditions
from tests.integration.pledges.meetings import MeetBeforeCommit
from tests.metering import Meter

MANY = 50


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def db(store: Store, clock: ManualClock) -> Database:
    return Database(store, clock)


def claim(db: Database, username: str, user_id: str = "u1") -> Username:
    return service.claim(db, user_id, ClaimUsername(username=username))


def refusal(db: Database, username: str, user_id: str = "u1") -> Refusal:
    with pytest.raises(Refusal) as refused:
        claim(db, username, user_id)
    return refused.value


def documents(db: Database, *paths: str) -> list[Any]:
    return [snapshot.data for snapshot in db.get(*paths)]


def test_a_name_is_claimed_in_its_one_spelling(db: Database, metered: Meter) -> None:
    with metered.measure() as used:
        assert claim(db, "Ada.W1ll") == Username(username="ada.w1ll")
    assert used == documented("claim a username")
    taken = {"username": "ada.w1ll", "userId": "u1", "createdAt": NOON}
    assert documents(
        db, "usernames/ada.w1ll", "usernameLooks/adawlll", "users/u1", "usernameAttempts/u1"
    ) == [taken, taken, {"username": "ada.w1ll"}, None]


def test_a_repeat_writes_nothing(db: Database, clock: ManualClock, metered: Meter) -> None:
    claim(db, "ada")
    clock.advance(days=400)
    with metered.measure() as used:
        assert claim(db, "ＡDA") == Username(username="ada")  # noqa: RUF001 - full width
    assert used == documented("claim a username, repeated")


def test_the_wallet_stays_as_it_is(db: Database) -> None:
    wallet = buy_credits(db, "u1", 100)
    claim(db, "ada")
    [user] = documents(db, "users/u1")
    assert (user["username"], user["wallet"]["credits"]) == ("ada", 100)
    assert buy_credits(db, "u1", 5, "pi_2").credits == wallet.credits + 5
    assert documents(db, "users/u1")[0]["username"] == "ada"


def test_a_name_does_not_change(db: Database) -> None:
    claim(db, "ada")
    refused = refusal(db, "lovelace")
    assert isinstance(refused, UsernameAlreadySet)
    assert refused.data == {"username": "ada"}
    assert documents(db, "usernames/lovelace") == [None]
    assert isinstance(refusal(db, "a.d.a"), UsernameAlreadySet)


@pytest.mark.parametrize("name", ["william", "WILLIAM", "wi11iam", "w.i.l.l.i.a.m", "vvilliam"])
def test_a_name_is_taken_with_all_that_look_like_it(
    db: Database, metered: Meter, name: str
) -> None:
    claim(db, "william")
    with metered.measure() as used:
        assert isinstance(refusal(db, name, "u2"), UsernameTaken)
    assert used == documented("claim a username, refused")
    [user, attempts] = documents(db, "users/u2", "usernameAttempts/u2")
    assert user is None
    assert attempts == {
        "userId": "u2",
        "refusedAt": [NOON],
        "expiresAt": NOON + timedelta(hours=1),
    }
    assert claim(db, "billiam", "u2") == Username(username="billiam")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("admin", UsernameReserved),
        ("supp0rt", UsernameReserved),
        (" ada", UsernameInvalid),
        ("аda", UsernameInvalid),  # noqa: RUF001 - Cyrillic
        ("fuckyou", UsernameInvalid),
        ("../users/u2", UsernameInvalid),
        ("", UsernameInvalid),
    ],
)
def test_what_is_no_name_for_anybody(
    db: Database, metered: Meter, name: str, kind: type[Refusal]
) -> None:
    with metered.measure() as used:
        assert isinstance(refusal(db, name), kind)
    assert used == documented("claim a username, unfit for anybody")
    assert documents(db, "users/u1") == [None]
    assert len(documents(db, "usernameAttempts/u1")[0]["refusedAt"]) == 1


def test_ten_refusals_within_an_hour_are_enough(
    db: Database, clock: ManualClock, metered: Meter
) -> None:
    claim(db, "ada", "u2")
    for _ in range(10):
        assert isinstance(refusal(db, "ada"), UsernameTaken)
        clock.advance(minutes=5)
    with metered.measure() as used:
        for name in ("ada", "lovelace", "admin"):
            refused = refusal(db, name)
            assert isinstance(refused, RateLimited)
            assert refused.data == {"retryAfterSeconds": 600}
    assert used.writes == 0
    # The first refusal is an hour old then, the second is not.
    clock.advance(seconds=599)
    assert refusal(db, "ada").data == {"retryAfterSeconds": 1}
    clock.advance(seconds=1)
    assert isinstance(refusal(db, "ada"), UsernameTaken)
    assert refusal(db, "lovelace").data == {"retryAfterSeconds": 300}
    clock.advance(minutes=5)
    assert claim(db, "lovelace") == Username(username="lovelace")
    # The others are not held up.
    assert isinstance(refusal(db, "ada", "u3"), UsernameTaken)


def test_who_has_the_name_is_told_so_however_often(db: Database) -> None:
    claim(db, "ada")
    for _ in range(10):
        assert isinstance(refusal(db, "lovelace"), UsernameAlreadySet)
    assert isinstance(refusal(db, "lovelace"), RateLimited)
    assert claim(db, "ada") == Username(username="ada")


def test_old_attempts_are_dropped(db: Database, clock: ManualClock) -> None:
    for _ in range(3):
        refusal(db, "admin")
        clock.advance(minutes=61)
    assert len(documents(db, "usernameAttempts/u1")[0]["refusedAt"]) == 1


def test_a_clock_that_was_far_ahead_holds_nobody_up(db: Database, clock: ManualClock) -> None:
    clock.advance(days=400)
    for _ in range(10):
        refusal(db, "admin")
    clock.advance(days=-400)
    assert claim(db, "ada") == Username(username="ada")


def test_a_clock_that_goes_back_by_minutes_forgets_no_refusal(
    db: Database, clock: ManualClock
) -> None:
    for _ in range(10):
        refusal(db, "admin")
    clock.advance(minutes=-5)
    assert isinstance(refusal(db, "ada"), RateLimited)


def test_a_lost_reply_is_the_same_claim(store: Store, clock: ManualClock) -> None:
    db = Database(FaultyStore(store, Script(commit=[LOST_REPLY])), clock, sleep=lambda _: None)
    assert claim(db, "ada") == Username(username="ada")
    assert documents(db, "usernameAttempts/u1") == [None]


def _tally(answers: list[Username | Exception]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


@pytest.mark.parametrize("spellings", [["ada"], ["will", "wi11", "w.i.l.l", "vvill"]])
def test_many_users_and_one_name(db: Database, spellings: list[str]) -> None:
    calls = [partial(claim, db, spellings[n % len(spellings)], f"user-{n}") for n in range(MANY)]
    answers = at_once(calls)
    assert _tally(answers) == {"Username": 1, "UsernameTaken": MANY - 1}
    [winner] = [n for n, answer in enumerate(answers) if isinstance(answer, Username)]
    users = documents(db, *(f"users/user-{n}" for n in range(MANY)))
    name = spellings[winner % len(spellings)]
    assert [user for user in users if user] == [{"username": name}]
    assert users[winner] == {"username": name}


def test_one_user_and_many_names(db: Database) -> None:
    """Some calls meet the bound on refusals; the first name that got through stays."""
    names = [f"ada.{letter}{n}" for n in "346789" for letter in "abcdefgh"]
    answers = at_once([partial(claim, db, name) for name in names])
    tally = _tally(answers)
    assert tally["Username"] == 1
    assert tally["UsernameAlreadySet"] == 10
    assert tally["RateLimited"] == len(names) - 11
    [user, attempts] = documents(db, "users/u1", "usernameAttempts/u1")
    assert Username(username=user["username"]) in answers
    assert len(attempts["refusedAt"]) == 10
    taken = [one for one in documents(db, *(f"usernames/{name}" for name in names)) if one]
    assert [one["username"] for one in taken] == [user["username"]]


@pytest.mark.parametrize("guarded", [True, False])
def test_many_users_that_meet_before_their_commits(
    store: Store, clock: ManualClock, *, guarded: bool
) -> None:
    """All have found the name free. Without preconditions each of them gets it."""
    meeting = MeetBeforeCommit(store if guarded else WithoutPreconditions(store), MANY)
    db = Database(meeting, clock)
    answers = at_once([partial(claim, db, "ada", f"user-{n}") for n in range(MANY)])
    got = _tally(answers)["Username"]
    assert got == (1 if guarded else MANY)


@pytest.mark.parametrize("guarded", [True, False])
def test_names_of_one_user_that_meet_before_their_commits(
    store: Store, clock: ManualClock, *, guarded: bool
) -> None:
    """All have found the user without a name. Without preconditions all names are given away."""
    calls = 8
    meeting = MeetBeforeCommit(store if guarded else WithoutPreconditions(store), calls)
    db = Database(meeting, clock)
    names = [f"ada.{letter}" for letter in "abcdefgh"]
    answers = at_once([partial(claim, db, name) for name in names])
    taken = [one for one in documents(db, *(f"usernames/{name}" for name in names)) if one]
    assert _tally(answers)["Username"] == len(taken) == (1 if guarded else calls)


@pytest.mark.parametrize("guarded", [True, False])
def test_looks_that_meet_before_their_commits(
    store: Store, clock: ManualClock, *, guarded: bool
) -> None:
    """The names differ, so only the look stands between them."""
    meeting = MeetBeforeCommit(store if guarded else WithoutPreconditions(store), 2)
    db = Database(meeting, clock)
    answers = at_once([partial(claim, db, "will", "u1"), partial(claim, db, "wi11", "u2")])
    assert _tally(answers)["Username"] == (1 if guarded else 2)
