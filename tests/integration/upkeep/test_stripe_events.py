"""The job that tries failed events again and finishes purchases that crashed half-way."""

import pytest

from firetill import operations
from firetill.database import Store, Transaction, Write
from firetill.operations import Operation
from firetill.purchases.model import CheckoutPage
from firetill.upkeep.stripe_events import retry_stripe_events
from firetill.webhooks import service as webhooks
from tests.integration.till import USER, Json, Till, event_of


def _paid(till: Till) -> Json:
    """A payment of which the till has not heard yet."""
    intent = till.intent()
    till.double.pay(intent.purchase_id)
    return till.event("payment_intent.succeeded")


def _fail(till: Till, event: Json) -> None:
    parsed, payload = event_of(event)
    webhooks.file_failure(till.database, parsed, payload, RuntimeError("no luck"))


def _results(till: Till) -> dict[str, int]:
    run = retry_stripe_events(till.database, till.stripe, till.hands)
    assert run.outcome == "finished"
    return run.results


def test_a_failed_event_is_handled_once_its_pause_is_over(till: Till) -> None:
    event = _paid(till)
    _fail(till, event)
    assert _results(till) == {}
    assert till.wallet().credits == 0

    till.clock.advance(minutes=1)
    assert _results(till) == {"handled": 1}
    assert till.wallet().credits == 1_000
    assert till.inbox(event)["status"] == "processed"
    assert till.inbox(event)["attempts"] == 2

    till.clock.advance(hours=1)
    assert _results(till) == {}


def test_an_event_that_fails_again_waits_twice_as_long(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = _paid(till)
    _fail(till, event)
    till.clock.advance(minutes=1)

    def broken(*_: object) -> None:
        raise RuntimeError("still no luck")

    with monkeypatch.context() as patched:
        patched.setattr(webhooks, "handle", broken)
        assert _results(till) == {"failed_again": 1}
    waits = till.inbox(event)["nextAttemptAt"] - till.clock.instant
    assert waits.total_seconds() == 120

    till.clock.advance(minutes=2)
    assert _results(till) == {"handled": 1}
    assert till.wallet().credits == 1_000


def test_a_dead_letter_is_replayed_as_the_runbook_says(till: Till, store: Store) -> None:
    event = _paid(till)
    for _ in range(8):
        _fail(till, event)
    assert till.inbox(event)["status"] == "dead"
    till.clock.advance(days=1)
    assert _results(till) == {}

    by_hand = {"status": "failed", "nextAttemptAt": till.clock.instant}
    path = f"stripeEvents/{event['id']}"
    store.commit([Write(path, "put", by_hand, mask=tuple(by_hand))], seconds=5)
    assert _results(till) == {"handled": 1}
    assert till.wallet().credits == 1_000


def test_an_inbox_entry_that_is_none_does_not_stop_the_others(till: Till, store: Store) -> None:
    event = _paid(till)
    _fail(till, event)
    strange = {"status": "failed", "nextAttemptAt": till.clock.instant, "payload": "[]"}
    store.commit([Write("stripeEvents/evt_0", "put", strange)], seconds=5)
    till.clock.advance(minutes=1)
    run = retry_stripe_events(till.database, till.stripe, till.hands)
    assert run.results == {"handled": 1}
    assert run.failed == 1
    assert [failure.item for failure in run.first_failures] == ["stripeEvents/evt_0"]
    assert till.wallet().credits == 1_000


def _crash_before_stripe(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(till.stripe, "create_checkout_session", crash)
        with pytest.raises(KeyboardInterrupt):
            till.checkout()


def test_a_crashed_purchase_is_finished(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    _crash_before_stripe(till, monkeypatch)
    till.clock.advance(minutes=4)
    assert _results(till) == {}  # it may still be under way

    till.clock.advance(minutes=1)
    assert _results(till) == {"finished": 1}
    assert len(till.double.objects("checkout.session")) == 1
    page = till.checkout()
    assert [made["id"] for made in till.double.objects("checkout.session")] == [
        page.checkout_session_id
    ]
    assert _results(till) == {}


def test_while_stripe_is_down_a_crashed_purchase_waits(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    _crash_before_stripe(till, monkeypatch)
    till.clock.advance(minutes=5)
    till.double.fault("refuse", path="/v1/checkout/sessions", status=503)
    run = retry_stripe_events(till.database, till.stripe, till.hands)
    assert (run.results, run.failed) == ({}, 1)
    assert _results(till) == {"finished": 1}


def test_what_another_operation_left_pending_is_left_alone(till: Till) -> None:
    operation = Operation(USER, "somethingElse", "key", {})

    def body(tx: Transaction) -> None:
        tx.get(operation.path)
        operations.begin(tx, operation, CheckoutPage(checkout_session_id="x", url="y"))

    till.database.run_transaction(body)
    till.clock.advance(minutes=5)
    assert _results(till) == {"left_alone": 1}
    assert till.asked("/v1/checkout/sessions") == []
