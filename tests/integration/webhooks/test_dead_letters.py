"""An event that fails: tried again with growing pauses, then dead, and never beyond recall."""

import json
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from firetill.database import Snapshot, Transaction
from firetill.errors import Contention, PaymentProviderUnavailable
from firetill.stripe_gateway import StripeGateway
from firetill.webhooks import repository, service
from firetill.webhooks.rules import MOST_ATTEMPTS
from tests.integration.till import KEY, Json, Till, event_of

REFUND = "charge.refunded"


@pytest.fixture
def refund(till: Till) -> Json:
    """A refund that comes before all else, while Stripe does not answer what it is about."""
    payment = till.intent().purchase_id
    till.double.pay(payment)
    till.refund(payment)
    till.handle(till.event("payment_intent.succeeded"))
    till.database.run_transaction(lambda tx: _forget(tx, f"paymentIntents/{payment}"))
    till.stripe = StripeGateway(KEY, api_base="http://127.0.0.1:9")
    return till.event(REFUND)


def _forget(tx: Transaction, path: str) -> None:
    tx.get(path)
    tx.delete(path)


def _stripe_is_back(till: Till) -> None:
    till.stripe = StripeGateway(KEY, api_base=till.double.url)


def _fail(till: Till, event: Json) -> None:
    """Fail at an event as the door does."""
    parsed, payload = event_of(event)
    with pytest.raises(PaymentProviderUnavailable) as failed:
        service.handle(till.database, till.stripe, till.hands, parsed, payload)
    service.file_failure(till.database, parsed, payload, failed.value)


def _waiting(till: Till) -> list[Snapshot]:
    return till.database.query(repository.waiting(till.clock.instant, limit=10))


def _retry(till: Till) -> list[bool]:
    return [service.retry(till.database, till.stripe, till.hands, one) for one in _waiting(till)]


def _due(till: Till, event: Json) -> datetime:
    due = till.inbox(event)["nextAttemptAt"]
    assert isinstance(due, datetime)
    return due


def _alerts(out: str) -> list[str]:
    return [
        line["alert"]
        for line in map(json.loads, filter(lambda line: line.startswith("{"), out.splitlines()))
        if line.get("alert")
    ]


def _live_to_death(till: Till, event: Json) -> None:
    _fail(till, event)
    while _due_or_none(till, event) is not None:
        till.clock.instant = _due(till, event)
        assert _retry(till) == [False]


def _due_or_none(till: Till, event: Json) -> object:
    return till.inbox(event)["nextAttemptAt"]


