"""A ledger in memory with two users, in a time that the tests move."""

from datetime import timedelta

import pytest

from firetill.database import Database
from firetill.ledger.model import Entry
from tests.factories import NOON, ManualClock
from tests.simulation.memory_store import MemoryStore
from tests.unit.upkeep.ledgers import (
    chain,
    write_ledger,
)

BEGUN = NOON - timedelta(hours=1)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def db(store: MemoryStore, clock: ManualClock) -> Database:
    return Database(store, clock)


@pytest.fixture
def ada(store: MemoryStore) -> list[Entry]:
    """Ada's nine entries, her wallet in order; nobody has verified them yet."""
    entries = chain("ada", 9, BEGUN)
    write_ledger(store, entries, chain("bob", 4, BEGUN))
    return entries
