"""Transactions that start from what an earlier one left, and those that waive a check."""

from collections.abc import Sequence

import pytest

from firetill.database import Database, Query, Snapshot, Transaction, Version, Write
from firetill.errors import NotOwner
from tests.factories import ManualClock
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.simulation.memory_store import MemoryStore


class Counting(MemoryStore):
    """Counts the batches that were read, and keeps what was committed."""

    def __init__(self) -> None:
        super().__init__()
        self.batches = 0
        self.commits: list[Sequence[Write]] = []

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        self.commits.append(writes)
        return super().commit(writes, seconds=seconds)

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        self.batches += 1
        return super().read(paths, seconds=seconds)


@pytest.fixture
def store() -> Counting:
    return Counting()


@pytest.fixture
def database(store: Counting) -> Database:
    return Database(store, ManualClock(), sleep=lambda _: None)


def begin(tx: Transaction) -> None:
    tx.get("a/1", "a/2")
    tx.merge("a/1", {"step": 1, "kept": True})
    tx.create("a/3", {"step": 1})


def go_on(tx: Transaction) -> int:
    one, three = tx.get("a/1", "a/3")
    assert one.data is not None
    assert three.data is not None
    tx.merge("a/1", {"step": one.data["step"] + 1})
    tx.merge("a/3", {"step": three.data["step"] + 1})
    return int(one.data["step"])


def test_the_next_transaction_starts_from_what_the_last_one_wrote(
    database: Database, store: Counting
) -> None:
    begun = database.run(begin)
    batches = store.batches
    assert database.run_transaction(go_on, known=begun.documents.values()) == 1
    assert store.batches == batches
    assert store.everything() == {"a/1": {"step": 2, "kept": True}, "a/3": {"step": 2}}


def test_what_changed_meanwhile_is_read_afresh(database: Database, store: Counting) -> None:
    begun = database.run(begin)
    store.commit([Write("a/1", "put", {"step": 7}, mask=("step",))], seconds=1)
    assert database.run_transaction(go_on, known=begun.documents.values()) == 7
    assert store.everything()["a/1"] == {"step": 8, "kept": True}


def test_known_documents_are_held_against_the_store_when_nothing_is_written(
    database: Database, store: Counting
) -> None:
    begun = database.run(begin)
    store.commit([Write("a/1", "put", {"step": 7}, mask=("step",))], seconds=1)

    def look(tx: Transaction) -> int:
        return int((tx.get("a/1")[0].data or {})["step"])

    assert database.run_transaction(look, known=begun.documents.values()) == 7


def test_a_refusal_does_not_rest_on_what_was_known(database: Database, store: Counting) -> None:
    begun = database.run(begin)
    store.commit([Write("a/1", "put", {"step": 7}, mask=("step",))], seconds=1)

    def refuse(tx: Transaction) -> int:
        found = int((tx.get("a/1")[0].data or {})["step"])
        if found == 1:
            raise NotOwner
        return found

    assert database.run_transaction(refuse, known=begun.documents.values()) == 7


def test_a_lost_reply_leaves_nothing_known(store: Counting) -> None:
    faulty = FaultyStore(store, Script(commit=[LOST_REPLY]))
    database = Database(faulty, ManualClock(), sleep=lambda _: None)

    def once(tx: Transaction) -> None:
        [found] = tx.get("a/1")
        if not found.exists:
            tx.create("a/1", {"step": 1})

    assert database.run(once).documents == {}


def waiving(tx: Transaction) -> None:
    tx.waive("settings/1")
    _, counter = tx.get("settings/1", "counters/1")
    tx.merge("counters/1", {"n": (counter.data or {}).get("n", 0) + 1})


def test_a_waived_document_carries_no_check(database: Database, store: Counting) -> None:
    database.run_transaction(waiving)
    assert [(write.path, write.kind) for write in store.commits[-1]] == [("counters/1", "put")]


def test_a_waived_document_that_is_written_is_guarded_all_the_same(
    database: Database, store: Counting
) -> None:
    store.commit([Write("settings/1", "put", {"n": 1})], seconds=1)
    interruptions = [lambda: store.commit([Write("settings/1", "put", {"n": 10})], seconds=1)]

    def body(tx: Transaction) -> None:
        tx.waive("settings/1")
        [found] = tx.get("settings/1")
        if interruptions:
            interruptions.pop()()
        tx.merge("settings/1", {"n": (found.data or {})["n"] + 1})

    database.run_transaction(body)
    assert store.everything()["settings/1"] == {"n": 11}


def test_a_group_is_every_collection_of_its_id(database: Database, store: Counting) -> None:
    for path in ("events/1/scans/a", "events/2/scans/b", "scans/c", "events/1/other/d"):
        store.commit([Write(path, "put", {"id": path[-1]})], seconds=1)
    query = Query("scans", 10, where=(("id", ">=", "a"),), order_by=(("id", "asc"),), group=True)
    assert [found.path for found in database.query(query)] == [
        "events/1/scans/a",
        "events/2/scans/b",
        "scans/c",
    ]
