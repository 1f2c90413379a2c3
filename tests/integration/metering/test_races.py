"""What happens at once to one user's actions; and without the guards, that it would break.

Without preconditions a commit happens whatever became of what was read. The meeting of the requests
is arranged, so the harm is certain, and the same arrangement with the guards in place does none.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import pytest

from firetill.database import Database, Store, Version, Write
from firetill.errors import InsufficientCredits, TooManyActions
from firetill.ledger import service as ledger
from firetill.metering import sweeping, work
from firetill.metering.model import QueuedAction
from firetill.metering.provider import ProviderRefused
from firetill.metering.rules import DEADLINE
from tests.factories import ManualClock, at_once, buy_credits
from tests.integration.guards import Guard
from tests.integration.metering.desk import (
    ALLOWANCE,
    USER,
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
from tests.integration.pledges.meetings import InterruptedOnce, MeetBeforeCommit

THREADS = 8
TICK = timedelta(milliseconds=1)


class InterruptedAtSettlement(InterruptedOnce):
    """Does something else before the second commit: a worker's first is its claim."""

    def __init__(self, store: Store, interruption: Callable[[], object]) -> None:
        super().__init__(store, interruption)
        self._claimed = False

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        if not self._claimed:
            self._claimed = True
            return self._store.commit(writes, seconds=seconds)
        return super().commit(writes, seconds=seconds)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(step=TICK)


def _sound(database: Database) -> bool:
    return ledger.verify(database, USER)[1] == []


def _charged(database: Database) -> int:
    entries = ledger.entries(database, USER)
    return sum(entry.amount for entry in entries if entry.kind == "credits_spend")


def test_eight_threads_of_one_user_are_charged_exactly(
    store: Store, database: Database, clock: ManualClock, guard: Guard, holds: bool
) -> None:
    """Three begin, for three may be under way; all that was charged stands behind them."""
    prosper(database, 1_000)
    tray = Tray()
    meeting = Database(MeetBeforeCommit(guard(store), THREADS), clock)
    answers = at_once([partial(ask, meeting, tray, key=f"k{n}") for n in range(THREADS)])
    begun = [answer for answer in answers if isinstance(answer, QueuedAction)]
    refused = [answer for answer in answers if isinstance(answer, TooManyActions)]
    assert ((len(begun), len(refused)) == (3, THREADS - 3)) is holds
    assert (sorted(open_actions(database)) == sorted(one.action_id for one in begun)) is holds
    assert (_sound(database) and _charged(database) == 3 * 5) is holds
    assert (len(tray.tasks) == 3) is holds


def test_allowance_and_credits_for_two_pay_for_two(
    store: Store, database: Database, clock: ManualClock, guard: Guard, holds: bool
) -> None:
    agree(database, anonymous=True)
    buy_credits(database, USER, 25 - 5)
    prepared = ask(database, Tray(), key="first").wallet  # welcomed and granted by now
    assert (prepared.daily_credits, prepared.credits) == (ALLOWANCE - 5, 20 + 50)
    meeting = Database(MeetBeforeCommit(guard(store), 2), clock)
    answers = at_once(
        [partial(ask, meeting, Tray(), "generate_initial", key=f"k{n}") for n in range(2)]
    )
    refused = [answer for answer in answers if isinstance(answer, InsufficientCredits)]
    assert (len(refused) == 1) is holds
    assert (_sound(database) and _charged(database) == 55) is holds
    if holds:
        wallet = sound_wallet(database)
        assert (wallet.daily_credits, wallet.credits) == (0, 35)
        assert refused[0].data == {"balance": 35, "required": 50}


def test_one_key_charges_once(
    store: Store, database: Database, clock: ManualClock, guard: Guard, holds: bool
) -> None:
    prosper(database, 1_000)
    meeting = Database(MeetBeforeCommit(guard(store), THREADS), clock)
    answers = at_once([partial(ask, meeting, Tray())] * THREADS)
    results = {answer.wallet.head for answer in answers if isinstance(answer, QueuedAction)}
    assert (len(results) == 1) is holds
    if holds:
        assert kinds(database).count("credits_spend") == 1
        assert len(open_actions(database)) == 1
        sound_wallet(database)


def test_a_task_that_is_delivered_many_times_at_once_is_done_once(
    store: Store, database: Database, clock: ManualClock, guard: Guard, holds: bool
) -> None:
    agree(database)
    asked = ask(database, Tray()).action_id
    oracle = Oracle()
    meeting = Database(MeetBeforeCommit(guard(store), THREADS), clock)
    outcomes = at_once([partial(work.process, meeting, oracle, asked)] * THREADS)
    assert (len(oracle.asked) == 1) is holds
    assert (outcomes.count("done") == 1) is holds
    assert action(database, asked).status == "done"


