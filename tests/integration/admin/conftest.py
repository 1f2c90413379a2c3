"""An administrator's office: a database in a time that the tests move, and who has accounts."""

from collections.abc import Iterator

import pytest

from firetill.database import Database, Store
from tests.factories import ManualClock
from tests.integration.shop import Shop
from tests.integration.tickets.holders import People
from tests.integration.till import Till, opened


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def db(store: Store, clock: ManualClock) -> Database:
    return Database(store, clock)


@pytest.fixture
def people() -> People:
    return People()


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
