from collections.abc import Iterator

import pytest

from local.stripe_double import StripeDouble
from tests.integration.stripe_double.shop import SECRET, Shop, listening


@pytest.fixture
def shop() -> Iterator[Shop]:
    with (
        listening() as receiver,
        StripeDouble(
            webhook_url=receiver.url,
            webhook_secret=SECRET,
            seed=1,
            retry_delays=(0.02, 0.05),
            delivery_timeout_seconds=2,
        ) as double,
    ):
        yield Shop(double, receiver)
