"""Two users with all that they have done."""

import pytest

from tests.integration.estates.lives import LEO, MAY, World, live
from tests.integration.shop import Shop
from tests.integration.till import opened
from tests.simulation.memory_store import MemoryStore


@pytest.fixture(scope="module")
def lived() -> World:
    """Leo and May have lived; nobody changes this world, but copies of it."""
    with pytest.MonkeyPatch.context() as patch:
        store = MemoryStore()
        with opened(store, patch) as till:
            shop = Shop(till)
            shop.event(50)
            shop.product(50)
            for user_id in (LEO, MAY):
                live(till, user_id)
        return World(store, till.clock)


@pytest.fixture
def world(lived: World) -> World:
    """A world of this test's own."""
    return lived.copied()