@pytest.mark.parametrize("trouble", [None, ProviderRefused("word")], ids=["answer", "failure"])
def test_a_refund_comes_between_the_answer_and_its_settlement(
    store: Store, database: Database, guard: Guard, holds: bool, trouble: Exception | None
) -> None:
    agree(database)
    asked = ask(database, Tray()).action_id
    oracle = Oracle()
    oracle.troubles = [trouble] if trouble else []
    fail = partial(work.fail, database, asked, "timed_out")
    meeting = Database(InterruptedAtSettlement(guard(store), fail), ManualClock())
    outcome = work.process(meeting, oracle, asked)
    assert kinds(database).count("credits_spend_refund") >= 1
    stored = action(database, asked)
    kept = stored.status == "failed" and stored.failure is not None
    assert (kept and stored.failure.reason == "timed_out") is holds  # type: ignore[union-attr]  # kept says so
    if trouble is None:
        assert (outcome == "failed") is holds
    if holds:
        assert kinds(database).count("credits_spend_refund") == 1
        assert sound_wallet(database).daily_credits == ALLOWANCE


def test_an_answer_comes_between_the_sweep_and_its_refund(
    store: Store, database: Database, guard: Guard, holds: bool
) -> None:
    agree(database)
    asked = ask(database, Tray()).action_id
    late = ManualClock(action(database, asked).created_at + DEADLINE + timedelta(seconds=1))
    answer = partial(work.process, database, Oracle(), asked)
    meeting = Database(InterruptedOnce(guard(store), answer), late)
    verdict = sweeping.look_after(meeting, Tray(), asked)
    assert (verdict == "moved_on") is holds
    assert (kinds(database).count("credits_spend_refund") == 0) is holds
    assert (action(database, asked).status == "done") is holds


def test_two_sweeps_refund_once(
    store: Store, database: Database, guard: Guard, holds: bool
) -> None:
    agree(database)
    asked = ask(database, Tray()).action_id
    late = ManualClock(
        action(database, asked).created_at + DEADLINE + timedelta(seconds=1), step=TICK
    )
    meeting = Database(MeetBeforeCommit(guard(store), 2), late)
    verdicts = at_once([partial(sweeping.look_after, meeting, Tray(), asked)] * 2)
    assert (sorted(map(str, verdicts)) == ["failed", "moved_on"]) is holds
    if holds:
        assert sound_wallet(database).daily_credits == ALLOWANCE


def test_a_worker_begins_between_the_sweep_and_its_sending(
    store: Store, database: Database, guard: Guard, holds: bool
) -> None:
    """The sweep must not put an action back into the queue under a worker who has just begun."""
    agree(database)
    asked = ask(database, Tray()).action_id
    created = action(database, asked).created_at
    seen = []
    late = ManualClock(created + timedelta(minutes=3))
    worker = Database(store, late)

    def begin() -> None:
        oracle = Oracle()
        oracle.troubles = [_crash]
        with pytest.raises(KeyboardInterrupt):
            work.process(worker, oracle, asked)

    meeting = Database(InterruptedOnce(guard(store), begin), late)
    seen.append(sweeping.look_after(meeting, Tray(), asked))
    stored = action(database, asked)
    assert ((seen, stored.status) == (["moved_on"], "processing")) is holds


def test_charges_answers_and_refunds_of_one_user_lose_nothing(database: Database) -> None:
    """Forty actions on one wallet from eight threads; every second one is paid back."""
    prosper(database, 10_000)
    before = sound_wallet(database)

    def customer(n: int) -> int:
        """Run five actions; what was spent on them."""
        spent = 0
        for turn in range(5):
            oracle = Oracle()
            oracle.troubles = [ProviderRefused("word")] if turn % 2 else []
            try:
                asked = ask(database, Tray(), key=f"k{n}-{turn}")
            except TooManyActions:
                continue
            spent += 5 if work.process(database, oracle, asked.action_id) == "done" else 0
        return spent

    spent = [
        one for one in at_once([partial(customer, n) for n in range(THREADS)]) if type(one) is int
    ]
    after = sound_wallet(database)
    gone = before.credits + before.daily_credits - after.credits - after.daily_credits
    assert len(spent) == THREADS
    assert gone + ALLOWANCE - before.daily_credits == sum(spent) > 0
    assert open_actions(database) == []


def _crash() -> None:
    raise KeyboardInterrupt
