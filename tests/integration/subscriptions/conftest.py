"""A subscriber on the emulator."""

from collections.abc import Iterator

import pytest

from firetill.database import Store
from tests.integration.subscriptions.subscribers import Subscribers
from tests.integration.till import opened


@pytest.fixture
def shop(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Subscribers]:
    """Sells subscriptions through a Stripe of its own; the time stands still until it is moved."""
    with opened(store, monkeypatch) as till:
        yield Subscribers(till)
