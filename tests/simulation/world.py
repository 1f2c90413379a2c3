"""Everything around the till in one process: Firestore, Stripe, the queue, the time, the apps."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from firetill.database import Conflict, Database, Query, Snapshot, Store, Transient, Version, Write
from firetill.errors import (
    Contention,
    DirectoryUnavailable,
    PaymentProviderFailed,
    PaymentProviderUnavailable,
    Refusal,
)
from firetill.orders.settlement import Till
from firetill.task_queue import TaskQueueUnavailable
from firetill.webhooks import rules as webhook_rules
from tests.factories import codes
from tests.simulation.memory_store import MemoryStore
from tests.simulation.scheduler import Crash, Scheduler, Task
from tests.simulation.stripe_line import Stripe, no_connection, unavailable
from tests.simulation.weather import Climate, Weather

T = TypeVar("T")
Json = dict[str, Any]

BEGINNING: Final = datetime(2026, 2, 7, 12, tzinfo=UTC)
APP_TRIES: Final = 4
"""How often an app asks before it gives up."""

DAY: Final = 86_400
LONGEST_SECONDS: Final = 540
"""When the platform ends a process that has not answered."""

MOST_JUMPED: Final = 2 * DAY
"""Stripe remembers for three days what the daily look at it makes good."""

NO_TIME_LOST: Final = APP_TRIES * timedelta(seconds=16)
"""What so many tries take at most, if no clock jumps while they go on."""

_OWN: Final = {"sessionId", "orderId", "paymentIntentId", "checkoutSessionId", "clientSecret"}
"""What an answer names that belongs to one user for good."""

_TRY_AGAIN: Final = (
    Contention,
    PaymentProviderUnavailable,
    PaymentProviderFailed,
    DirectoryUnavailable,
)


class Broken(Exception):  # noqa: N818 - a promise of the till, named by the first word
    """A promise does not hold; `promise` names it."""

    def __init__(self, promise: str, says: str) -> None:
        super().__init__(f"{promise}: {says}")
        self.promise = promise


@dataclass
class Message:
    """Something on its way: a webhook of Stripe's, or a task of the queue's."""

    name: str
    deliver: Callable[[], bool]
    attempts: int = 0


@dataclass
class World:
    """One run's surroundings; every request that leaves an operation goes through it.

    `store` is what holds the documents, `around` what the till sees of it: a negative control
    takes a guard away there. `tampered` are the payments that somebody has changed at Stripe.
    """

    seed: int
    schedule: int
    climate: Climate
    keeps_trace: bool = False
    store: MemoryStore = field(default_factory=MemoryStore)
    around: Callable[[Store], Store] = lambda store: store
    now: datetime = BEGINNING
    trace: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    broken: Broken | None = None
    commits: int = 0
    answers: dict[tuple[str, ...], Any] = field(default_factory=dict)
    answered: dict[tuple[str, ...], Any] = field(default_factory=dict)
    told_to: dict[tuple[str, str], str] = field(default_factory=dict)
    after_commit: list[Callable[[Sequence[Write]], None]] = field(default_factory=list)
    said: dict[str, Json] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    tampered: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"{self.seed}/{self.schedule}/schedule")
        self.weather = Weather(self.climate, random.Random(f"{self.seed}/{self.schedule}/weather"))
        self.tasks = Scheduler(self.rng)
        self.database = Database(
            self.around(_Store(self)), self.clock, sleep=self.sleep, jitter=self.rng.uniform
        )
        self.stripe = Stripe(
            clock=self.unix_seconds,
            seed=self.seed,
            publish=self.publish,
            carry=self.carry,
        )
        self.queue = Queue(self)
        self.till = Till(codes(), self.token)
        self._tokens = random.Random(f"{self.seed}/tokens")
        self._jumped = 0.0

    # Time and chance.

    def clock(self) -> datetime:
        """The time as the process that asks has it."""
        task = self.tasks.running
        return self.now + timedelta(seconds=task.skew_seconds if task else 0)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return (self.now - BEGINNING).total_seconds()

    def unix_seconds(self) -> float:
        """The time as Stripe has it."""
        return self.now.timestamp()

    def sleep(self, seconds: float) -> None:
        """Wait, and let others go on."""
        self.advance(seconds)
        if self.tasks.running is not None:
            self.tasks.pass_on()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(microseconds=round(seconds * 1e6))

    def jump(self, seconds: float) -> bool:
        """Let much time pass at once, unless too much has; tell whether it did.

        Whoever is being served longer than the platform allows is gone.
        """
        if self._jumped + seconds > MOST_JUMPED:
            return False
        self._jumped += seconds
        self.advance(seconds)
        for task in self.tasks.waiting:
            task.gone = task.gone or (task.serves and seconds > LONGEST_SECONDS)
        return True

    def token(self) -> str:
        """A token that the seed gives, where production takes chance."""
        return f"{self._tokens.getrandbits(128):032x}"

    # What leaves a process.

    def _wait(self, task: Task) -> None:
        """Let others go on before a request of a process is served.

        Raises:
            Crash: the process is gone, before or meanwhile.
        """
        if not task.gone:
            self.tasks.pass_on()
        if task.gone:
            raise Crash

    def request(self, step: str, what: str, do: Callable[[], T], *, changes: bool) -> T:
        """Make a request of Firestore, with whatever befalls it."""
        task = self.tasks.running
        if task is None:
            return do()
        self._wait(task)
        trouble = self.weather.at_request(changes=changes)
        if self.keeps_trace:
            self.note(f"{step} {what}", trouble)
        if trouble == "crash":
            task.gone = True
            raise Crash
        if trouble == "aborted":
            raise Conflict("injected")
        if trouble == "unavailable":
            raise Transient("injected")
        result = do()
        if trouble == "crash_after":
            task.gone = True
            raise Crash
        if trouble == "lost_reply":
            raise Transient("injected")
        return result

    def outside(self, what: str) -> str | None:
        """Wait for somebody outside; what befalls the request: `before`, `after` or nothing."""
        task = self.tasks.running
        if task is None:
            return None
        self._wait(task)
        trouble = None
        if self.weather.happens("crash"):
            task.gone = True
            self.note(what, "crash")
            raise Crash
        if self.weather.happens("outside"):
            trouble = self.rng.choice(("before", "after"))
        self.note(what, trouble)
        return trouble

    def carry(self, answer: Callable[[], Any]) -> Any:
        """Carry a request to Stripe and its answer back, or lose either."""
        task = self.tasks.running
        if task is None:
            return answer()
        self._wait(task)
        crashes = self.weather.happens("crash")
        trouble = None
        if self.weather.happens("stripe"):
            trouble = self.rng.choice(("no connection", "time-out", "lost reply", "500 before"))
        self.note("ask Stripe", "crash" if crashes else trouble)
        if trouble == "no connection":
            raise no_connection()
        if trouble == "500 before":
            return unavailable(500)
        result = answer()
        if crashes:
            task.gone = True
            raise Crash
        if trouble is not None:
            raise no_connection()
        return result

    # What arrives.

    def publish(self, event: Json) -> None:
        """Take an event of Stripe's: it comes late, twice, in any order, or not at all."""
        if event["type"] not in webhook_rules.EVENT_TYPES:
            return
        self.said[event["id"]] = event
        if self.weather.happens("webhook_lost"):
            self.note(f"Stripe says {event['type']}", "webhook lost")
            return
        copies = 2 if self.weather.happens("webhook_twice") else 1
        payload = json.dumps(event)
        for _ in range(copies):
            self.messages.append(self.known["webhook"](event, payload))

    # Apps and processes.

    def serve(self, call: Callable[[], T]) -> T:
        """Run a call in a fresh process.

        Raises:
            Crash: the process is gone; the task itself is not.
        """
        task = self.tasks.running
        assert task is not None
        task.gone, task.serves = False, True
        task.skew_seconds = self.weather.skew_seconds()
        try:
            return call()
        finally:
            task.gone = task.serves = False
            task.skew_seconds = 0.0

    def run_job(self, name: str, job: Callable[[], object]) -> None:
        """Run a job in a fresh process; one that fails is left until it runs again."""
        try:
            self.serve(job)
        except (Crash, Refusal) as error:
            self.note(f"job {name} ended early", type(error).__name__)

    def ask(
        self,
        key: tuple[str, ...],
        call: Callable[[], T],
        *,
        keyed: bool = True,
        asked: object = None,
    ) -> T | Refusal | None:
        """Ask as an app does: again, until there is an answer, or the user has gone.

        Args:
            key: names the request: who asks, for what, with which key.
            call: the request.
            keyed: whether the same key must always give the same result.
            asked: what is asked for, if others may come under the same key.

        Returns:
            The result, the refusal, or None if the app never learnt what became of it.

        Raises:
            Broken: it meets others each time, though no time was lost in between.
        """
        began, contended = self.now, 0
        for _ in range(APP_TRIES):
            if self.weather.happens("app_gone"):
                return None
            try:
                result = self.serve(call)
            except (Crash, *_TRY_AGAIN) as error:
                self.note(f"no answer to {' '.join(key)}", type(error).__name__)
                contended += isinstance(error, Contention)
                continue
            except Refusal as refusal:
                self.note(f"refused {' '.join(key)}", refusal.reason)
                return refusal
            self.note(f"done {' '.join(key)}", None)
            if keyed:
                self._same(key, asked, result)
            return result
        if contended == APP_TRIES and self.now - began < NO_TIME_LOST:
            raise Broken("nobody is kept waiting for ever", " ".join(key))
        return None

    def _same(self, key: tuple[str, ...], asked: object, result: Any) -> None:
        """Hold a result against that of the same request before, and against those of others."""
        told = msgspec.to_builtins(result)
        if self.answered.setdefault(key, asked) != asked:
            raise Broken("a key stands for one request", f"{key}: {asked} was answered {told}")
        for name in _OWN & told.keys() if isinstance(told, dict) else ():
            if told[name] is None:
                continue
            if self.told_to.setdefault((name, str(told[name])), key[1]) != key[1]:
                raise Broken("nobody is told what is another's", f"{key} was answered {told}")
        if isinstance(told, dict):
            told = {name: value for name, value in told.items() if name != "status"}
        first = self.answers.setdefault(key, told)
        if first != told:
            raise Broken("once", f"{key} was answered {told} after {first}")

    def note(self, what: str, trouble: object) -> None:
        """Keep a line of the history, if somebody is to read it."""
        if not self.keeps_trace:
            return
        task = self.tasks.running
        who = f"{task.number}:{task.name}" if task else "world"
        ending = f"  ! {trouble}" if trouble else ""
        self.trace.append(f"{self.now:%d %H:%M:%S.%f} {who:32.32} {what}{ending}")

    # Looking at what is there.

    def look(self, path: str) -> Mapping[str, Any] | None:
        """One document as it is."""
        return self.store.look(path)

    def documents(self, collection: str) -> list[Mapping[str, Any]]:
        """A collection's documents as they are."""
        return [self.store.look(path) or {} for path in self.store.paths_in(collection)]


