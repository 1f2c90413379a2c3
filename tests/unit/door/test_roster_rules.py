"""Cursors of the roster: honest ones come back as they were, others are refused."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.door import roster_rules
from firetill.door.roster_rules import SETTLING, Cursor, Mark
from firetill.errors import InvalidField
from tests.factories import NOON

IDS = st.text("abcXYZ019_-", min_size=1, max_size=128).filter(lambda one: not one.startswith("__"))
LAST = roster_rules.mark(datetime.max.replace(tzinfo=UTC)).microseconds
MARKS = st.builds(Mark, st.integers(0, LAST), st.none() | IDS)
CURSORS = st.builds(Cursor, IDS, MARKS, st.none() | MARKS)


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@given(cursor=CURSORS)
def test_a_cursor_comes_back_as_it_was(cursor: Cursor) -> None:
    written = roster_rules.written(cursor)
    assert len(written) <= 2_048
    assert roster_rules.read(written, cursor.event_id) == cursor
    assert cursor.mark.at.tzinfo is UTC


def test_the_last_of_all_instants_has_a_place() -> None:
    """Somebody may stamp a batch by hand; the page behind it must be there all the same."""
    cursor = Cursor("gala", Mark(LAST, "r1"))
    read = roster_rules.read(roster_rules.written(cursor), "gala")
    assert read.mark.at == datetime.max.replace(tzinfo=UTC)


@given(text=st.text(max_size=300))
def test_no_text_breaks_the_reading(text: str) -> None:
    with pytest.raises(InvalidField, match=r"^cursor: "):
        roster_rules.read(text, "gala")


@given(content=st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_no_content_breaks_the_reading(content: object) -> None:
    with pytest.raises(InvalidField, match=r"^cursor: "):
        roster_rules.read(encoded(json.dumps(content)), "gala")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '["gala"]',
        '["gala",[]]',
        '["gala",[-1,null]]',
        '["gala",[1.5,null]]',
        '["gala",[true,null]]',
        '["gala",["1",null]]',
        '["gala",[253402300800000000,null]]',
        '["gala",[99999999999999999999999999,null]]',
        '["gala",[1,""]]',
        '["gala",[1,"a/b"]]',
        '["gala",[1,"."]]',
        '["gala",[1,".."]]',
        '["gala",[1,"__x__"]]',
        '["gala",[1,"\\ud800"]]',
        f'["gala",[1,"{"x" * 129}"]]',
        '["gala",[1,"a"],[2,"b"],3]',
        '["gala",[1,"a"],7]',
        '["a/b",[1,"a"]]',
        '{"event_id":"gala","mark":[1,null]}',
        '["gala",[1,"a"]',
        "[" * 10_000,
    ],
)
def test_forged_content_is_refused(content: str) -> None:
    with pytest.raises(InvalidField) as refused:
        roster_rules.read(encoded(content), "gala")
    assert refused.value.data == {"field": "cursor"}


def test_another_events_cursor_is_refused() -> None:
    theirs = roster_rules.written(roster_rules.first("opera"))
    with pytest.raises(InvalidField, match="another event"):
        roster_rules.read(theirs, "gala")


def test_the_last_instants_are_never_left_behind() -> None:
    long_ago, just_now = (NOON - timedelta(days=1), NOON - timedelta(seconds=1))
    first = roster_rules.first("gala")

    old = roster_rules.mark(long_ago, "a")
    assert roster_rules.after(first, old, NOON, more=False).mark == old

    young = roster_rules.mark(just_now, "a")
    assert roster_rules.after(first, young, NOON, more=False).mark.at == NOON - SETTLING


def test_a_download_goes_on_past_the_last_instants_and_then_comes_back() -> None:
    first = roster_rules.first("gala")
    young = [roster_rules.mark(NOON - timedelta(seconds=n), f"r{n}") for n in (3, 2, 1)]
    begun = roster_rules.after(first, young[0], NOON, more=True)
    assert begun.mark == young[0]
    a_minute_later = NOON + timedelta(minutes=1)
    going_on = roster_rules.after(begun, young[1], a_minute_later, more=True)
    assert going_on.mark == young[1]
    done = roster_rules.after(going_on, young[2], a_minute_later, more=False)
    assert done.mark.at == NOON - SETTLING, "what landed since the first page would be skipped"


def test_a_long_download_comes_back_to_the_first_of_the_last_instants() -> None:
    """Each page reaches what is young by then; what landed behind the first is yet to be told."""
    reached = roster_rules.mark(NOON - timedelta(seconds=1), "r1")
    begun = roster_rules.after(roster_rules.first("gala"), reached, NOON, more=True)
    later = NOON + timedelta(minutes=1)
    reached = roster_rules.mark(later - timedelta(seconds=1), "r2")
    done = roster_rules.after(begun, reached, later, more=False)
    assert done.mark.at == NOON - SETTLING


@given(
    ages=st.lists(st.integers(0, 120), min_size=1, max_size=10),
    pauses=st.lists(st.integers(0, 90), min_size=10, max_size=10),
)
def test_no_cursor_to_begin_with_is_younger_than_what_may_still_land(
    ages: list[int], pauses: list[int]
) -> None:
    """Whatever the pages hold and however slowly they are read."""
    cursor, now = roster_rules.first("gala"), NOON
    stamps = sorted(NOON - timedelta(seconds=age) for age in ages)
    reached_unsettled: list[datetime] = []
    for number, (stamp, pause) in enumerate(zip(stamps, pauses, strict=False)):
        if stamp > now - SETTLING:
            reached_unsettled.append(now - SETTLING)
        more = number < len(stamps) - 1
        cursor = roster_rules.after(cursor, roster_rules.mark(stamp, "r"), now, more=more)
        now += timedelta(seconds=pause)
    assert cursor.settled is None
    assert cursor.mark.at <= min(reached_unsettled, default=stamps[-1])
