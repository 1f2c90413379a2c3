"""Whose turn an action is, and when there is no hope for it."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.allowances.model import Split
from firetill.catalog import ACTION_KINDS, OPEN_ACTIONS
from firetill.errors import TooManyActions
from firetill.metering import rules
from firetill.metering.model import Action, ActionInput, ActionOutput, RunAction, TokenUsage
from tests.factories import NOON

KIND = ACTION_KINDS["short_chat"]
SECOND = timedelta(seconds=1)


def new(now: datetime = NOON) -> Action:
    request = RunAction(kind=KIND.kind, input=ActionInput(text="x"), idempotency_key="k")
    split = Split(daily=5, credits=0, day=NOON)
    return rules.queued(
        request, KIND, action_id="a1", user_id="ada", split=split, context=None, now=now
    )


def test_a_life() -> None:
    waiting = new()
    assert rules.is_free(waiting, NOON)
    begun = rules.begun(waiting, KIND, NOON + SECOND)
    assert not rules.is_free(begun, NOON + SECOND)
    output = ActionOutput(text="t", replies=[])
    usage = TokenUsage(input_tokens=1, output_tokens=2)
    done = rules.done(begun, output, usage, "mock", NOON + 2 * SECOND)
    assert rules.has_ended(done)
    assert not rules.is_free(done, NOON + timedelta(days=1))
    assert not rules.has_waited(done, NOON + timedelta(days=1))
    assert rules.view(done).output == output


def test_a_lease_covers_the_provider_and_the_one_to_fall_back_on() -> None:
    for kind in ACTION_KINDS.values():
        begun = rules.begun(new(), kind, NOON)
        assert begun.due_at == NOON + timedelta(seconds=2 * kind.seconds) + rules.SLACK
        assert not rules.is_free(begun, begun.due_at - SECOND)
        assert rules.is_free(begun, begun.due_at)


def test_started_at_is_the_first_beginning() -> None:
    first = rules.begun(new(), KIND, NOON + SECOND)
    again = rules.begun(rules.waiting_again(first, NOON + 2 * SECOND), KIND, NOON + 3 * SECOND)
    assert (again.started_at, again.attempts) == (NOON + SECOND, 2)


@given(pause=st.floats(min_value=0, max_value=3_600))
def test_no_provider_keeps_an_action_longer_than_five_minutes(pause: float) -> None:
    waiting = rules.waiting_again(rules.begun(new(), KIND, NOON), NOON, timedelta(seconds=pause))
    assert rules.is_free(waiting, NOON + min(timedelta(seconds=pause), rules.LONGEST_PAUSE))
    assert waiting.due_at is not None
    assert waiting.due_at <= NOON + rules.LONGEST_PAUSE + rules.PATIENCE


def test_hope_ends_with_time_and_attempts() -> None:
    action = new()
    assert rules.hopeless(action, NOON + rules.DEADLINE) is None
    assert rules.hopeless(action, NOON + rules.DEADLINE + SECOND) == "timed_out"
    tired = msgspec.structs.replace(action, attempts=rules.ATTEMPTS)
    assert rules.hopeless(tired, NOON) == "provider_failed"


def test_as_many_as_the_catalogue_allows_may_be_open() -> None:
    rules.check_open(["a"] * (OPEN_ACTIONS - 1))
    with pytest.raises(TooManyActions):
        rules.check_open(["a"] * OPEN_ACTIONS)


def test_what_has_failed_waits_for_nobody() -> None:
    busy = rules.waiting_again(rules.begun(new(), KIND, NOON), NOON, timedelta(minutes=1))
    failed = rules.failed(busy, "timed_out", NOON)
    assert (failed.due_at, failed.not_before, failed.expires_at) == (None, None, NOON + rules.KEPT)
