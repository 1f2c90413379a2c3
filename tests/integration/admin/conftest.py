"""An administrator's office: a database in a time that the tests move, and who has accounts."""

import pytest

from firetill.database import Database, Store
from tests.factories import ManualClock
from tests.integration.tickets.holders import People


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def db(store: Store, clock: ManualClock) -> Database:
    return Database(store, clock)


@pytest.fixture
def people() -> People:
    return People()
