"""A crash or a fault between any two steps heals with the same key, or by the job."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from firetill import operations
from firetill.customers import service as customers
from firetill.database import Database, Store
from firetill.errors import PaymentProviderUnavailable
from firetill.stripe_gateway import StripeGateway
from firetill.subscriptions import learning, service
from tests.factories import at_once
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.integration.subscriptions.subscribers import Subscribers
from tests.integration.till import USER

Act = Callable[[Subscribers], object]


class Crash(BaseException):
    """The process dies; nothing catches it."""


def _create(shop: Subscribers) -> object:
    return shop.subscribe("plus")


def _page(shop: Subscribers) -> object:
    return shop.subscribe("plus", "checkout")


def _upgrade(shop: Subscribers) -> object:
    return shop.subscribe("pro", key="sub-2")


def _cancel(shop: Subscribers) -> object:
    return shop.cancel("now")


ACTS: dict[str, tuple[Act, tuple[str, ...]]] = {
    "create": (_create, ("create_subscription",)),
    "page": (_page, ("create_subscription_page",)),
    "upgrade": (_upgrade, ("change_subscription",)),
    "cancel": (_cancel, ("cancel_subscription",)),
}


def _ready(shop: Subscribers, name: str) -> None:
    """Let there be something to change or to cancel."""
    if name in {"upgrade", "cancel"}:
        shop.subscribed_to_plus()
        assert (shop.tier(), shop.credits()) == ("plus", 500)


def _holds(shop: Subscribers, name: str) -> None:
    """What has to be true at the end, however it was reached."""
    shop.handle_all()
    made = shop.till.double.objects("subscription")
    if name == "page":
        assert len(shop.till.double.objects("checkout.session")) == 1
        return
    assert len(made) == 1
    paid = [one for one in shop.till.double.objects("invoice") if one["amount_paid"]]
    tier, gained, charges = {
        "create": ("plus", 0, 0),
        "upgrade": ("pro", 1_500, 2),
        "cancel": ("free", 500, 1),
    }[name]
    assert (shop.tier(), len(paid)) == (tier, charges)
    assert shop.till.wallet().credits == gained


def _broken(monkeypatch: pytest.MonkeyPatch, method: str, *, after: bool) -> None:
    honest = getattr(StripeGateway, method)

    def crash(*args: Any, **named: Any) -> None:
        if after:
            honest(*args, **named)
        raise Crash

    monkeypatch.setattr(StripeGateway, method, crash)


@pytest.mark.parametrize("by_job", [False, True], ids=["retry", "job"])
@pytest.mark.parametrize("after", [False, True], ids=["before Stripe", "after Stripe"])
@pytest.mark.parametrize("name", ACTS)
def test_a_crash_around_stripe(
    shop: Subscribers, monkeypatch: pytest.MonkeyPatch, name: str, *, after: bool, by_job: bool
) -> None:
    act, methods = ACTS[name]
    _ready(shop, name)
    for method in methods:
        with monkeypatch.context() as broken:
            _broken(broken, method, after=after)
            with pytest.raises(Crash):
                act(shop)
    found = shop.till.database.query(
        operations.pending(shop.till.clock.instant + timedelta(hours=1), limit=10)
    )
    assert len(found) == 1
    if by_job:
        assert service.finish(shop.till.database, shop.till.stripe, found[0])
    else:
        act(shop)
    _holds(shop, name)
    assert act(shop) == act(shop)


@pytest.mark.parametrize("name", ACTS)
def test_a_crash_after_the_last_commit(
    shop: Subscribers, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    act, _ = ACTS[name]
    _ready(shop, name)

    def crash(*_: Any, **__: Any) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(learning, "sync", crash)
        if name == "page":
            act(shop)
        else:
            with pytest.raises(Crash):
                act(shop)
    _holds(shop, name)


@pytest.mark.parametrize("commit", range(3))
@pytest.mark.parametrize("name", ACTS)
def test_a_lost_reply(shop: Subscribers, store: Store, name: str, commit: int) -> None:
    act, _ = ACTS[name]
    _ready(shop, name)
    script = Script(commit=[*[None] * commit, LOST_REPLY])
    shop.till.database = Database(FaultyStore(store, script), shop.till.clock)
    act(shop)
    _holds(shop, name)


@pytest.mark.parametrize(
    ("kind", "details"),
    [("refuse", {"status": 429}), ("refuse", {"status": 500, "saved": True}), ("lose_reply", {})],
    ids=["busy", "failed", "reply lost"],
)
@pytest.mark.parametrize("name", ACTS)
def test_stripe_fails_and_the_same_key_goes_on(
    shop: Subscribers, name: str, kind: str, details: dict[str, Any]
) -> None:
    act, _ = ACTS[name]
    _ready(shop, name)
    customers.ensure(shop.till.database, shop.till.stripe, USER)
    method, path = {
        "create": ("POST", "/v1/subscriptions"),
        "page": ("POST", "/v1/checkout/sessions"),
        "upgrade": ("POST", "/v1/subscriptions/"),
        "cancel": ("DELETE", "/v1/subscriptions/"),
    }[name]
    if path.endswith("/"):
        path += shop.till.double.objects("subscription")[0]["id"]
    shop.till.double.fault(kind, method=method, path=path, **details)
    with pytest.raises(PaymentProviderUnavailable):
        act(shop)
    act(shop)
    _holds(shop, name)


def test_a_customer_that_stripe_has_lost(shop: Subscribers) -> None:
    lost = customers.ensure(shop.till.database, shop.till.stripe, USER)
    shop.till.operator.v1.customers.delete(lost)
    with pytest.raises(PaymentProviderUnavailable):
        shop.subscribe("plus")
    assert shop.state().trial_available
    assert shop.subscribe("plus").status == "created"
    assert shop.customer() != lost
    assert shop.tier() == "plus"


def test_a_page_that_is_refused_leaves_the_trial_of_another_request(
    shop: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asleep(*_: object, **__: object) -> None:
        raise PaymentProviderUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(shop.till.stripe, "create_subscription_page", asleep)
        with pytest.raises(PaymentProviderUnavailable):
            shop.subscribe("plus", "checkout", key="page")
    assert shop.state().trial_available
    shop.later(minutes=1)
    shop.subscribe("plus", key="app")
    assert not shop.state().trial_available
    shop.till.operator.v1.customers.delete(shop.customer())
    with pytest.raises(PaymentProviderUnavailable):
        shop.subscribe("plus", "checkout", key="page")
    assert not shop.state().trial_available


def test_the_same_key_from_many_threads_makes_one(shop: Subscribers) -> None:
    answers = at_once([lambda: shop.subscribe("plus")] * 8)
    assert len({repr(one) for one in answers}) == 1
    assert len(shop.till.double.objects("subscription")) == 1
    shop.handle_all()
    assert shop.tier() == "plus"


_MADE_BY = "/v1/subscriptions"


@pytest.mark.parametrize(
    "faults",
    [
        [{"kind": "refuse_after", "status": 500}],
        [{"kind": "lose_reply"}, {"kind": "refuse", "status": 502}],
    ],
    ids=["made, and answered 500", "made, its reply lost, then a 502"],
)
@pytest.mark.parametrize("by_job", [False, True], ids=["retry", "job"])
def test_a_trial_that_a_failing_call_had_begun_is_found(
    faults: list[dict[str, Any]], *, by_job: bool, shop: Subscribers
) -> None:
    for fault in faults:
        shop.till.double.fault(**fault, path=_MADE_BY, method="POST")
        with pytest.raises(PaymentProviderUnavailable):
            shop.subscribe("plus")
    if by_job:
        until = shop.till.clock.instant + timedelta(hours=1)
        [found] = shop.till.database.query(operations.pending(until, limit=10))
        assert service.finish(shop.till.database, shop.till.stripe, found)
    again = shop.subscribe("plus")
    [made] = shop.till.double.objects("subscription")
    assert made["status"] == "trialing"
    assert (again.subscription_id, again.client_secret is not None) == (made["id"], True)
    shop.handle_all()
    assert shop.tier() == "plus"


def test_a_key_that_stripe_has_forgotten_begins_no_second_trial(shop: Subscribers) -> None:
    shop.till.double.fault("lose_reply", path=_MADE_BY, method="POST")
    with pytest.raises(PaymentProviderUnavailable):
        shop.subscribe("plus")
    shop.later(hours=25)
    shop.subscribe("plus")
    assert len(shop.till.double.objects("subscription")) == 1


def test_a_trial_that_was_canceled_before_anybody_knew_of_it_is_none_to_begin_again(
    shop: Subscribers,
) -> None:
    shop.till.double.fault("refuse_after", status=500, path=_MADE_BY, method="POST")
    with pytest.raises(PaymentProviderUnavailable):
        shop.subscribe("plus")
    [made] = shop.till.double.objects("subscription")
    shop.till.operator.v1.subscriptions.cancel(made["id"])
    assert shop.subscribe("plus").subscription_id == made["id"]
    shop.handle_all()
    assert len(shop.till.double.objects("subscription")) == 1
    assert (shop.tier(), shop.state().trial_available) == ("free", False)
