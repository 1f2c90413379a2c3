"""Faults at the gRPC channel: what `run_transaction` makes of each."""

from collections.abc import Callable
from functools import partial
from typing import Any

import grpc
import msgspec
import pytest
from google.api_core import exceptions

from firetill import operations
from firetill.clock import system_clock
from firetill.database import Database, Query, RetryPolicy, Store, Transaction, Write
from firetill.errors import Contention
from firetill.firestore import connect_emulator
from firetill.operations import Operation
from local.emulators import FirestoreEmulator
from tests.faults import (
    ABORTED,
    DEADLINE,
    LATE_REPLY,
    LOST_REPLY,
    UNAVAILABLE,
    Fault,
    FaultInterceptor,
    RandomFaults,
    Script,
)

Connect = Callable[..., Database]

OPERATION = Operation("ada", "count", "k1", {})


class Counted(msgspec.Struct):
    count: int
    run: int


@pytest.fixture
def broken(firestore_emulator: FirestoreEmulator, project_id: str) -> Connect:
    """Makes a database whose channel follows a plan."""

    def connect(plan: Any, **policy: Any) -> Database:
        store = connect_emulator(firestore_emulator.address, project_id, FaultInterceptor(plan))
        return Database(store, system_clock, policy=RetryPolicy(**policy), sleep=lambda _: None)

    return connect


class CountOnce:
    """Raises a counter by one per operation; its result tells which run of the body it was."""

    def __init__(self, operation: Operation = OPERATION) -> None:
        self.operation = operation
        self.runs = 0

    def __call__(self, tx: Transaction) -> Counted:
        self.runs += 1
        _, counter = tx.get(self.operation.path, "counters/c")
        first = operations.first_result(tx, self.operation)
        if first is not None:
            return msgspec.convert(first, Counted)
        result = Counted((counter.data or {}).get("count", 0) + 1, self.runs)
        tx.merge("counters/c", {"count": result.count})
        operations.record(tx, self.operation, result)
        return result


def counted(store: Store) -> Any:
    return (store.read(["counters/c"], seconds=5)[0].data or {}).get("count")


@pytest.mark.parametrize("fault", [ABORTED, UNAVAILABLE, DEADLINE])
@pytest.mark.parametrize("step", ["read", "commit"])
def test_after_a_passing_fault_the_body_runs_again(
    broken: Connect, store: Store, step: str, fault: Fault
) -> None:
    script = Script(**{step: [fault, fault]})
    body = CountOnce()
    broken(script).run_transaction(body)
    assert script.spent
    assert body.runs == (3 if step == "commit" else 1 + 2)
    assert counted(store) == 1


@pytest.mark.parametrize("fault", [LOST_REPLY, LATE_REPLY])
def test_after_a_lost_reply_the_first_result_comes_back(
    broken: Connect, store: Store, fault: Fault
) -> None:
    body = CountOnce()
    assert broken(Script(commit=[fault])).run_transaction(body) == Counted(1, run=1)
    assert body.runs == 2
    assert counted(store) == 1


def test_a_retry_after_giving_up_finds_the_effect_that_was_not_reported(
    broken: Connect, store: Store
) -> None:
    database = broken(Script(commit=[LOST_REPLY]), attempts=1)
    with pytest.raises(Contention):
        database.run_transaction(CountOnce())
    assert database.run_transaction(CountOnce()) == Counted(1, run=1)
    assert counted(store) == 1


@pytest.mark.parametrize("seed", range(5))
def test_under_random_faults_everything_happens_once(
    broken: Connect, store: Store, seed: int
) -> None:
    database = broken(RandomFaults(seed, probability=0.3), attempts=100)
    counts = []
    for key in range(20):
        operation = Operation("ada", "count", f"k{key}", {})
        counts.append(database.run_transaction(CountOnce(operation)).count)
        assert database.run_transaction(CountOnce(operation)).count == counts[-1]
    assert counts == list(range(1, 21))
    assert counted(store) == 20


def test_a_conflict_runs_the_body_again_on_what_is_there_now(
    database: Database, store: Store
) -> None:
    store.commit([Write("a/1", "put", {"n": 1})], seconds=5)
    seen = []

    def body(tx: Transaction) -> None:
        [one] = tx.get("a/1")
        assert one.data is not None
        seen.append(one.data["n"])
        if len(seen) < 3:
            store.commit([Write("a/1", "put", {"n": one.data["n"] + 10})], seconds=5)
        tx.merge("a/1", {"n": one.data["n"] + 1})

    database.run_transaction(body)
    assert seen == [1, 11, 21]
    assert database.get("a/1")[0].data == {"n": 22}


