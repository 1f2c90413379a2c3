"""Fixtures over the shared Firestore emulator."""

from collections.abc import Iterator

import pytest

from firetill.clock import system_clock
from firetill.database import Database, Store
from firetill.firestore import connect_emulator
from local.emulators import FirestoreEmulator
from tests.faults import WithoutPreconditions
from tests.integration.guards import Guard, guarded
from tests.integration.shop import Shop
from tests.integration.till import Till, opened
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


@pytest.fixture(params=[guarded, WithoutPreconditions])
def guard(request: pytest.FixtureRequest) -> Guard:
    """Leaves the guards in place, or takes them away."""
    guard: Guard = request.param
    return guard


@pytest.fixture
def holds(guard: Guard) -> bool:
    """Whether the promise is to hold."""
    return guard is guarded


@pytest.fixture
def till(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    """Sells through a Stripe of its own; the time stands still."""
    with opened(store, monkeypatch) as till:
        yield till


@pytest.fixture
def shop(till: Till) -> Shop:
    """Ten tickets at 25 dollars and ten posters at 15."""
    shop = Shop(till)
    shop.event(10)
    shop.product(10)
    return shop
