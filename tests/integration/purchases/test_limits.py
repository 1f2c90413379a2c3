"""How many purchases and orders one user may begin."""

import pytest

from firetill.errors import PackNotFound, RateLimited
from firetill.limits import LIMITS
from tests.integration.shop import POSTER, Shop
from tests.integration.till import Till

LIMIT = LIMITS["purchase"]


def test_one_purchase_too_many(till: Till) -> None:
    for number in range(LIMIT.times - 1):
        till.intent(key=f"buy-{number}")
    with pytest.raises(PackNotFound):
        till.intent("gold", key="no-such-pack")
    till.checkout(key="page-1")
    with pytest.raises(RateLimited) as refused:
        till.intent(key="one-more")
    assert refused.value.data == {"retryAfterSeconds": LIMIT.seconds}
    with pytest.raises(RateLimited):
        till.checkout(key="one-more")
    assert till.intent(key="buy-0").status == "already_created"
    assert till.document(f"operations/{'0' * 32}") is None

    till.clock.advance(seconds=LIMIT.seconds)
    assert till.intent(key="one-more").status == "created"


def test_one_order_too_many(till: Till) -> None:
    shop, limit = Shop(till), LIMITS["createOrder"]
    shop.product(1_000)
    for number in range(limit.times):
        order = shop.order(POSTER, key=f"order-{number}")
        shop.cancel(order.order_id, key=f"cancel-{number}")
    with pytest.raises(RateLimited):
        shop.order(POSTER, key="one-more")
    assert shop.order(POSTER, key="order-0").order_id
    assert shop.order(POSTER, key="one-more", user_id="bob").order_id
    till.clock.advance(seconds=limit.seconds)
    assert shop.order(POSTER, key="one-more").order_id