def meddle_create(store: Store) -> None:
    store.commit([Write("a/absent", "put", {})], seconds=5)


def meddle_change(store: Store) -> None:
    store.commit([Write("a/there", "put", {"n": 2})], seconds=5)


def meddle_delete(store: Store) -> None:
    store.commit([Write("a/there", "delete")], seconds=5)


def meddle_recreate(store: Store) -> None:
    meddle_delete(store)
    store.commit([Write("a/there", "put", {"n": 1})], seconds=5)


@pytest.mark.parametrize("meddle", [meddle_create, meddle_change, meddle_delete, meddle_recreate])
@pytest.mark.parametrize("written", [(), ("a/absent",), ("a/there",)])
def test_whatever_was_read_must_still_be_so_at_the_commit(
    database: Database,
    store: Store,
    meddle: Callable[[Store], None],
    written: tuple[str, ...],
) -> None:
    """Read only or written too, there or absent: any change in between is a conflict."""
    store.commit([Write("a/there", "put", {"n": 1})], seconds=5)
    runs = []

    def body(tx: Transaction) -> None:
        runs.append(1)
        tx.get("a/there", "a/absent")
        if len(runs) == 1:
            meddle(store)
        tx.create("a/other", {"run": len(runs)})
        for path in written:
            tx.merge(path, {"run": len(runs)})

    database.run_transaction(body)
    assert len(runs) == 2
    assert database.get("a/other")[0].data == {"run": 2}


def test_creating_what_exists_is_a_conflict_and_changes_nothing(
    broken: Connect, store: Store
) -> None:
    store.commit([Write("a/1", "put", {"n": 1})], seconds=5)

    def body(tx: Transaction) -> None:
        tx.create("a/1", {"n": 2})
        tx.create("a/2", {"n": 2})

    with pytest.raises(Contention):
        broken(Script(), attempts=3).run_transaction(body)
    assert [found.data for found in store.read(["a/1", "a/2"], seconds=5)] == [{"n": 1}, None]


def test_merging_into_what_is_absent_creates_it(database: Database, store: Store) -> None:
    def body(tx: Transaction) -> None:
        tx.get("a/1")
        tx.merge("a/1", {"n": {"deep": 1}})

    database.run_transaction(body)
    assert store.read(["a/1"], seconds=5)[0].data == {"n": {"deep": 1}}


def test_checks_change_nothing(database: Database, store: Store) -> None:
    store.commit([Write("a/1", "put", {"n": 1})], seconds=5)
    before = store.read(["a/1", "a/absent"], seconds=5)

    def body(tx: Transaction) -> None:
        tx.get("a/1", "a/absent")
        tx.create("a/2", {})

    database.run_transaction(body)
    assert store.read(["a/1", "a/absent"], seconds=5) == before


@pytest.mark.parametrize("step", ["read", "query"])
def test_reads_outside_a_transaction_are_tried_again_too(broken: Connect, step: str) -> None:
    script = Script(**{step: [ABORTED, UNAVAILABLE, DEADLINE]})
    database = broken(script)
    if step == "read":
        assert not database.get("a/1")[0].exists
    else:
        assert database.query(Query("a", 1)) == []
    assert script.spent


@pytest.mark.parametrize(
    ("step", "code", "error"),
    [
        # A query whose index is missing says so with this code: waiting would not make one.
        ("query", grpc.StatusCode.FAILED_PRECONDITION, exceptions.FailedPrecondition),
        ("read", grpc.StatusCode.NOT_FOUND, exceptions.NotFound),
        ("read", grpc.StatusCode.PERMISSION_DENIED, exceptions.PermissionDenied),
        ("commit", grpc.StatusCode.INVALID_ARGUMENT, exceptions.InvalidArgument),
        ("commit", grpc.StatusCode.PERMISSION_DENIED, exceptions.PermissionDenied),
    ],
)
def test_a_mistake_of_ours_is_not_tried_again(
    broken: Connect, step: str, code: grpc.StatusCode, error: type[Exception]
) -> None:
    database = broken(Script(**{step: [Fault(code)]}))
    call: Callable[[], Any] = partial(database.query, Query("a", 1))
    if step != "query":
        call = partial(database.run_transaction, CountOnce())
    with pytest.raises(error):
        call()
