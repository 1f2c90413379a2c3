import json
import time
from collections import Counter
from typing import Any

import pytest
import stripe

from local.stripe_double import StripeDouble
from tests.integration.stripe_double.shop import SECRET, Shop


def _outcomes(shop: Shop) -> list[tuple[str, str]]:
    shop.double.wait_idle()
    return [(entry["type"], entry["outcome"]) for entry in shop.double.deliveries()]


def _rejects(body: bytes, signature: str) -> bool:
    try:
        stripe.Webhook.construct_event(body, signature, SECRET)
    except stripe.SignatureVerificationError:
        return True
    return False


def test_the_sdk_accepts_what_is_delivered(shop: Shop) -> None:
    intent = shop.order("the-key", metadata={"userId": "u1"})
    shop.double.wait_idle()
    [event] = shop.receiver.events()
    assert (event.type, event.livemode, event.api_version) == (
        "payment_intent.created",
        False,
        stripe.api_version,
    )
    assert event.data.object.to_dict() == intent.to_dict()
    assert event.request.idempotency_key == "the-key"
    headers = intent.last_response.headers if intent.last_response else {}
    assert event.request.id == headers["Request-Id"]
    assert event.pending_webhooks == 1
    assert shop.client.v1.events.retrieve(event.id).pending_webhooks == 0


def test_an_event_is_a_snapshot(shop: Shop) -> None:
    shop.double.set_delivery(paused=True)
    shop.paid()
    shop.double.set_delivery(paused=False)
    shop.double.wait_idle()
    statuses = {event.type: event.data.object.status for event in shop.receiver.events()}
    assert statuses["payment_intent.created"] == "requires_payment_method"
    assert statuses["payment_intent.succeeded"] == "succeeded"


def test_a_refused_delivery_is_signed_and_sent_again(shop: Shop) -> None:
    shop.receiver.answers += [500, 302]
    shop.order()
    shop.double.wait_idle()
    assert len(shop.receiver.received) == 3
    assert len({body for body, _ in shop.receiver.received}) == 1
    assert len(shop.receiver.events()) == 3
    log = shop.double.deliveries()
    assert [(entry["attempt"], entry["status"]) for entry in log] == [(1, 500), (2, 302), (3, 200)]
    assert [entry["outcome"] for entry in log] == ["refused", "refused", "delivered"]


def test_an_event_is_given_up_in_the_end(shop: Shop) -> None:
    shop.receiver.answers += [500] * 9
    intent = shop.order()
    assert shop.told() == ["payment_intent.created"] * 3
    [event] = shop.client.v1.events.list({"delivery_success": False}).data
    assert event.data.object["id"] == intent.id


def test_nobody_answers() -> None:
    with StripeDouble(webhook_url="http://127.0.0.1:9/", retry_delays=()) as nobody:
        nobody.forge("ping", {"object": "thing"})
        nobody.wait_idle()
        assert [entry["outcome"] for entry in nobody.deliveries()] == ["unreachable"]


def test_a_slow_endpoint_times_out(shop: Shop) -> None:
    with StripeDouble(
        webhook_url=shop.receiver.url, retry_delays=(), delivery_timeout_seconds=0.1
    ) as hasty:
        shop.receiver.pause_seconds = 0.5
        hasty.forge("ping", {"object": "thing"})
        hasty.wait_idle()
        assert [entry["outcome"] for entry in hasty.deliveries()] == ["timed_out"]


def test_without_an_endpoint_events_are_only_recorded() -> None:
    with StripeDouble() as alone:
        alone.forge("ping", {"object": "thing"})
        alone.wait_idle()
        assert alone.deliveries() == []
        assert len(alone.objects("event")) == 1


def test_copies(shop: Shop) -> None:
    shop.double.set_delivery(copies=3)
    shop.order()
    assert shop.told() == ["payment_intent.created"] * 3
    assert len({event.id for event in shop.receiver.events()}) == 1


def test_late_types_arrive_after_the_rest(shop: Shop) -> None:
    shop.double.set_delivery(late_seconds=1, late_types=["payment_intent.created"])
    shop.paid()
    assert shop.told() == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "payment_intent.created",
    ]


def _shuffled(shop: Shop, seed: int) -> list[str]:
    shop.double.set_delivery(shuffle_window=6, seed=seed)
    shop.receiver.received.clear()
    shop.paid()
    shop.paid()
    return shop.told()


def test_a_window_is_shuffled_the_same_way_each_time(shop: Shop) -> None:
    orders = [_shuffled(shop, seed) for seed in (1, 1, 2, 3)]
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in orders}) > 1
    assert all(Counter(order) == Counter(orders[0]) for order in orders)


def test_an_unfilled_window_goes_after_its_wait(shop: Shop) -> None:
    shop.double.set_delivery(shuffle_window=100, shuffle_wait_seconds=0.05)
    shop.order()
    deadline = time.monotonic() + 5
    while not shop.double.deliveries() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert shop.receiver.types() == ["payment_intent.created"]


@pytest.mark.parametrize(
    ("switches", "lost"),
    [
        (
            {"lose_types": ["payment_intent.*"]},
            {"payment_intent.created", "payment_intent.succeeded"},
        ),
        ({"lose_next": 2}, {"payment_intent.created", "charge.succeeded"}),
        ({"lose_next": 1, "lose_types": ["charge.*"]}, {"charge.succeeded"}),
        (
            {"lose_probability": 1.0},
            {"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"},
        ),
    ],
)
def test_lost_events(shop: Shop, switches: dict[str, Any], lost: set[str]) -> None:
    shop.double.set_delivery(**switches)
    shop.paid()
    outcomes = _outcomes(shop)
    assert {kind for kind, outcome in outcomes if outcome == "lost"} == lost
    assert {kind for kind, outcome in outcomes if outcome == "delivered"}.isdisjoint(lost)
    assert len(outcomes) == 3


