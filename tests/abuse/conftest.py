"""The town, put back before each test."""

from collections.abc import Iterator

import pytest

from tests.abuse.town import Town, built, entered


@pytest.fixture(scope="session")
def built_town() -> Iterator[Town]:
    with built() as town:
        yield town


@pytest.fixture(scope="module")
def shared_town(built_town: Town) -> Iterator[Town]:
    """Tests of other modules make this process their own; so each module enters anew."""
    with entered(built_town):
        yield built_town


@pytest.fixture
def town(shared_town: Town) -> Iterator[Town]:
    """The town as it was; what a test did is undone."""
    shared_town.store.restore(shared_town.before)
    yield shared_town
    shared_town.store.restore(shared_town.before)