def test_pauses_double_until_it_is_dead(
    till: Till, refund: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    _fail(till, refund)
    pauses = []
    for attempt in range(1, MOST_ATTEMPTS):
        entry = till.inbox(refund)
        assert (entry["status"], entry["attempts"]) == ("failed", attempt)
        assert entry["reason"] == "PaymentProviderUnavailable"
        pauses.append(_due(till, refund) - till.clock.instant)
        till.clock.instant = _due(till, refund) - timedelta(seconds=1)
        assert _retry(till) == []
        assert _alerts(capsys.readouterr().out) == []
        till.clock.advance(seconds=1)
        assert _retry(till) == [False]
    assert pauses[0] == timedelta(minutes=1)
    assert all(later == 2 * earlier for earlier, later in pairwise(pauses))
    entry = till.inbox(refund)
    assert (entry["status"], entry["attempts"]) == ("dead", 8)
    assert json.loads(entry["payload"]) == refund
    assert _alerts(capsys.readouterr().out) == ["stripe_event_dead"]
    till.clock.advance(days=30)
    assert _waiting(till) == []
    assert till.wallet().credits == 1_000


def test_the_job_succeeds_once_stripe_is_back(till: Till, refund: Json) -> None:
    _fail(till, refund)
    _stripe_is_back(till)
    till.clock.advance(minutes=1)
    received = till.inbox(refund)["receivedAt"]
    assert _retry(till) == [True]
    entry = till.inbox(refund)
    assert (entry["status"], entry["attempts"], entry["payload"]) == ("processed", 2, None)
    assert (entry["receivedAt"], entry["processedAt"]) == (received, till.clock.instant)
    assert _waiting(till) == []


def test_stripe_sends_a_dead_one_again(till: Till, refund: Json) -> None:
    _live_to_death(till, refund)
    _stripe_is_back(till)
    assert till.handle(refund).result == "processed"
    entry = till.inbox(refund)
    assert (entry["status"], entry["attempts"]) == ("processed", MOST_ATTEMPTS + 1)
    assert till.handle(refund).result == "duplicate"


def test_a_dead_one_that_fails_again_stays_dead(till: Till, refund: Json) -> None:
    _live_to_death(till, refund)
    _fail(till, refund)
    assert till.inbox(refund)["status"] == "dead"
    assert _waiting(till) == []


def _replay(till: Till, event: Json) -> None:
    """What the runbook tells the operator to set in the inbox."""
    path = repository.event_path(event["id"])

    def body(tx: Transaction) -> None:
        tx.get(path)
        tx.merge(path, {"status": "failed", "nextAttemptAt": till.clock.instant})

    till.database.run_transaction(body)


def test_the_operator_replays_a_dead_one(till: Till, refund: Json) -> None:
    _live_to_death(till, refund)
    _stripe_is_back(till)
    _replay(till, refund)
    assert _retry(till) == [True]
    assert till.inbox(refund)["status"] == "processed"
    assert _waiting(till) == []


def test_the_operator_replays_a_dead_one_too_early(
    till: Till, refund: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    _live_to_death(till, refund)
    _replay(till, refund)
    capsys.readouterr()
    assert _retry(till) == [False]
    assert till.inbox(refund)["status"] == "dead"
    assert _alerts(capsys.readouterr().out) == ["stripe_event_dead"]


def test_the_operator_replays_a_refused_one(till: Till) -> None:
    till.double.pay(till.intent().purchase_id)
    paid = till.event("payment_intent.succeeded")
    there, till.stripe = till.stripe, StripeGateway("sk_live_by_mistake")
    assert till.handle(paid).reason == "wrong_mode"
    assert _waiting(till) == []
    till.stripe = there
    _replay(till, paid)
    assert _retry(till) == [True]
    assert till.wallet().credits == 1_000
    assert till.inbox(paid)["status"] == "processed"


def test_the_operator_replays_what_was_processed(till: Till) -> None:
    """Its payload is gone, so nothing happens, and somebody is told."""
    till.double.pay(till.intent().purchase_id)
    paid = till.event("payment_intent.succeeded")
    till.handle(paid)
    _replay(till, paid)
    with pytest.raises(msgspec.MsgspecError):
        _retry(till)
    assert till.wallet().credits == 1_000


def test_a_replayed_event_that_was_processed_credits_nothing(till: Till) -> None:
    """Even if the inbox says failed and holds the payload, the mirror knows better."""
    till.double.pay(till.intent().purchase_id)
    paid = till.event("payment_intent.succeeded")
    till.handle(paid)
    path = repository.event_path(paid["id"])
    till.database.run_transaction(lambda tx: _forget(tx, path))
    parsed, payload = event_of(paid)
    service.file_failure(till.database, parsed, payload, Contention())
    till.clock.advance(minutes=1)
    assert _retry(till) == [True]
    assert till.posted() == [("credits_purchase", 1_000)]


def test_a_failure_after_another_attempts_success_is_not_filed(till: Till) -> None:
    till.double.pay(till.intent().purchase_id)
    paid = till.event("payment_intent.succeeded")
    till.handle(paid)
    parsed, payload = event_of(paid)
    entry = service.file_failure(till.database, parsed, payload, Contention())
    assert (entry.status, entry.attempts) == ("processed", 1)
    assert till.inbox(paid)["status"] == "processed"
    assert _waiting(till) == []


def test_the_most_overdue_goes_first(till: Till) -> None:
    events = [
        {"id": f"evt_{n}", "type": REFUND, "livemode": False, "data": {"object": {}}}
        for n in (3, 1, 2)
    ]
    for event in events:
        parsed, payload = event_of(event)
        service.file_failure(till.database, parsed, payload, Contention())
        till.clock.advance(seconds=1)
    till.clock.advance(minutes=1)
    assert [one.document_id for one in _waiting(till)] == ["evt_3", "evt_1", "evt_2"]


def test_the_log_tells_what_failed_with_its_stack(
    till: Till, refund: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    _fail(till, refund)
    till.clock.instant = _due(till, refund)
    capsys.readouterr()
    assert _retry(till) == [False]
    out = capsys.readouterr().out.splitlines()
    [line] = [each for each in map(json.loads, out) if each["message"] == "stripe event failed"]
    assert line["eventId"] == refund["id"]
    assert "in payment_intent_metadata" in line["stack"]
