"""The whole way over HTTP: Stripe tells of a subscription twice, late, shuffled; one end."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from firetill.errors import AlreadySubscribed
from firetill.subscriptions import learning
from tests.factories import NOON, at_once
from tests.integration.subscriptions.subscribers import Subscribers
from tests.integration.till import SECRET, USER, door

MISHAPS: dict[str, dict[str, Any]] = {
    "as promised": {},
    "twice": {"copies": 2},
    "shuffled": {"shuffle_window": 60, "seed": 1},
    "shuffled twice": {"shuffle_window": 60, "copies": 2, "seed": 2},
    "invoices last": {"late_seconds": 0.4, "late_types": ["invoice.*"]},
    "subscriptions last": {"late_seconds": 0.4, "late_types": ["customer.*"]},
}


def _renewed(shop: Subscribers) -> tuple[str, int]:
    made = shop.subscribe("pro").subscription_id
    assert made is not None
    shop.pay(made)
    shop.later(days=32)
    shop.later(days=31)
    return "pro", 4_500


def _upgraded(shop: Subscribers) -> tuple[str, int]:
    shop.change(f"users/{USER}", {"trialUsedAt": shop.till.clock.instant})
    made = shop.subscribe("plus").subscription_id
    assert made is not None
    shop.pay(made)
    learning.sync(shop.till.database, shop.till.stripe, made)
    shop.subscribe("pro", key="sub-2")
    return "pro", 1_500


def _refunded_and_canceled(shop: Subscribers) -> tuple[str, int]:
    made = shop.subscribe("pro").subscription_id
    assert made is not None
    intent = shop.pay(made)
    shop.till.refund(intent, 500)
    shop.till.refund(intent, 500)
    shop.till.operator.v1.subscriptions.cancel(made)
    return "free", 1_500 - 1_500 * 1_000 // 1_999


def _given_up(shop: Subscribers) -> tuple[str, int]:
    made = shop.subscribe("pro").subscription_id
    assert made is not None
    shop.pay(made)
    shop.till.double.set_payment_method(shop.customer(), "pm_card_chargeCustomerFail")
    shop.later(days=60)
    return "free", 1_500


@pytest.mark.parametrize("mishap", MISHAPS)
@pytest.mark.parametrize("story", [_renewed, _upgraded, _refunded_and_canceled, _given_up])
def test_every_delivery_ends_the_same(
    shop: Subscribers,
    monkeypatch: pytest.MonkeyPatch,
    story: Callable[[Subscribers], tuple[str, int]],
    mishap: str,
) -> None:
    with door(shop.till, monkeypatch) as url:
        shop.till.double.set_delivery(paused=True, **MISHAPS[mishap])
        shop.till.double.send_to(url, SECRET)
        expected = story(shop)
        # The months have gone by at Stripe's account and here, not for what signs.
        ahead = int((shop.till.clock.instant - NOON).total_seconds())
        shop.till.double.set_delivery(paused=False, signature_offset_seconds=ahead)
        shop.till.double.flush()
        shop.till.double.wait_idle(30)
        shop.till.double.send_to(None)
    assert (shop.tier(), shop.credits()) == expected
    assert {one.result for one in shop.handle_all()} == {"duplicate"}


def test_there_is_one_trial_whatever_comes_at_once(shop: Subscribers) -> None:
    answers = at_once([partial(shop.subscribe, "plus", key=f"sub-{n}") for n in range(6)])
    refused = [one for one in answers if isinstance(one, Exception)]
    assert {type(one) for one in refused} <= {AlreadySubscribed}
    states = [one["status"] for one in shop.till.double.objects("subscription")]
    assert states.count("trialing") == 1
    shop.handle_all()
    assert shop.tier() == "plus"
