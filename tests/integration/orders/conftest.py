"""A shop on the emulator."""

from collections.abc import Iterator

import pytest

from firetill.database import Store
from tests.integration.shop import Shop
from tests.integration.till import Till, opened


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
