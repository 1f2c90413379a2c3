"""What `run_transaction` does by itself, over a store in memory."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from firetill import database as module
from firetill.database import (
    MAX_WRITES,
    Database,
    RetryPolicy,
    Snapshot,
    Transaction,
    Version,
    Write,
)
from firetill.errors import Contention, NotOwner
from tests.factories import NOON, ManualClock
from tests.faults import ABORTED, LOST_REPLY, UNAVAILABLE, Fault, FaultyStore, Script
from tests.simulation.memory_store import MemoryStore


def documents(store: MemoryStore, *paths: str) -> list[Any]:
    return [snapshot.data for snapshot in store.read(paths, seconds=1)]


def put(store: MemoryStore, path: str, **fields: Any) -> None:
    store.commit([Write(path, "put", fields)], seconds=1)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def database(store: MemoryStore) -> Database:
    return Database(store, ManualClock(), sleep=lambda _: None)


def test_it_returns_what_the_body_returned_and_commits_what_it_wrote(
    store: MemoryStore, database: Database
) -> None:
    def body(tx: Transaction) -> str:
        tx.get("a/1")
        tx.create("a/2", {"n": 2})
        tx.merge("a/1", {"n": 1})
        return "done"

    assert database.run_transaction(body) == "done"
    assert documents(store, "a/1", "a/2") == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("error", [NotOwner(), RuntimeError("a fault"), KeyError("x")])
def test_a_body_that_raises_leaves_nothing(
    store: MemoryStore, database: Database, error: Exception
) -> None:
    def body(tx: Transaction) -> None:
        tx.get("a/1")
        tx.merge("a/1", {"n": 1})
        tx.create("a/2", {"n": 2})
        raise error

    with pytest.raises(type(error)) as raised:
        database.run_transaction(body)
    assert raised.value is error
    assert documents(store, "a/1", "a/2") == [None, None]


def test_reads_see_the_writes_before_them(store: MemoryStore, database: Database) -> None:
    put(store, "a/1", n=1, kept=True)

    def body(tx: Transaction) -> list[Any]:
        seen: list[Any] = [tx.get("a/1")[0].data]
        tx.merge("a/1", {"n": 2})
        seen.append(tx.get("a/1")[0].data)
        tx.merge("a/1", {"more": 3})
        seen.append(tx.get("a/1")[0].data)
        tx.delete("a/1")
        seen.append(tx.get("a/1")[0].exists)
        tx.create("a/2", {"n": 4})
        seen.append(tx.get("a/2")[0].data)
        return seen

    assert database.run_transaction(body) == [
        {"n": 1, "kept": True},
        {"n": 2, "kept": True},
        {"n": 2, "kept": True, "more": 3},
        False,
        {"n": 4},
    ]
    assert documents(store, "a/1", "a/2") == [None, {"n": 4}]


def test_a_merge_writes_only_the_fields_it_names(store: MemoryStore, database: Database) -> None:
    put(store, "a/1", wallet={"credits": 1, "ash": 2}, name="Ada")

    def body(tx: Transaction) -> None:
        tx.get("a/1")
        tx.merge("a/1", {"wallet": {"credits": 5}})

    database.run_transaction(body)
    assert documents(store, "a/1") == [{"wallet": {"credits": 5}, "name": "Ada"}]


def test_two_merges_of_one_document_are_one_write(store: MemoryStore, database: Database) -> None:
    put(store, "a/1", kept=1, first=0, second=0)

    def body(tx: Transaction) -> None:
        tx.get("a/1", "a/2")
        for path in ("a/1", "a/2"):
            tx.merge(path, {"first": 1, "both": 1})
            tx.merge(path, {"second": 2, "both": 2})

    database.run_transaction(body)
    assert documents(store, "a/1", "a/2") == [
        {"kept": 1, "first": 1, "second": 2, "both": 2},
        {"first": 1, "second": 2, "both": 2},
    ]


def test_the_body_s_own_dictionary_may_change_afterwards(
    store: MemoryStore, database: Database
) -> None:
    def body(tx: Transaction) -> None:
        fields = {"n": 1}
        tx.create("a/1", fields)
        fields["n"] = 2

    database.run_transaction(body)
    assert documents(store, "a/1") == [{"n": 1}]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(lambda tx: [tx.create("a/1", {}), tx.create("a/1", {})], id="create twice"),
        pytest.param(
            lambda tx: [tx.get("a/1"), tx.delete("a/1"), tx.merge("a/1", {})], id="merge deleted"
        ),
        pytest.param(lambda tx: tx.merge("a/1", {"n": 1}), id="merge unread"),
        pytest.param(lambda tx: tx.delete("a/1"), id="delete unread"),
    ],
)
def test_a_body_that_contradicts_itself_is_a_fault(
    database: Database, body: Callable[[Transaction], Any]
) -> None:
    with pytest.raises((RuntimeError, KeyError)):
        database.run_transaction(body)


def test_more_writes_than_one_commit_holds_are_refused_before_it(database: Database) -> None:
    def body(tx: Transaction, extra: int) -> None:
        tx.get("a/read")
        for number in range(MAX_WRITES - 1 + extra):
            tx.create(f"a/{number}", {})

    database.run_transaction(lambda tx: body(tx, 0))
    with pytest.raises(RuntimeError, match=f"{MAX_WRITES + 1} writes"):
        database.run_transaction(lambda tx: body(tx, 1))


def test_a_document_is_asked_for_once(store: MemoryStore) -> None:
    asked: list[str] = []

    class Listening(MemoryStore):
        def read(self, paths: Any, *, seconds: float) -> list[Snapshot]:
            asked.extend(paths)
            return store.read(paths, seconds=seconds)

    def body(tx: Transaction) -> list[str]:
        tx.get("a/1", "a/2", "a/1")
        return [snapshot.document_id for snapshot in tx.get("a/2", "a/1", "a/2", "a/3")]

    ids = Database(Listening(), ManualClock()).run_transaction(body)
    assert ids == ["2", "1", "2", "3"]
    assert asked == ["a/1", "a/2", "a/3"]


def test_what_several_batches_read_is_verified(store: MemoryStore, database: Database) -> None:
    """Nothing is written, so only the verification can notice that the two never agreed."""
    put(store, "a/1", n=0)
    put(store, "a/2", n=0)
    seen: list[tuple[int, int]] = []

    def body(tx: Transaction) -> tuple[int, int]:
        [one] = tx.get("a/1")
        if not seen:
            put(store, "a/1", n=1)
            put(store, "a/2", n=1)
        [two] = tx.get("a/2")
        assert one.data is not None
        assert two.data is not None
        seen.append((one.data["n"], two.data["n"]))
        return seen[-1]

    assert database.run_transaction(body) == (1, 1)
    assert seen == [(0, 1), (1, 1)]


@pytest.mark.parametrize("error", [NotOwner(), ArithmeticError("a sum that cannot be")])
def test_an_error_that_rests_on_what_never_was_is_not_believed(
    store: MemoryStore, database: Database, error: Exception
) -> None:
    put(store, "a/1", n=0)
    runs: list[int] = []

    def body(tx: Transaction) -> str:
        runs.append(1)
        [one] = tx.get("a/1")
        if len(runs) == 1:
            put(store, "a/1", n=1)
            put(store, "a/2", n=1)
        [two] = tx.get("a/2")
        assert one.data is not None
        if two.exists and one.data["n"] == 0:
            raise error
        return "consistent"

    assert database.run_transaction(body) == "consistent"
    assert len(runs) == 2


def test_a_refusal_after_several_batches_that_agree_stands(database: Database) -> None:
    def body(tx: Transaction) -> None:
        tx.get("a/1")
        tx.get("a/2")
        raise NotOwner

    with pytest.raises(NotOwner):
        database.run_transaction(body)


def test_the_instant_of_an_attempt_is_one_and_each_attempt_has_its_own(store: MemoryStore) -> None:
    clock = ManualClock(step=timedelta(seconds=1))
    faulty = FaultyStore(store, Script(commit=[ABORTED]))
    seen = []

    def body(tx: Transaction) -> None:
        tx.create("a/1", {"at": tx.now})
        seen.append((tx.now, tx.now))

    Database(faulty, clock, sleep=lambda _: None).run_transaction(body)
    first, second = NOON + timedelta(seconds=1), NOON + timedelta(seconds=2)
    assert seen == [(first, first), (second, second)]
    assert documents(store, "a/1") == [{"at": second}]


def test_a_stamp_is_later_than_those_of_what_was_read(store: MemoryStore) -> None:
    """An operation that began first but came second must not be stamped as if it were first."""
    clock = ManualClock(step=timedelta(seconds=1))
    database = Database(store, clock, sleep=lambda _: None)

    def quick(tx: Transaction) -> None:
        tx.get("a/1")
        tx.merge("a/1", {"at": tx.now})

    class Slow(MemoryStore):
        def read(self, paths: Any, *, seconds: float) -> list[Snapshot]:
            database.run_transaction(quick)
            return store.read(paths, seconds=seconds)

        def commit(self, writes: Any, *, seconds: float) -> list[Version | None]:
            return store.commit(writes, seconds=seconds)

    def slow(tx: Transaction) -> bool:
        [one] = tx.get("a/1")
        assert one.data is not None
        return bool(tx.now > one.data["at"])

    assert Database(Slow(), clock).run_transaction(slow)


class Patience:
    """Simulated waiting: `sleep` moves the monotonic clock that the bounds are measured on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []
        monkeypatch.setattr(module, "monotonic_seconds", lambda: self.seconds)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds


