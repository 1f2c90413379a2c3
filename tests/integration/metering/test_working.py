"""The worker: one answer, one settlement, one refund, whatever goes wrong on the way."""

import json
from datetime import timedelta

import pytest

from firetill.catalog import ACTION_KINDS
from firetill.database import Database, Store
from firetill.ledger import service as ledger
from firetill.metering import work
from firetill.metering.model import ActionOutput
from firetill.metering.provider import ProviderBusy, ProviderFailed, ProviderRefused
from firetill.metering.rules import ATTEMPTS, DEADLINE, KEPT, PATIENCE, SLACK
from tests.factories import NOON, ManualClock
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.integration.metering.desk import (
    ALLOWANCE,
    USER,
    WELCOME,
    Oracle,
    Tray,
    action,
    agree,
    ask,
    kinds,
    open_actions,
    prosper,
    sound_wallet,
)

LEASE = 2 * timedelta(seconds=ACTION_KINDS["short_chat"].seconds) + SLACK
IMAGE = "https://images.example/chat.png"


@pytest.fixture
def asked(database: Database, tray: Tray) -> str:
    """An action that waits for its worker."""
    agree(database)
    return ask(database, tray).action_id


def test_an_answer_settles_the_action(
    database: Database, asked: str, oracle: Oracle, clock: ManualClock
) -> None:
    clock.advance(seconds=2)
    oracle.troubles = [lambda: clock.advance(seconds=3)]
    assert work.process(database, oracle, asked) == "done"
    stored = action(database, asked)
    assert (stored.status, stored.attempts, stored.provider) == ("done", 1, "oracle")
    assert stored.output == ActionOutput(text="answer 1", replies=["yes", "no"])
    assert stored.usage is not None
    assert (stored.usage.input_tokens, stored.usage.output_tokens) == (7, 3)
    assert stored.started_at == NOON + timedelta(seconds=2)
    assert stored.finished_at == NOON + timedelta(seconds=5)
    assert stored.expires_at == NOON + timedelta(seconds=5) + KEPT
    assert (stored.due_at, stored.failure) == (None, None)
    assert open_actions(database) == []
    assert kinds(database)[-1] == "credits_spend"


def test_while_it_works_the_action_is_processing(
    database: Database, asked: str, oracle: Oracle
) -> None:
    seen = []
    oracle.troubles = [lambda: seen.append(action(database, asked))]
    work.process(database, oracle, asked)
    assert (seen[0].status, seen[0].attempts, seen[0].due_at) == ("processing", 1, NOON + LEASE)


def test_a_second_delivery_does_nothing(database: Database, asked: str, oracle: Oracle) -> None:
    second: list[str] = []
    oracle.troubles = [lambda: second.append(work.process(database, oracle, asked))]
    assert work.process(database, oracle, asked) == "done"
    assert second == ["held"]
    assert work.process(database, oracle, asked) == "over"
    assert len(oracle.asked) == 1
    assert work.process(database, oracle, "no-such-action") == "gone"


def test_what_a_provider_refuses_is_paid_back_at_once(
    database: Database, asked: str, oracle: Oracle
) -> None:
    oracle.troubles = [ProviderRefused("word")]
    assert work.process(database, oracle, asked) == "failed"
    stored = action(database, asked)
    assert (stored.status, stored.attempts, stored.output) == ("failed", 1, None)
    assert stored.failure is not None
    assert stored.failure.reason == "refused"
    entry = ledger.entries(database, USER)[-1]
    assert entry.kind == "credits_spend_refund"
    assert entry.legs == {"dailyCredits": 5, "world:usage": -5}
    assert entry.metadata == {"actionId": asked, "kind": "short_chat", "reason": "refused"}
    wallet = sound_wallet(database)
    assert (wallet.daily_credits, wallet.credits) == (ALLOWANCE, WELCOME)
    assert open_actions(database) == []


def test_a_refund_restores_each_part_of_the_split(
    database: Database, tray: Tray, oracle: Oracle
) -> None:
    agree(database)
    asked = ask(database, tray, "image_analysis", image_url=IMAGE).action_id
    oracle.troubles = [ProviderRefused("word", reason="answer_too_long")]
    work.process(database, oracle, asked)
    assert ledger.entries(database, USER)[-1].legs == {
        "dailyCredits": 20,
        "credits": 30,
        "world:usage": -50,
    }
    wallet = sound_wallet(database)
    assert (wallet.daily_credits, wallet.credits) == (ALLOWANCE, WELCOME)


