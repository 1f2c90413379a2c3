"""Operation records: once per user, operation and key."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from firetill import operations
from firetill.database import Database, Transaction
from firetill.errors import IdempotencyKeyReused, NotOwner
from firetill.operations import Operation
from tests.factories import NOON, ManualClock
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.simulation.memory_store import MemoryStore


class Count(msgspec.Struct, frozen=True):
    count: int
    at: datetime
    parts: list[dict[str, str | None]]


PAYLOAD = {"amount": 5, "note": "für Ada", "nested": {"b": [1, None], "a": True}}


def count_once(database: Database, operation: Operation, fail: bool = False) -> Count:
    """Raise a counter by one, once per operation."""

    def body(tx: Transaction) -> Count:
        _, counter = tx.get(operation.path, "counters/c")
        first = operations.first_result(tx, operation)
        if first is not None:
            return msgspec.convert(first, Count)
        count = (counter.data or {}).get("count", 0) + 1
        tx.merge("counters/c", {"count": count})
        result = Count(count, tx.now, [{"x": None}])
        operations.record(tx, operation, result)
        if fail:
            raise NotOwner
        return result

    return database.run_transaction(body)


def counted(store: MemoryStore) -> Any:
    return (store.read(["counters/c"], seconds=1)[0].data or {}).get("count", 0)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def database(store: MemoryStore) -> Database:
    return Database(store, ManualClock(), sleep=lambda _: None)


def test_the_same_call_again_returns_the_first_result(
    store: MemoryStore, database: Database
) -> None:
    first = count_once(database, Operation("ada", "count", "k1", PAYLOAD))
    count_once(database, Operation("ada", "count", "k2", PAYLOAD))
    reordered = dict(reversed(PAYLOAD.items()))
    assert count_once(database, Operation("ada", "count", "k1", reordered)) == first
    assert counted(store) == 2


@pytest.mark.parametrize(
    "other", [{}, {**PAYLOAD, "amount": 6}, {**PAYLOAD, "amount": "5"}, {**PAYLOAD, "more": None}]
)
def test_other_input_under_the_same_key_is_refused(
    store: MemoryStore, database: Database, other: dict[str, Any]
) -> None:
    count_once(database, Operation("ada", "count", "k1", PAYLOAD))
    with pytest.raises(IdempotencyKeyReused):
        count_once(database, Operation("ada", "count", "k1", other))
    assert counted(store) == 1


def test_a_key_belongs_to_one_user_and_one_operation(
    store: MemoryStore, database: Database
) -> None:
    for user in ("ada", "bob"):
        for name in ("count", "tally"):
            count_once(database, Operation(user, name, "k1", {"who": user, "what": name}))
    assert counted(store) == 4


def test_the_parts_of_the_scope_cannot_run_into_each_other() -> None:
    scopes = [("a", "bc", "d"), ("ab", "c", "d"), ("a", "b", "cd"), ("", "abc", "d")]
    assert len({Operation(user, name, key, {}).id for user, name, key in scopes}) == len(scopes)


def test_a_refused_call_leaves_its_key_free(store: MemoryStore, database: Database) -> None:
    with pytest.raises(NotOwner):
        count_once(database, Operation("ada", "count", "k1", PAYLOAD), fail=True)
    assert counted(store) == 0
    assert count_once(database, Operation("ada", "count", "k1", {"mended": True})).count == 1


def test_a_call_whose_reply_was_lost_happens_once(store: MemoryStore) -> None:
    script = Script(commit=[LOST_REPLY])
    database = Database(FaultyStore(store, script), ManualClock(), sleep=lambda _: None)
    assert count_once(database, Operation("ada", "count", "k1", PAYLOAD)).count == 1
    assert script.spent
    assert counted(store) == 1


def test_the_record_says_whose_it_is_and_keeps_no_input(
    store: MemoryStore, database: Database
) -> None:
    operation = Operation("ada", "count", "k1", {"card": "4242424242424242"})
    count_once(database, operation)
    [record] = store.read([operation.path], seconds=1)
    assert record.data is not None
    assert (record.data["userId"], record.data["operation"]) == ("ada", "count")
    assert record.data["idempotencyKey"] == "k1"
    assert record.data["createdAt"] == NOON
    assert "4242" not in str(record.data)


class Request(msgspec.Struct, rename="camel"):
    amount: int
    idempotency_key: str
    unit_name: str = "credits"


def test_a_request_s_input_is_all_of_it_but_the_key() -> None:
    operation = Operation.of("ada", "count", Request(5, "k1"))
    assert operation == Operation("ada", "count", "k1", {"amount": 5, "unitName": "credits"})


class Intent(msgspec.Struct):
    at: datetime
    amount: int


class CallsOutside:
    """An operation with two commits: one before the call to somebody outside, one after it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.operation = Operation("ada", "buy", "k1", PAYLOAD)

    def begin(self) -> Any:
        def body(tx: Transaction) -> Any:
            first = operations.first_result(tx, self.operation)
            if first is None and not tx.get(self.operation.path)[0].exists:
                operations.begin(tx, self.operation, Intent(tx.now, 5))
            return first

        return self.database.run_transaction(body)

    def complete(self) -> None:
        def body(tx: Transaction) -> None:
            tx.get(self.operation.path)
            operations.complete(tx, self.operation.id, Count(1, tx.now, []))

        self.database.run_transaction(body)

    def pending(self, until: datetime) -> list[str]:
        query = operations.pending(until, limit=9)
        return [snapshot.document_id for snapshot in self.database.query(query)]


def test_what_began_is_pending_until_it_is_complete(database: Database) -> None:
    calls = CallsOutside(database)
    assert calls.begin() is None
    assert calls.begin() is None, "an operation that only began has no result"
    assert calls.pending(NOON) == [calls.operation.id]
    assert calls.pending(NOON - timedelta(microseconds=1)) == []
    [record] = database.get(calls.operation.path)
    assert record.data is not None
    assert record.data["intent"] == {"at": NOON, "amount": 5}
    calls.complete()
    assert calls.pending(NOON) == []
    assert calls.begin() == {"count": 1, "at": NOON, "parts": []}


def test_other_input_is_refused_already_when_an_operation_only_began(database: Database) -> None:
    calls = CallsOutside(database)
    calls.begin()
    calls.operation = Operation("ada", "buy", "k1", {**PAYLOAD, "amount": 6})
    with pytest.raises(IdempotencyKeyReused):
        calls.begin()


def test_what_never_called_outside_is_never_pending(database: Database) -> None:
    operation = Operation("ada", "count", "k1", PAYLOAD)
    count_once(database, operation)
    assert database.query(operations.pending(NOON + timedelta(days=1), limit=9)) == []


def test_attempts_are_counted(database: Database) -> None:
    calls = CallsOutside(database)
    calls.begin()
    for expected in (1, 2):
        database.run_transaction(lambda tx: operations.next_attempt(tx, calls.operation.id))
        [record] = database.get(calls.operation.path)
        assert record.data is not None
        assert record.data["attempt"] == expected