@pytest.mark.parametrize("fault", [ABORTED, UNAVAILABLE])
@pytest.mark.parametrize("step", ["read", "commit"])
def test_attempts_are_bounded(
    monkeypatch: pytest.MonkeyPatch, store: MemoryStore, step: str, fault: Fault
) -> None:
    patience = Patience(monkeypatch)
    script = Script(**{step: [fault] * 5})
    policy = RetryPolicy(attempts=4)
    database = Database(
        FaultyStore(store, script), ManualClock(), policy=policy, sleep=patience.sleep
    )

    def body(tx: Transaction) -> None:
        tx.get("a/1")
        tx.merge("a/1", {"n": 1})

    with pytest.raises(Contention) as raised:
        database.run_transaction(body)
    assert raised.value.__cause__ is not None
    assert len(patience.pauses) == 3, "there is nothing to wait for after the last attempt"
    assert documents(store, "a/1") == [None]

    database.run_transaction(body)
    assert script.spent
    assert documents(store, "a/1") == [{"n": 1}]


def test_time_is_bounded(monkeypatch: pytest.MonkeyPatch, store: MemoryStore) -> None:
    patience = Patience(monkeypatch)
    always = Script(read=[ABORTED] * 10_000)
    policy = RetryPolicy(attempts=10_000, seconds=15)
    database = Database(
        FaultyStore(store, always),
        ManualClock(),
        policy=policy,
        sleep=patience.sleep,
        jitter=lambda _, longest: longest,
    )
    with pytest.raises(Contention):
        database.run_transaction(lambda tx: tx.get("a/1"))
    assert 14.5 <= patience.seconds < 15
    assert patience.pauses[:7] == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.5]
    assert set(patience.pauses[7:]) == {0.5}


