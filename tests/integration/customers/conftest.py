"""A till on the emulator."""

from collections.abc import Iterator

import pytest

from firetill.database import Store
from tests.integration.till import Till, opened


@pytest.fixture
def till(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    """Has a Stripe of its own; the time stands still."""
    with opened(store, monkeypatch) as till:
        yield till
