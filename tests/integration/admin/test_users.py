"""Finding users."""

import pytest

from firetill import access
from firetill.access import SERVER, Caller
from firetill.admin import users
from firetill.admin.model import ListUsers, UserPage
from firetill.database import Database
from firetill.errors import DirectoryUnavailable, InvalidField, NotAdmin
from firetill.usernames import service as usernames
from firetill.usernames.model import ClaimUsername
from tests.factories import buy_credits
from tests.integration.admin.desk import write
from tests.integration.tickets.holders import ADA, ADMIN, BOB, CARA, People


def ask(
    db: Database,
    people: People,
    *,
    search: str | None = None,
    cursor: str | None = None,
    limit: int = 20,
    caller: Caller = ADMIN,
) -> UserPage:
    request = ListUsers(limit=limit, cursor=cursor, search=search)
    return users.users(db, people, caller, request)


def ids(page: UserPage) -> list[str]:
    return [user.user_id for user in page.users]


def test_all_users_page_by_page(db: Database, people: People) -> None:
    names = sorted(f"user{n}" for n in range(7))
    for name in names:
        buy_credits(db, name, 10)
    found: list[str] = []
    cursor, pages = None, 0
    while True:
        page = ask(db, people, limit=3, cursor=cursor)
        found += ids(page)
        pages += 1
        cursor = page.cursor
        if cursor is None:
            break
    assert (found, pages) == (names, 3)


def test_what_is_shown_of_a_user(db: Database, people: People) -> None:
    buy_credits(db, ADA, 10)
    usernames.claim(db, ADA, ClaimUsername(username="lovelace"))
    write(db, f"users/{ADA}", {"displayName": "Ada", "tier": "plus", "email": "secret"})
    [user] = ask(db, people, search=ADA).users
    assert (user.username, user.display_name, user.tier) == ("lovelace", "Ada", "plus")
    assert user.wallet is not None
    assert (user.wallet.credits, user.deleting, user.active_session_id) == (10, False, None)


@pytest.mark.parametrize("search", [ADA, "LoveLace", f"{ADA}@example.com", f" {ADA} "])
def test_a_user_is_found(db: Database, people: People, search: str) -> None:
    usernames.claim(db, ADA, ClaimUsername(username="lovelace"))
    buy_credits(db, BOB, 10)
    assert ids(ask(db, people, search=search)) == [ADA]


def test_an_account_without_a_document_is_found(db: Database, people: People) -> None:
    [user] = ask(db, people, search=CARA).users
    assert (user.user_id, user.tier, user.created_at) == (CARA, "free", None)


@pytest.mark.parametrize("search", ["nobody", "x@y.example", "a/b", "a\uff0fb", "..", "\u00e9 "])
def test_nobody_is_found(db: Database, people: People, search: str) -> None:
    assert ask(db, people, search=search) == UserPage(users=[], cursor=None)


def test_a_name_that_is_anothers_id_finds_both(db: Database, people: People) -> None:
    usernames.claim(db, ADA, ClaimUsername(username="lovelace"))
    buy_credits(db, "lovelace", 10)
    assert ids(ask(db, people, search="lovelace")) == sorted([ADA, "lovelace"])


def test_a_wallet_that_is_none_does_not_hide_its_user(db: Database, people: People) -> None:
    write(db, f"users/{ADA}", {"wallet": "gone", "displayName": 7})
    [user] = ask(db, people, search=ADA).users
    assert (user.wallet, user.display_name) == (None, None)


def test_a_search_has_one_page(db: Database, people: People) -> None:
    with pytest.raises(InvalidField):
        ask(db, people, search=ADA, cursor=BOB)


def test_the_directory_sleeps(db: Database, people: People) -> None:
    people.asleep = True
    with pytest.raises(DirectoryUnavailable):
        ask(db, people, search=f"{ADA}@example.com")


@pytest.mark.parametrize("caller", [SERVER, access.user(BOB, {"supervisor": True})])
def test_nobody_else_may(db: Database, people: People, caller: Caller) -> None:
    with pytest.raises(NotAdmin):
        ask(db, people, caller=caller)
