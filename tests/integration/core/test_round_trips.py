"""Round trips and billed documents of one transaction, counted at the gRPC channel."""

from collections.abc import Callable
from typing import Any

import pytest

from firetill.clock import system_clock
from firetill.database import Database, Query, Store, Transaction, Write
from firetill.errors import NotOwner
from firetill.firestore import connect_emulator
from local.emulators import FirestoreEmulator
from tests.faults import ABORTED, FaultInterceptor, Script
from tests.metering import Meter, Usage


@pytest.fixture(autouse=True)
def documents(store: Store) -> None:
    store.commit([Write(f"a/{number}", "put", {"n": number}) for number in range(3)], seconds=5)


def read_only(tx: Transaction) -> None:
    tx.get("a/0", "a/1", "a/absent")


def read_and_write(tx: Transaction) -> None:
    tx.get("a/0", "a/1", "a/2", "a/absent", "a/absent too")
    tx.merge("a/0", {"n": 5})
    tx.merge("a/absent", {"n": 5})
    tx.delete("a/1")
    tx.create("a/new", {"n": 5})


def create_unread(tx: Transaction) -> None:
    tx.create("a/new", {})


def read_in_two_batches(tx: Transaction) -> None:
    tx.get("a/0")
    tx.get("a/1", "a/absent", "a/0")


def write_in_two_batches(tx: Transaction) -> None:
    read_in_two_batches(tx)
    tx.merge("a/0", {"n": 5})


def nothing(_: Transaction) -> None:
    pass


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (nothing, Usage()),
        (read_only, Usage(round_trips=1, reads=3)),
        (create_unread, Usage(round_trips=1, writes=1)),
        (read_and_write, Usage(round_trips=2, reads=5, writes=3, deletes=1, checks=2)),
        (read_in_two_batches, Usage(round_trips=3, reads=3, checks=3)),
        (write_in_two_batches, Usage(round_trips=3, reads=3, writes=1, checks=2)),
    ],
)
def test_what_a_transaction_costs(
    database: Database, metered: Meter, body: Callable[[Transaction], Any], expected: Usage
) -> None:
    with metered.measure() as used:
        database.run_transaction(body)
    assert used == expected


def test_a_refusal_after_one_batch_costs_that_batch_alone(
    database: Database, metered: Meter
) -> None:
    def body(tx: Transaction) -> None:
        read_and_write(tx)
        raise NotOwner

    with metered.measure() as used, pytest.raises(NotOwner):
        database.run_transaction(body)
    assert used == Usage(round_trips=1, reads=5)


@pytest.mark.parametrize(("limit", "reads"), [(2, 2), (9, 3)])
def test_a_query_is_billed_for_what_it_returns(
    database: Database, metered: Meter, limit: int, reads: int
) -> None:
    with metered.measure() as used:
        database.query(Query("a", limit))
    assert used == Usage(round_trips=1, reads=reads)


def test_a_query_that_finds_nothing_is_billed_one_read(database: Database, metered: Meter) -> None:
    with metered.measure() as used:
        database.query(Query("nowhere", 9))
    assert used == Usage(round_trips=1, reads=1)


def test_what_did_not_commit_is_billed_no_writes(
    firestore_emulator: FirestoreEmulator, project_id: str
) -> None:
    meter, faults = Meter(), FaultInterceptor(Script(commit=[ABORTED]))
    store = connect_emulator(firestore_emulator.address, project_id, meter, faults)
    with meter.measure() as used:
        Database(store, system_clock).run_transaction(read_and_write)
    assert used == Usage(round_trips=4, reads=10, writes=3, deletes=1, checks=2)
