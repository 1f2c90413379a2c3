"""The daily look at Stripe: lost webhooks are made good, what nothing explains is reported."""

import json
from typing import Any

import pytest

from firetill.database import Query, Store
from firetill.upkeep import stripe_reconciliation, stripe_rules
from firetill.upkeep.application import Application
from firetill.upkeep.model import Run
from firetill.upkeep.rehearsal import Rehearsal
from firetill.webhooks.rules import EVENT_TYPES
from tests.integration.admin.desk import write
from tests.integration.shop import TICKET, Shop
from tests.integration.till import Till


def reconcile(till: Till, **more: Any) -> Run:
    run = stripe_reconciliation.reconcile_stripe(till.database, till.stripe, till.hands, **more)
    assert (run.outcome, run.failed) == ("finished", 0), run
    return run


def later(till: Till) -> None:
    till.clock.advance(minutes=11)


def hear_all(till: Till) -> None:
    for event in till.events():
        till.handle(event)


def drifts(till: Till) -> list[tuple[str, str]]:
    found = [one.data or {} for one in till.database.query(Query("auditLog", 99))]
    return [
        (one["paymentIntentId"], one["drift"]) for one in found if one["kind"] == "stripe_drift"
    ]


def alerts(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line[0] == "{"]
    return [line["alert"] for line in lines if line.get("alert")]


def test_stripe_takes_so_many_types() -> None:
    assert len(EVENT_TYPES) <= 20


def test_a_payment_whose_webhook_was_lost_is_credited(
    till: Till, capsys: pytest.CaptureFixture[str]
) -> None:
    payment = till.intent().purchase_id
    till.double.pay(payment)
    assert reconcile(till).results == {"too_fresh": 1}
    later(till)
    assert till.wallet().credits == 0
    capsys.readouterr()
    run = reconcile(till)
    assert run.results["recovered"] == 1
    assert till.wallet().credits == 1_000
    assert alerts(capsys) == ["webhook_lost"]

    event = till.event("payment_intent.succeeded")
    assert till.handle(event).result == "duplicate"
    assert "recovered" not in reconcile(till).results
    assert till.posted() == [("credits_purchase", 1_000)]


def test_an_order_whose_webhooks_were_lost_is_handed_over_and_returned(till: Till) -> None:
    shop = Shop(till)
    shop.event()
    order = shop.order(TICKET)
    till.double.pay(order.payment_intent_id)
    till.refund(order.payment_intent_id)
    later(till)
    assert reconcile(till).results["recovered"] == 2
    assert shop.status(order.order_id) == "refunded"
    assert shop.stock() == (10, 0)
    assert drifts(till) == []


def test_all_that_is_right_is_left_alone(till: Till) -> None:
    till.double.pay(till.intent().purchase_id)
    till.intent(key="unpaid")
    hear_all(till)
    later(till)
    before = till.posted()
    run = reconcile(till)
    assert set(run.results) <= {"known", "right"}
    assert run.results["right"] == 4  # each payment as Stripe lists it, and as we know it
    assert till.posted() == before
    assert drifts(till) == []


