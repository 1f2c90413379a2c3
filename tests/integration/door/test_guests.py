"""Finding guests without a code: exactly, at this event, and nothing about anybody else."""

import msgspec
import pytest

from firetill import access, errors
from firetill.access import SERVER, Caller
from firetill.database import Database
from firetill.door import guests
from firetill.door.desk_model import FindGuests, FoundGuest
from firetill.tickets.repository import bought_rager_id
from firetill.usernames import service as usernames
from firetill.usernames.model import ClaimUsername
from tests.evening import EVENT, STEWARD, Evening
from tests.integration.door.conftest import Documents
from tests.integration.door.gates import SUPERVISOR, by_token
from tests.integration.door.phones import PHONE, pair
from tests.integration.tickets.holders import People

ADA, BOB = "ada", "bob"
ORDER = "1b" * 16


@pytest.fixture
def people() -> People:
    return People({ADA: "ada@example.com", BOB: "bob@example.com"})


@pytest.fixture(autouse=True)
def _guests(evening: Evening) -> None:
    """Ada holds three tickets of the gala, bought at once; Bob one of another event."""
    db = evening.database
    batch = evening.issue(bought_rager_id(ORDER, EVENT), 3, user_id=ADA)
    by_token(db, batch.token, count=2)
    other = Evening(db, "other")
    other.announce()
    other.issue("r2", user_id=BOB)
    evening.write(f"users/{ADA}", {"displayName": "Ada L.", "wallet": {"credits": 5}})
    for name in (ADA, BOB):
        usernames.claim(db, name, ClaimUsername(username=f"{name}.lovelace"))


def find(
    db: Database,
    search: str,
    people: People,
    *,
    caller: Caller = SUPERVISOR,
    event_id: str = EVENT,
) -> list[FoundGuest]:
    request = FindGuests(event_id=event_id, search=search)
    return guests.find(db, people, caller, request).guests


@pytest.mark.parametrize(
    "search",
    [ADA, "ada.lovelace", "ADA.Lovelace", "ada@example.com", ORDER, f"  {ADA} "],
)
def test_a_guest_is_found(
    search: str, evening: Evening, people: People, documents: Documents
) -> None:
    before = documents()
    [guest] = find(evening.database, search, people)
    assert msgspec.to_builtins(guest) == {
        "userId": ADA,
        "displayName": "Ada L.",
        "username": "ada.lovelace",
        "totalTickets": 3,
        "usedCount": 2,
        "remaining": 1,
    }
    assert documents() == before


@pytest.mark.parametrize(
    "search",
    [
        BOB,
        "bob.lovelace",
        "bob@example.com",
        "cara",
        "cara@example.com",
        "ad",
        "ada.love",
        "ada@",
        "2c" * 16,
        "   ",
        "..",
        "__x__",
        "a/b",
        "../users/ada",
        "ragers",
        "ŵ" * 254,
    ],
)
def test_nobody_else_is(search: str, evening: Evening, people: People) -> None:
    assert find(evening.database, search, people) == []


def test_who_has_no_profile(evening: Evening, people: People) -> None:
    evening.issue("r9", user_id="cara")
    [guest] = find(evening.database, "cara", people)
    assert (guest.display_name, guest.username, guest.remaining) == (None, None, 1)


def test_two_who_go_by_the_same(evening: Evening, people: People) -> None:
    """An id of one is the username of another: ids are Firebase's own, but may be imported."""
    evening.issue("r9", user_id="ada.lovelace")
    found = find(evening.database, "ada.lovelace", people)
    assert [guest.user_id for guest in found] == ["ada.lovelace", ADA]


def test_who_has_passed_all_on(evening: Evening, people: People) -> None:
    evening.write(f"eventUsers/{EVENT}/users/{ADA}", {"totalTickets": 0, "usedCount": 0})
    assert find(evening.database, ORDER, people) == []


@pytest.mark.parametrize("event_id", [EVENT, "other", "nowhere"])
@pytest.mark.parametrize("caller", [STEWARD, SERVER, access.user(ADA, {}), PHONE])
def test_only_a_supervisor_searches(
    caller: Caller, event_id: str, evening: Evening, people: People
) -> None:
    """Nobody else makes us ask Authentication for anything."""
    people.asleep = True
    with pytest.raises(errors.NotStaff):
        find(evening.database, "ada@example.com", people, caller=caller, event_id=event_id)


def test_a_supervisor_s_device_searches(evening: Evening, people: People) -> None:
    pair(evening.database, "supervisor")
    assert find(evening.database, ADA, people, caller=PHONE)


def test_an_event_that_is_none(evening: Evening, people: People) -> None:
    anywhere = access.user("root", {"admin": True})
    with pytest.raises(errors.EventNotFound):
        find(evening.database, ADA, people, caller=anywhere, event_id="nowhere")


def test_authentication_does_not_answer(evening: Evening, people: People) -> None:
    people.asleep = True
    with pytest.raises(errors.DirectoryUnavailable):
        find(evening.database, "ada@example.com", people)
    assert find(evening.database, ADA, people)