class _Store:
    """Firestore as the till reaches it: each request waits, and may meet trouble."""

    def __init__(self, world: World) -> None:
        self._world = world

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        world = self._world
        return world.request(
            "read", " ".join(paths), lambda: world.store.read(paths, seconds=seconds), changes=False
        )

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        world = self._world
        return world.request(
            "query",
            query.collection,
            lambda: world.store.query(query, seconds=seconds),
            changes=False,
        )

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        world = self._world

        def do() -> list[Version | None]:
            try:
                versions = world.store.commit(writes, seconds=seconds)
            except Conflict:
                world.note("commit", "conflict")
                raise
            world.commits += 1
            for look in world.after_commit:
                try:
                    look(writes)
                except Broken as broken:
                    world.broken = world.broken or broken
            return versions

        what = " ".join(f"{write.kind}:{write.path}" for write in writes)
        return world.request("commit", what, do, changes=True)


class Queue:
    """Cloud Tasks: at least once, in any order; an id that was taken before changes nothing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._taken: set[str] = set()

    def enqueue(self, function: str, task_id: str, payload: Mapping[str, str]) -> None:
        """Take a task, unless the queue is out of reach."""
        world = self._world
        trouble = world.outside(f"enqueue {function}")
        if trouble == "before":
            raise TaskQueueUnavailable("injected")
        if task_id not in self._taken:
            self._taken.add(task_id)
            for _ in range(2 if world.weather.happens("task_twice") else 1):
                world.messages.append(world.known[function](payload))
        if trouble == "after":
            raise TaskQueueUnavailable("injected")
