"""Actions and saved replies as their users read them: their own, newest first, page by page."""

from datetime import timedelta

import pytest

from firetill.database import Database, Transaction
from firetill.errors import (
    AccountDeleted,
    ActionNotFound,
    IdempotencyKeyReused,
    InvalidField,
    NotOwner,
    RateLimited,
)
from firetill.limits import LIMITS
from firetill.metering import reading, replies, work
from firetill.metering.model import ActionView, GetAction, ListActions
from firetill.metering.provider import ProviderRefused
from firetill.metering.replies_model import ListSavedReplies, ReplyView, SaveReply
from tests.factories import NOON, ManualClock
from tests.integration.metering.desk import USER, Oracle, Tray, ask, prosper


def save(
    database: Database,
    text: str = "Yes!",
    *,
    key: str = "save-1",
    user_id: str = USER,
    action_id: str | None = None,
) -> ReplyView:
    request = SaveReply(text=text, action_id=action_id, idempotency_key=key)
    return replies.save(database, user_id, request)


def test_an_action_from_queue_to_answer(
    database: Database, tray: Tray, clock: ManualClock, oracle: Oracle
) -> None:
    prosper(database, 0)
    asked = ask(database, tray).action_id

    def seen() -> ActionView:
        return reading.get(database, USER, GetAction(action_id=asked))

    queued = seen()
    assert (queued.status, queued.output, queued.started_at) == ("queued", None, None)
    assert (queued.kind, queued.cost, queued.input.text) == ("short_chat", 5, "Hi there!")
    statuses: list[str] = []
    clock.advance(seconds=1)
    oracle.troubles = [lambda: statuses.append(seen().status)]
    work.process(database, oracle, asked)
    assert statuses == ["processing"]
    done = seen()
    assert done.status == "done"
    assert done.output is not None
    assert done.output.replies == ["yes", "no"]
    assert done.finished_at == NOON + timedelta(seconds=1)


def test_a_failure_says_why(database: Database, tray: Tray, oracle: Oracle) -> None:
    prosper(database, 0)
    asked = ask(database, tray).action_id
    oracle.troubles = [ProviderRefused("word")]
    work.process(database, oracle, asked)
    seen = reading.get(database, USER, GetAction(action_id=asked))
    assert seen.status == "failed"
    assert seen.failure is not None
    assert seen.failure.reason == "refused"


def test_nobody_elses_action(database: Database, tray: Tray) -> None:
    prosper(database, 0)
    asked = ask(database, tray).action_id
    with pytest.raises(NotOwner):
        reading.get(database, "bob", GetAction(action_id=asked))
    with pytest.raises(ActionNotFound):
        reading.get(database, USER, GetAction(action_id="a1"))


def test_the_history_comes_page_by_page(
    database: Database, tray: Tray, clock: ManualClock, oracle: Oracle
) -> None:
    prosper(database, 1_000)
    prosper(database, 0, "bob")
    ask(database, tray, user_id="bob")
    asked = []
    for n in range(7):
        asked.append(ask(database, tray, key=f"k{n}").action_id)
        work.process(database, oracle, asked[-1])
        if n % 2:
            clock.advance(seconds=1)  # pairs share an instant
    pages, cursor = [], None
    while True:
        page = reading.history(database, USER, ListActions(limit=3, cursor=cursor))
        pages.append([one.action_id for one in page.actions])
        cursor = page.cursor
        if cursor is None:
            break
    assert [len(page) for page in pages] == [3, 3, 1]
    listed = [one for page in pages for one in page]
    assert sorted(listed) == sorted(asked)
    newest_first = [
        reading.get(database, USER, GetAction(action_id=one)).created_at for one in listed
    ]
    assert newest_first == sorted(newest_first, reverse=True)


def test_a_page_that_is_just_full_leads_to_an_empty_one(database: Database, tray: Tray) -> None:
    prosper(database, 0)
    ask(database, tray)
    first = reading.history(database, USER, ListActions(limit=1))
    assert first.cursor is not None
    assert reading.history(database, USER, ListActions(limit=1, cursor=first.cursor)).actions == []


def test_another_users_cursor_shows_nothing_of_theirs(database: Database, tray: Tray) -> None:
    prosper(database, 0)
    prosper(database, 0, "bob")
    ask(database, tray)
    ask(database, tray, user_id="bob", key="b")
    cursor = reading.history(database, USER, ListActions(limit=1)).cursor
    for one in reading.history(database, "bob", ListActions(cursor=cursor)).actions:
        assert reading.get(database, "bob", GetAction(action_id=one.action_id)) == one


def test_a_broken_cursor(database: Database) -> None:
    with pytest.raises(InvalidField):
        reading.history(database, USER, ListActions(cursor="nonsense"))
    with pytest.raises(InvalidField):
        replies.saved(database, USER, ListSavedReplies(cursor="nonsense"))


def test_replies_are_kept_and_listed(database: Database, tray: Tray, clock: ManualClock) -> None:
    prosper(database, 0)
    asked = ask(database, tray).action_id
    first = save(database, action_id=asked)
    clock.advance(seconds=1)
    second = save(database, "My own words", key="save-2")
    assert (first.action_id, second.action_id) == (asked, None)
    page = replies.saved(database, USER, ListSavedReplies(limit=1))
    assert page.replies == [second]
    rest = replies.saved(database, USER, ListSavedReplies(cursor=page.cursor))
    assert (rest.replies, rest.cursor) == ([first], None)
    assert replies.saved(database, "bob", ListSavedReplies()).replies == []


def test_a_reply_is_kept_once(database: Database, clock: ManualClock) -> None:
    first = save(database)
    clock.advance(hours=1)
    assert save(database) == first
    with pytest.raises(IdempotencyKeyReused):
        save(database, "Other words")
    assert replies.saved(database, USER, ListSavedReplies()).replies == [first]


def test_a_reply_to_nobody_elses_action(database: Database, tray: Tray) -> None:
    prosper(database, 0, "bob")
    theirs = ask(database, tray, user_id="bob").action_id
    with pytest.raises(NotOwner):
        save(database, action_id=theirs)
    with pytest.raises(ActionNotFound):
        save(database, action_id="a1")


def test_replies_have_a_limit_each_minute(database: Database, clock: ManualClock) -> None:
    for n in range(LIMITS["saveReply"].times):
        save(database, key=f"k{n}")
    with pytest.raises(RateLimited):
        save(database, key="one-more")
    clock.advance(minutes=1)
    save(database, key="one-more")


def test_an_account_that_is_being_deleted_keeps_nothing_more(database: Database) -> None:
    def mark(tx: Transaction) -> None:
        tx.get(f"users/{USER}")
        tx.merge(f"users/{USER}", {"deleting": True})

    database.run_transaction(mark)
    with pytest.raises(AccountDeleted):
        save(database)
