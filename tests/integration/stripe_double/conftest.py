from collections.abc import Iterator

import pytest

from tests.integration.stripe_double.shop import Shop, opened


@pytest.fixture
def shop() -> Iterator[Shop]:
    with opened() as shop:
        yield shop
