"""Metered actions on the emulator, in a time that the tests move."""

import pytest

from firetill.database import Database, Store
from tests.factories import ManualClock
from tests.integration.metering.desk import Oracle, Tray


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def database(store: Store, clock: ManualClock) -> Database:
    """The database over `store`, at the time of `clock`."""
    return Database(store, clock)


@pytest.fixture
def tray() -> Tray:
    return Tray()


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()