def test_the_part_of_an_allowance_that_is_over_lapses(
    database: Database, tray: Tray, oracle: Oracle, clock: ManualClock
) -> None:
    agree(database)
    clock.advance(hours=11, minutes=59)
    asked = ask(database, tray, "image_analysis", image_url=IMAGE).action_id
    clock.advance(minutes=2)
    oracle.troubles = [ProviderRefused("word")]
    work.process(database, oracle, asked)
    assert kinds(database)[-3:] == ["daily_reset", "credits_spend_refund", "daily_reset"]
    wallet = sound_wallet(database)
    assert (wallet.daily_credits, wallet.credits) == (ALLOWANCE, WELCOME)


@pytest.mark.parametrize("trouble", [ProviderFailed("word"), RuntimeError("a bug")])
def test_what_fails_is_tried_four_times_and_then_paid_back(
    database: Database, asked: str, oracle: Oracle, trouble: Exception
) -> None:
    oracle.troubles = [trouble] * ATTEMPTS
    outcomes = [work.process(database, oracle, asked) for _ in range(ATTEMPTS + 1)]
    assert outcomes == ["again", "again", "again", "failed", "over"]
    assert len(oracle.asked) == ATTEMPTS
    stored = action(database, asked)
    assert stored.failure is not None
    assert stored.failure.reason == "provider_failed"
    assert kinds(database).count("credits_spend_refund") == 1
    assert sound_wallet(database).daily_credits == ALLOWANCE


def test_between_tries_it_is_queued(database: Database, asked: str, oracle: Oracle) -> None:
    oracle.troubles = [ProviderFailed("word")]
    work.process(database, oracle, asked)
    stored = action(database, asked)
    assert (stored.status, stored.due_at, stored.not_before) == ("queued", NOON + PATIENCE, None)
    assert open_actions(database) == [asked]
    assert work.process(database, oracle, asked) == "done"
    assert action(database, asked).attempts == 2


def test_a_busy_provider_is_left_alone_for_as_long_as_it_asks(
    database: Database, asked: str, oracle: Oracle, clock: ManualClock
) -> None:
    oracle.troubles = [ProviderBusy("word", retry_after_seconds=60)]
    assert work.process(database, oracle, asked) == "again"
    clock.advance(seconds=59)
    assert work.process(database, oracle, asked) == "held"
    clock.advance(seconds=1)
    assert work.process(database, oracle, asked) == "done"
    assert len(oracle.asked) == 2


def test_a_crash_after_the_claim_is_taken_over_when_the_lease_ends(
    database: Database, asked: str, oracle: Oracle, clock: ManualClock
) -> None:
    oracle.troubles = [_crash]
    with pytest.raises(KeyboardInterrupt):
        work.process(database, oracle, asked)
    clock.advance(seconds=LEASE.total_seconds() - 1)
    assert work.process(database, oracle, asked) == "held"
    clock.advance(seconds=1)
    assert work.process(database, oracle, asked) == "done"
    assert action(database, asked).attempts == 2
    assert kinds(database).count("credits_spend_refund") == 0