def test_a_payment_whose_event_stripe_no_longer_has(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = till.intent().purchase_id
    till.double.pay(payment)
    later(till)
    monkeypatch.setattr(till.stripe, "events_since", lambda *_: [])
    assert reconcile(till).results == {"recovered": 1, "right": 1}
    assert till.wallet().credits == 1_000
    till.refund(payment)
    assert reconcile(till).results["recovered"] == 1
    assert till.wallet().credits == 0
    assert reconcile(till).results == {"right": 2}
    hear_all(till)
    assert till.posted() == [("credits_purchase", 1_000), ("credits_clawback", 1_000)]


def test_an_order_whose_cancellation_stripe_no_longer_tells_of_is_ended(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(till)
    shop.event()
    order = shop.order(TICKET)
    till.operator.v1.payment_intents.cancel(order.payment_intent_id)
    later(till)
    monkeypatch.setattr(till.stripe, "events_since", lambda *_: [])
    assert reconcile(till).results == {"recovered": 1, "right": 1}
    assert (shop.status(order.order_id), shop.stock()) == ("canceled", (10, 0))
    assert reconcile(till).results == {"right": 2}
    assert drifts(till) == []


def test_what_stripe_does_not_know_is_reported_once(
    till: Till, capsys: pytest.CaptureFixture[str]
) -> None:
    payment = till.intent().purchase_id
    till.double.pay(payment)
    hear_all(till)
    stranger = {**till.purchase(payment), "paymentIntentId": "pi_nowhere"}
    write(till.database, "paymentIntents/pi_nowhere", stranger)
    later(till)
    capsys.readouterr()
    assert reconcile(till).results["drifted"] == 1
    assert drifts(till) == [("pi_nowhere", "unknown_to_stripe")]
    assert alerts(capsys) == ["stripe_drift"]
    assert reconcile(till).results["drifted"] == 1
    assert (len(drifts(till)), alerts(capsys)) == (1, [])
    assert till.wallet().credits == 1_000


@pytest.mark.parametrize(
    ("changes", "drift"),
    [
        ({"amount": 1}, "amount_differs"),
        ({"currency": "eur"}, "amount_differs"),
    ],
)
def test_a_mirror_that_differs_is_reported_and_left(
    till: Till, changes: dict[str, Any], drift: str
) -> None:
    payment = till.intent().purchase_id
    till.double.pay(payment)
    hear_all(till)
    write(till.database, f"paymentIntents/{payment}", changes)
    later(till)
    assert reconcile(till).results["drifted"] == 2
    assert drifts(till) == [(payment, drift)]
    assert till.purchase(payment).items() >= changes.items()


def test_credits_without_an_entry_are_reported(till: Till) -> None:
    payment = till.intent().purchase_id
    till.double.pay(payment)
    hear_all(till)
    write(till.database, f"paymentIntents/{payment}", {"userId": "somebody-else"})
    later(till)
    reconcile(till)
    assert drifts(till) == [(payment, "credits_not_posted")]


def test_an_order_that_was_not_handed_over_is_reported(till: Till) -> None:
    shop = Shop(till)
    shop.event()
    order = shop.order(TICKET)
    till.double.pay(order.payment_intent_id)
    hear_all(till)
    write(till.database, f"orders/{order.order_id}", {"status": "pending"})
    later(till)
    reconcile(till)
    assert drifts(till) == [(order.payment_intent_id, "order_not_handed_over")]


def test_what_others_sell_at_the_same_account_is_none_of_ours(till: Till) -> None:
    made = till.operator.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    later(till)
    assert reconcile(till).results == {"not_ours": 1}
    assert drifts(till) == []
    assert till.document(f"paymentIntents/{made.id}") is None


def test_a_dry_run_makes_nothing_good(till: Till, store: Store) -> None:
    payment = till.intent().purchase_id
    till.double.pay(payment)
    later(till)
    asked = len(till.double.requests())
    show = Rehearsal(store, till.clock, lists_only=False)
    run = stripe_reconciliation.reconcile_stripe(show, till.stripe, till.hands)
    assert run.results == {"lost": 3}  # the event, and the payment seen from both sides
    assert all(one["method"] == "GET" for one in till.double.requests()[asked:])
    assert till.wallet().credits == 0
    assert till.document(f"stripeEvents/{till.event('payment_intent.succeeded')['id']}") is None


def test_a_plan_makes_good_what_it_named_and_nothing_else(till: Till, store: Store) -> None:
    planned, since = till.intent(key="a").purchase_id, till.intent(key="b").purchase_id
    till.double.pay(planned)
    later(till)
    show = Rehearsal(store, till.clock, lists_only=False)
    plan = stripe_reconciliation.reconcile_stripe(show, till.stripe, till.hands)
    assert plan.results["lost"] == 3
    event = till.event("payment_intent.succeeded")
    till.double.pay(since)
    later(till)
    apply = Application(store, till.clock, plan, lists_only=False)
    done = stripe_reconciliation.reconcile_stripe(apply, till.stripe, till.hands)
    assert done.results["recovered"] == 1
    assert [one.result for one in done.shown if one.item.endswith(event["id"])] == ["recovered"]
    # Once the event was made good, the payment is right from both of its sides.
    assert {(one.item.rpartition("/")[2], one.now) for one in done.changed} >= {(planned, "right")}
    assert till.wallet().credits == 1_000


def test_many_pages(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firetill.stripe_listing.PAGE", 2)
    monkeypatch.setattr(stripe_reconciliation, "MIRRORS_PER_RUN", 2)
    for number in range(5):
        till.double.pay(till.intent(key=f"buy-{number}").purchase_id)
    later(till)
    assert reconcile(till).results == {"recovered": 5, "right": 7}
    assert till.wallet().credits == 5_000
    looked = [reconcile(till).results for _ in range(3)]
    assert [one["right"] for one in looked] == [7, 6, 7]


def test_each_drift_that_an_event_explains_has_its_type() -> None:
    assert set(stripe_rules.UNHEARD_OF.values()) <= EVENT_TYPES