def test_losing_by_chance_repeats_with_the_seed(shop: Shop) -> None:
    histories = []
    for _ in range(2):
        shop.double.reset()
        shop.double.set_delivery(lose_probability=0.5, seed=4)
        for _ in range(5):
            shop.paid()
        histories.append(sorted(_outcomes(shop)))
    assert histories[0] == histories[1]
    assert {outcome for _, outcome in histories[0]} == {"lost", "delivered"}


def test_a_pause_holds_until_flushed(shop: Shop) -> None:
    shop.double.set_delivery(paused=True)
    shop.order()
    assert shop.told() == []
    assert shop.double.flush() == 1
    assert shop.told() == ["payment_intent.created"]
    shop.order()
    assert len(shop.told()) == 1
    shop.double.reset_delivery()
    assert len(shop.told()) == 2


def test_redeliver_a_lost_event(shop: Shop) -> None:
    shop.double.set_delivery(lose_probability=1.0)
    shop.order()
    [event] = shop.double.objects("event")
    shop.double.redeliver(event["id"])
    assert shop.told() == ["payment_intent.created"]
    assert shop.receiver.events()[0].id == event["id"]


@pytest.mark.parametrize(
    "switches", [{"signing_secret": "whsec_other"}, {"signature_offset_seconds": -301}]
)
def test_bad_signatures_are_bad(shop: Shop, switches: dict[str, Any]) -> None:
    shop.double.set_delivery(**switches)
    shop.order()
    shop.double.wait_idle()
    assert [_rejects(*one) for one in shop.receiver.received] == [True]
    shop.double.reset_delivery()
    shop.order()
    shop.double.wait_idle()
    assert [_rejects(*one) for one in shop.receiver.received] == [True, False]


def test_a_future_timestamp_is_sent(shop: Shop) -> None:
    shop.double.set_delivery(signature_offset_seconds=3600)
    shop.order()
    shop.double.wait_idle()
    [(_, signature)] = shop.receiver.received
    sent_at = int(signature.partition(",")[0].removeprefix("t="))
    assert 3590 <= sent_at - shop.double.deliveries()[0]["at"] <= 3601


def test_a_forged_event_is_signed_properly(shop: Shop) -> None:
    intent = shop.order()
    lie = {**intent.to_dict(), "amount": 1, "status": "succeeded"}
    forged = shop.double.forge(
        "payment_intent.succeeded", lie, overrides={"id": "evt_mine", "livemode": True}
    )
    shop.double.wait_idle()
    seen = shop.receiver.events()[-1]
    assert (seen.id, seen.livemode, seen.data.object.amount) == ("evt_mine", True, 1)
    assert shop.client.v1.events.retrieve("evt_mine").to_dict()["type"] == forged["type"]
    shop.double.forge("ping", lie, overrides={"id": "evt_unlisted"}, listed=False)
    assert shop.told()[-1] == "ping"
    with pytest.raises(stripe.InvalidRequestError):
        shop.client.v1.events.retrieve("evt_unlisted")


def test_any_body_can_be_posted(shop: Shop) -> None:
    shop.receiver.answers += [400]
    answered = shop.double.post_webhook("{not json")
    assert (answered["outcome"], answered["status"]) == ("refused", 400)
    shop.double.post_webhook("{}", secret="whsec_other")
    shop.double.post_webhook("{}", header="nonsense")
    shop.double.post_webhook(json.dumps({"object": "event"}), offset_seconds=-400)
    bodies = [body for body, _ in shop.receiver.received]
    assert bodies[0] == b"{not json"
    assert [_rejects(*one) for one in shop.receiver.received[1:]] == [True, True, True]


def test_live_mode(shop: Shop) -> None:
    shop.double.set_livemode(on=True)
    shop.order()
    shop.double.set_livemode(on=False)
    shop.order()
    shop.double.wait_idle()
    modes = [(event.livemode, event.data.object.livemode) for event in shop.receiver.events()]
    assert modes == [(True, True), (False, False)]


def test_another_endpoint(shop: Shop) -> None:
    shop.double.send_to(f"{shop.receiver.url}/second", "whsec_second")
    shop.order()
    shop.double.wait_idle()
    assert [_rejects(*one) for one in shop.receiver.received] == [True]


def test_waiting_has_an_end(shop: Shop) -> None:
    shop.double.set_delivery(late_seconds=30)
    shop.order()
    with pytest.raises(TimeoutError, match="1 deliveries"):
        shop.double.wait_idle(0.05)


def test_switches_must_make_sense(shop: Shop) -> None:
    bad: list[dict[str, Any]] = [{"copies": 0}, {"late_seconds": -1}, {"lose_probability": 2}]
    for switches in bad:
        with pytest.raises(ValueError, match="must"):
            shop.double.set_delivery(**switches)
    with pytest.raises(TypeError):
        shop.double.set_delivery(speed=3)


def test_several_workers_deliver_at_once(shop: Shop) -> None:
    with StripeDouble(webhook_url=shop.receiver.url, webhook_secret=SECRET, workers=4) as parallel:
        shop.receiver.pause_seconds = 0.3
        parallel.set_delivery(copies=4)
        parallel.forge("ping", {"object": "thing"})
        parallel.set_delivery(paused=True)
        parallel.wait_idle()
        assert len(parallel.deliveries()) == 1
        shop.receiver.received.clear()
        Shop(parallel, shop.receiver).order()
        parallel.flush()
        parallel.wait_idle()
        began = [entry["at"] - entry["seconds"] for entry in parallel.deliveries()[1:]]
        assert len(began) == 4
        assert max(began) - min(began) < 0.6
