"""Random histories of one user's actions, over a store in memory that loses replies.

Whatever is asked, delivered, lost, refused, crashed or swept in whatever order: the books are
sound after each step, and once all has come to rest every action was either answered and paid for
or paid back exactly once.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from firetill.database import Database
from firetill.errors import InsufficientCredits, TooManyActions
from firetill.ledger import service as ledger
from firetill.metering import sweeping, work
from firetill.metering.model import Action
from firetill.metering.provider import ProviderBusy, ProviderFailed, ProviderRefused
from firetill.metering.repository import ACTIONS, action_in, overdue
from tests.factories import ManualClock
from tests.faults import FaultyStore, RandomFaults
from tests.integration.metering.desk import (
    ALLOWANCE,
    USER,
    WELCOME,
    Oracle,
    Tray,
    agree,
    ask,
    open_actions,
)
from tests.simulation.memory_store import MemoryStore


class _Crash(BaseException):
    """Ends a worker wherever it is, as a killed process does."""


@dataclass
class World:
    """A user, a queue that may lose tasks, and a clock."""

    seed: int
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: ManualClock = field(default_factory=lambda: ManualClock(step=timedelta(milliseconds=1)))
    tray: Tray = field(default_factory=Tray)
    asked: int = 0

    def __post_init__(self) -> None:
        self.calm = Database(self.store, self.clock, sleep=lambda _: None)
        shaky = FaultyStore(self.store, RandomFaults(self.seed, 0.15))
        self.shaky = Database(shaky, self.clock, sleep=lambda _: None)
        agree(self.calm)

    def ask(self, kind: str) -> None:
        self.asked += 1
        try:
            ask(self.shaky, self.tray, kind, key=f"k{self.asked}")
        except (InsufficientCredits, TooManyActions):
            return

    def deliver(self, trouble: Exception | Callable[[], object] | None) -> None:
        """Bring the oldest task; it stays if the worker asks for that, or crashes."""
        if not self.tray.tasks:
            return
        task_id, action_id = next(iter(self.tray.tasks.items()))
        oracle = Oracle()
        oracle.troubles = [] if trouble is None else [trouble]
        try:
            outcome = work.process(self.shaky, oracle, action_id)
        except _Crash:
            return
        if outcome not in {"again", "held"}:
            self.tray.tasks.pop(task_id, None)

    def crash(self) -> None:
        def die() -> None:
            raise _Crash

        self.deliver(die)

    def dawdle(self) -> None:
        """Let a worker take so long that another is sent for, who may overtake it."""

        def wait() -> None:
            self.clock.advance(minutes=4)
            self.sweep()
            if len(self.tray.tasks) % 2:
                self.deliver(None)

        self.deliver(wait)

    def linger(self) -> None:
        """Let a worker take so long that its action is given up; then it fails as well."""

        def wait() -> None:
            self.clock.advance(minutes=16)
            self.sweep()
            raise ProviderRefused("word")

        self.deliver(wait)

    def lose(self) -> None:
        self.tray.tasks.clear()

    def sweep(self) -> None:
        for found in self.calm.query(overdue(self.clock(), limit=50)):
            sweeping.look_after(self.shaky, self.tray, found.document_id)

    def actions(self) -> list[Action]:
        found = [
            action_in(snapshot)
            for path in self.store.everything()
            if path.startswith(f"{ACTIONS}/")
            for snapshot in self.calm.get(path)
        ]
        return [action for action in found if action is not None]

    def check(self) -> None:
        """The books are sound, and the open actions are those that have not ended."""
        _, faults = ledger.verify(self.calm, USER)
        assert faults == []
        unended = {one.action_id for one in self.actions() if one.finished_at is None}
        listed = open_actions(self.calm)
        assert (set(listed), len(listed)) == (unended, len(unended))
        assert len(listed) <= 3
        entries = Counter(
            (entry.kind, entry.metadata.get("actionId"))
            for entry in ledger.entries(self.calm, USER)
        )
        for action in self.actions():
            assert entries["credits_spend", action.action_id] == 1
            refunds = 1 if action.status == "failed" else 0
            assert entries["credits_spend_refund", action.action_id] == refunds

    def rest(self) -> None:
        """Let the job and the queue finish what there is."""
        for _ in range(8):
            self.clock.advance(minutes=5)
            self.sweep()
            while self.tray.tasks:
                before = len(self.tray.tasks)
                self.deliver(None)
                if len(self.tray.tasks) == before:
                    break
        assert all(one.status in {"done", "failed"} for one in self.actions())


STEPS: dict[str, Callable[[World], None]] = {
    "ask": lambda world: world.ask("short_chat"),
    "ask for more": lambda world: world.ask("long_chat"),
    "answer": lambda world: world.deliver(None),
    "refuse": lambda world: world.deliver(ProviderRefused("word")),
    "fail": lambda world: world.deliver(ProviderFailed("word")),
    "be busy": lambda world: world.deliver(ProviderBusy("word", retry_after_seconds=90)),
    "crash": World.crash,
    "dawdle": World.dawdle,
    "linger": World.linger,
    "lose": World.lose,
    "sweep": World.sweep,
    "wait": lambda world: world.clock.advance(minutes=3),
    "sleep": lambda world: world.clock.advance(hours=9),
    "queue down": lambda world: setattr(world.tray, "down", True),
    "queue up": lambda world: setattr(world.tray, "down", False),
}


@settings(max_examples=150)
@given(seed=st.integers(0, 1_000), steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=30))
def test_every_action_is_paid_for_or_paid_back(seed: int, steps: list[str]) -> None:
    world = World(seed)
    for step in steps:
        STEPS[step](world)
        world.check()
    world.tray.down = False
    world.rest()
    world.check()
    wallet, _ = ledger.verify(world.calm, USER)
    paid = sum(one.split.credits for one in world.actions() if one.status == "done")
    assert wallet.credits == WELCOME - paid
    assert 0 <= wallet.daily_credits <= ALLOWANCE
