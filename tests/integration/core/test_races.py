"""Many threads through one database: nothing lost, nothing skewed, nobody starved."""

import time
from functools import partial

import pytest

from firetill.clock import system_clock
from firetill.database import Database, Snapshot, Store, Transaction, Write
from tests.factories import at_once
from tests.faults import WithoutChecks, WithoutPreconditions

THREADS = 16
ROUNDS = 5


def increment(tx: Transaction, path: str) -> int:
    [counter] = tx.get(path)
    count: int = (counter.data or {}).get("count", 0) + 1
    tx.merge(path, {"count": count})
    return count


def increment_many_times(database: Database, path: str) -> list[int]:
    return [database.run_transaction(partial(increment, path=path)) for _ in range(ROUNDS)]


def test_sixteen_threads_on_one_document_all_succeed(database: Database) -> None:
    results = at_once([partial(increment_many_times, database, "counters/hot")] * THREADS)
    counts = [count for result in results for count in result]  # type: ignore[union-attr]  # an error here fails the test
    assert sorted(counts) == list(range(1, THREADS * ROUNDS + 1))
    assert database.get("counters/hot")[0].data == {"count": THREADS * ROUNDS}


def test_sixteen_threads_on_their_own_documents_never_meet(store: Store) -> None:
    slept: list[float] = []
    database = Database(store, system_clock, sleep=slept.append)
    results = at_once(
        [partial(increment_many_times, database, f"counters/{n}") for n in range(THREADS)]
    )
    assert results == [list(range(1, ROUNDS + 1))] * THREADS
    assert slept == []


def test_without_preconditions_one_document_loses_counts(store: Store) -> None:
    """The negative control of the hot document."""
    database = Database(WithoutPreconditions(store), system_clock)
    at_once([partial(increment_many_times, database, "counters/hot")] * THREADS)
    [counter] = database.get("counters/hot")
    assert counter.data is not None
    assert counter.data["count"] < THREADS * ROUNDS


def go_off_call(tx: Transaction, pair: int, me: str) -> None:
    """The classic write skew: whoever sees the other on call may go; one must stay."""
    both = {name: f"doctors/{pair}{name}" for name in ("ada", "bob")}
    found = dict(zip(both, tx.get(*both.values()), strict=True))
    time.sleep(0.002)  # lets the other read before this commits
    if all(is_on_call(doctor) for doctor in found.values()):
        tx.merge(both[me], {"onCall": False})


def is_on_call(doctor: Snapshot) -> bool:
    return doctor.data is not None and doctor.data["onCall"]


def skewed_pairs(database: Database, store: Store, pairs: int) -> int:
    """How many pairs both went off call at once."""
    paths = [f"doctors/{pair}{name}" for pair in range(pairs) for name in ("ada", "bob")]
    store.commit([Write(path, "put", {"onCall": True}) for path in paths], seconds=5)
    for pair in range(pairs):
        results = at_once(
            [
                partial(database.run_transaction, partial(go_off_call, pair=pair, me=me))
                for me in ("ada", "bob")
            ]
        )
        assert results == [None, None]
    doctors = [is_on_call(doctor) for doctor in store.read(paths, seconds=5)]
    return sum(not ada and not bob for ada, bob in zip(doctors[::2], doctors[1::2], strict=True))


def test_no_write_skew(database: Database, store: Store) -> None:
    assert skewed_pairs(database, store, pairs=60) == 0


def test_without_the_checks_writes_skew(store: Store) -> None:
    """The negative control: each commit still guards the document that it writes."""
    database = Database(WithoutChecks(store), system_clock)
    assert skewed_pairs(database, store, pairs=20) > 10


def claim(tx: Transaction, me: int, wanted: str) -> bool:
    """Take a name if its two spellings are both free; writes only one of them."""
    spellings = tx.get("names/a", "names/b")
    time.sleep(0.002)  # lets the others read before this commits
    if any(spelling.exists for spelling in spellings):
        return False
    tx.create(f"names/{wanted}", {"by": me})
    return True


def claims(database: Database) -> int:
    calls = [
        partial(database.run_transaction, partial(claim, me=me, wanted="ab"[me % 2]))
        for me in range(8)
    ]
    return at_once(calls).count(True)


def test_a_document_that_was_absent_cannot_appear_before_the_commit(database: Database) -> None:
    assert claims(database) == 1


def test_without_the_checks_phantoms_appear(store: Store) -> None:
    """The negative control: both spellings are taken."""
    database = Database(WithoutChecks(store), system_clock)
    for _ in range(10):
        if claims(database) > 1:
            return
        store.commit([Write(f"names/{name}", "delete") for name in "ab"], seconds=5)
    pytest.fail("no phantom appeared: the test above shows nothing")
