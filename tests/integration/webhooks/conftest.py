"""A till on the emulator."""

from collections.abc import Iterator

import pytest

from firetill.database import Store
from tests.integration.till import Till, door, opened


@pytest.fixture
def till(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    """Sells credit packs through a Stripe of its own; the time stands still."""
    with opened(store, monkeypatch) as till:
        yield till


@pytest.fixture
def url(till: Till, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where Stripe's webhooks go, once a test sends them there."""
    with door(till, monkeypatch) as url:
        yield url
