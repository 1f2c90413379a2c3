from typing import Any

import httpx
import pytest
import stripe

from tests.integration.stripe_double.shop import Shop

_RETURN = "https://shop.example/account"


def test_a_customer_cancels_and_thinks_again(shop: Shop) -> None:
    customer = shop.subscriber()
    made = shop.subscribe(customer)
    other = shop.subscribe(shop.subscriber())
    session = shop.client.v1.billing_portal.sessions.create(
        {"customer": customer, "return_url": _RETURN}
    )
    page = httpx.get(session.url)
    assert f'value="cancel {made.id}"' in page.text
    assert other.id not in page.text
    canceled = httpx.post(session.url, data={"action": f"cancel {made.id}"})
    assert "ends with the period" in canceled.text
    ending = shop.subscription(made.id)
    assert (ending.cancel_at_period_end, ending.status) == (True, "active")
    httpx.post(session.url, data={"action": f"cancel {other.id}"})
    assert not shop.subscription(other.id).cancel_at_period_end
    httpx.post(session.url, data={"action": f"renew {made.id}"})
    assert not shop.subscription(made.id).cancel_at_period_end
    assert shop.told()[-2:] == ["customer.subscription.updated"] * 2
    back = httpx.post(session.url, data={"action": "return"})
    assert (back.status_code, back.headers["Location"]) == (303, _RETURN)


def test_the_portal_belongs_to_a_customer(shop: Shop) -> None:
    bad: list[tuple[dict[str, str], str]] = [
        ({}, "customer"),
        ({"customer": "cus_none"}, "customer"),
        ({"customer": shop.subscriber(None), "return_url": "nowhere"}, "return_url"),
    ]
    for params, param in bad:
        wanted: Any = params
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.client.v1.billing_portal.sessions.create(wanted)
        assert refused.value.param == param
    assert httpx.get(f"{shop.double.url}/c/portal/bps_none").status_code == 404
