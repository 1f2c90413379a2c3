"""The outbox on the emulator, in a time that the tests move."""

import pytest

from firetill.database import Database, Store
from tests.factories import ManualClock
from tests.integration.notifications.postman import Accounts, Postman


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def database(store: Store, clock: ManualClock) -> Database:
    """The database over `store`, at the time of `clock`."""
    return Database(store, clock)


@pytest.fixture
def post() -> Postman:
    """Carries e-mail, and pushes too."""
    return Postman()


@pytest.fixture
def accounts() -> Accounts:
    return Accounts({"ada": "ada@mail.example"})
