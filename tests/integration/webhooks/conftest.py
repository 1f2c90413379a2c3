"""Where the webhooks of a till on the emulator go."""

from collections.abc import Iterator

import pytest

from tests.integration.till import Till, door


@pytest.fixture
def url(till: Till, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where Stripe's webhooks go, once a test sends them there."""
    with door(till, monkeypatch) as url:
        yield url