def test_pauses_are_full_jitter(monkeypatch: pytest.MonkeyPatch, store: MemoryStore) -> None:
    patience = Patience(monkeypatch)
    database = Database(
        FaultyStore(store, Script(read=[ABORTED] * 400)),
        ManualClock(),
        policy=RetryPolicy(attempts=401, seconds=1e9, longest_pause_seconds=0.08),
        sleep=patience.sleep,
    )
    database.run_transaction(lambda tx: tx.get("a/1"))
    longest = [0.01, 0.02, 0.04] + [0.08] * 397
    assert all(0 <= pause <= most for pause, most in zip(patience.pauses, longest, strict=True))
    capped = patience.pauses[3:]
    assert min(capped) < 0.01, "a jitter that is not full never waits so little"
    assert max(capped) > 0.07


def test_each_request_is_given_no_more_time_than_is_left(
    monkeypatch: pytest.MonkeyPatch, store: MemoryStore
) -> None:
    patience = Patience(monkeypatch)
    given: list[float] = []

    class Listening(MemoryStore):
        def read(self, paths: Any, *, seconds: float) -> list[Snapshot]:
            given.append(seconds)
            return FaultyStore(store, lambda _: ABORTED).read(paths, seconds=seconds)

    database = Database(
        Listening(),
        ManualClock(),
        policy=RetryPolicy(seconds=8, request_seconds=5, first_pause_seconds=2),
        sleep=patience.sleep,
        jitter=lambda _, __: 2.0,
    )
    with pytest.raises(Contention):
        database.get("a/1")
    assert given == [5, 5, 4, 2]


def test_a_creation_whose_reply_was_lost_is_not_done_twice(store: MemoryStore) -> None:
    """Without a record to recognise, a second creation of one id can only be a conflict."""
    database = Database(
        FaultyStore(store, Script(commit=[LOST_REPLY])),
        ManualClock(),
        policy=RetryPolicy(attempts=3),
        sleep=lambda _: None,
    )
    with pytest.raises(Contention):
        database.run_transaction(lambda tx: tx.create("a/1", {"n": 1}))
    assert documents(store, "a/1") == [{"n": 1}]