def test_workers_that_crash_each_time_end_in_a_refund(
    database: Database, asked: str, oracle: Oracle, clock: ManualClock
) -> None:
    oracle.troubles = [_crash] * ATTEMPTS
    for _ in range(ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            work.process(database, oracle, asked)
        clock.advance(seconds=LEASE.total_seconds())
    assert work.process(database, oracle, asked) == "failed"
    assert len(oracle.asked) == ATTEMPTS
    assert sound_wallet(database).daily_credits == ALLOWANCE


def test_a_worker_that_was_overtaken_settles_nothing(
    database: Database, asked: str, oracle: Oracle, clock: ManualClock
) -> None:
    outcomes: list[str] = []

    def sleep_through_the_lease() -> None:
        clock.advance(seconds=LEASE.total_seconds())
        outcomes.append(work.process(database, oracle, asked))

    oracle.troubles = [sleep_through_the_lease]
    assert work.process(database, oracle, asked) == "overtaken"
    assert outcomes == ["done"]
    stored = action(database, asked)
    assert (stored.attempts, stored.output) == (
        2,
        ActionOutput(text="answer 2", replies=["yes", "no"]),
    )


def test_a_late_failure_takes_nothing_from_a_good_answer(
    database: Database, asked: str, oracle: Oracle, clock: ManualClock
) -> None:
    def overtaken_then_refused() -> None:
        clock.advance(seconds=LEASE.total_seconds())
        work.process(database, oracle, asked)
        raise ProviderRefused("word")

    oracle.troubles = [overtaken_then_refused]
    assert work.process(database, oracle, asked) == "overtaken"
    assert action(database, asked).status == "done"
    assert kinds(database).count("credits_spend_refund") == 0


@pytest.mark.parametrize("trouble", [None, ProviderFailed("word"), ProviderRefused("word")])
def test_who_was_overtaken_leaves_the_action_to_who_is_at_it(
    database: Database, asked: str, clock: ManualClock, trouble: Exception | None
) -> None:
    second = Oracle()
    second.troubles = [_crash]

    def wait_for_the_second() -> None:
        clock.advance(seconds=LEASE.total_seconds())
        with pytest.raises(KeyboardInterrupt):  # it has begun, and is not done
            work.process(database, second, asked)
        if trouble:
            raise trouble

    first = Oracle()
    first.troubles = [wait_for_the_second]
    assert work.process(database, first, asked) == "overtaken"
    stored = action(database, asked)
    assert (stored.status, stored.attempts) == ("processing", 2)
    assert open_actions(database) == [asked]
    assert kinds(database).count("credits_spend_refund") == 0


def test_an_answer_after_the_action_was_failed_changes_nothing(
    database: Database, asked: str, oracle: Oracle
) -> None:
    oracle.troubles = [lambda: work.fail(database, asked, "account_deleted")]
    assert work.process(database, oracle, asked) == "failed"
    stored = action(database, asked)
    assert (stored.status, stored.output) == ("failed", None)
    assert not work.fail(database, asked, "account_deleted")
    assert not work.fail(database, "no-such-action", "account_deleted")
    assert kinds(database).count("credits_spend_refund") == 1


def test_what_is_too_old_is_not_begun(
    database: Database, asked: str, oracle: Oracle, clock: ManualClock
) -> None:
    clock.advance(seconds=DEADLINE.total_seconds() + 1)
    assert work.process(database, oracle, asked) == "failed"
    assert oracle.asked == []
    stored = action(database, asked)
    assert stored.failure is not None
    assert stored.failure.reason == "timed_out"
    assert sound_wallet(database).daily_credits == ALLOWANCE


def _crash() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [(None, "done"), (ProviderFailed("word"), "again"), (ProviderRefused("word"), "failed")],
    ids=str,
)
def test_a_lost_reply_settles_once(
    store: Store, asked: str, oracle: Oracle, trouble: Exception | None, outcome: str
) -> None:
    if trouble:
        oracle.troubles = [trouble]
    script = Script(commit=[None, LOST_REPLY])
    clock = ManualClock()
    database = Database(store, clock)
    assert work.process(Database(FaultyStore(store, script), clock), oracle, asked) == outcome
    assert script.spent
    assert len(oracle.asked) == 1
    refunds = kinds(database).count("credits_spend_refund")
    assert refunds == (1 if outcome == "failed" else 0)
    sound_wallet(database)


def test_a_lost_reply_of_the_claim_waits_for_the_lease(
    store: Store, clock: ManualClock, database: Database, asked: str, oracle: Oracle
) -> None:
    script = Script(commit=[LOST_REPLY])
    assert work.process(Database(FaultyStore(store, script), clock), oracle, asked) == "held"
    clock.advance(seconds=LEASE.total_seconds())
    assert work.process(database, oracle, asked) == "done"
    assert len(oracle.asked) == 1


@pytest.mark.parametrize(
    ("trouble", "alerts"),
    [
        (None, [None]),
        (ProviderRefused("word"), [None]),
        (ProviderFailed("word"), [None, None, None, "action_failed"]),
    ],
    ids=["done", "refused", "failed"],
)
def test_only_what_was_given_up_alerts(
    database: Database,
    asked: str,
    trouble: Exception | None,
    alerts: list[str | None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    oracle = Oracle()
    for _ in alerts:
        oracle.troubles = [trouble] if trouble else []
        work.process(database, oracle, asked)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    settled = [line for line in lines if line["message"] == "action settled"]
    assert [line["alert"] for line in settled] == alerts


def test_a_user_of_many_actions(database: Database, tray: Tray, oracle: Oracle) -> None:
    prosper(database, 1_000)
    before = sound_wallet(database)
    for n in range(12):
        asked = ask(database, tray, key=f"k{n}").action_id
        oracle.troubles = [ProviderRefused("word")] if n % 3 == 0 else []
        work.process(database, oracle, asked)
    wallet = sound_wallet(database)
    spent = before.credits + ALLOWANCE - wallet.credits - wallet.daily_credits
    assert spent == 8 * 5
