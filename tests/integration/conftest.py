"""Fixtures over the shared Firestore emulator."""

import pytest

from firetill.clock import system_clock
from firetill.database import Database, Store
from firetill.firestore import connect_emulator
from local.emulators import FirestoreEmulator
from tests.metering import Meter


@pytest.fixture
def metered() -> Meter:
    """Counts what `store` and `database` ask of Firestore."""
    return Meter()


@pytest.fixture
def store(firestore_emulator: FirestoreEmulator, project_id: str, metered: Meter) -> Store:
    """This test's own, empty Firestore."""
    return connect_emulator(firestore_emulator.address, project_id, metered)


@pytest.fixture
def database(store: Store) -> Database:
    """The database over `store`, with the real time and the real patience."""
    return Database(store, system_clock)
