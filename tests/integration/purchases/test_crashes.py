"""A crash, a time-out or a fault between any two steps heals with the same key, or by the job.

Whatever happened, at most one PaymentIntent was ever handed out to be paid, and it has the one
mirror. Others may exist at Stripe, but nobody holds their secret.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import stripe

from firetill import operations, stripe_gateway
from firetill.database import Database, RetryPolicy, Snapshot, Store
from firetill.errors import Contention, PaymentProviderUnavailable
from firetill.operations import Operation
from firetill.purchases import service
from firetill.purchases.model import PurchaseIntent
from firetill.stripe_gateway import StripeGateway
from tests.factories import at_once
from tests.faults import LOST_REPLY, UNAVAILABLE, FaultyStore, Script
from tests.integration.till import KEY, USER, Till

Buy = Callable[[Till], str]


class Crash(BaseException):
    """The process dies; nothing catches it."""


def _intent(till: Till) -> str:
    return till.intent().purchase_id


def _checkout(till: Till) -> str:
    return till.checkout().checkout_session_id


@pytest.fixture(params=[_intent, _checkout], ids=["intent", "checkout"])
def buy(request: pytest.FixtureRequest) -> Buy:
    """One of the two ways to buy, told by what it asks Stripe to make."""
    found: Buy = request.param
    return found


def _made(till: Till, buy: Buy) -> list[str]:
    kind = "payment_intent" if buy is _intent else "checkout.session"
    return [thing["id"] for thing in till.double.objects(kind)]


def _mirrored(till: Till, buy: Buy) -> list[str]:
    """The mirrors of all that Stripe has made."""
    collection = "paymentIntents" if buy is _intent else "checkoutSessions"
    return [one for one in _made(till, buy) if till.document(f"{collection}/{one}")]


def _crashed(till: Till) -> list[Snapshot]:
    """The operations that began and never finished."""
    return till.database.query(operations.pending(till.clock.instant, limit=10))


def _heal_by_retry(till: Till, buy: Buy) -> None:
    buy(till)


def _heal_by_job(till: Till, _buy: Buy) -> None:
    found = _crashed(till)
    assert len(found) == 1
    assert [service.finish(till.database, till.stripe, one) for one in found] == [True]


@pytest.fixture(params=[_heal_by_retry, _heal_by_job], ids=["retry", "job"])
def heal(request: pytest.FixtureRequest) -> Callable[[Till, Buy], None]:
    found: Callable[[Till, Buy], None] = request.param
    return found


def _before_stripe(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise Crash

    monkeypatch.setattr(StripeGateway, "create_payment_intent", crash)
    monkeypatch.setattr(StripeGateway, "create_checkout_session", crash)


def _after_stripe(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("create_payment_intent", "create_checkout_session"):
        honest = getattr(StripeGateway, name)

        def crash(self: StripeGateway, *args: Any, _honest: Any = honest, **more: Any) -> None:
            _honest(self, *args, **more)
            raise Crash

        monkeypatch.setattr(StripeGateway, name, crash)


def _after_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = operations.complete

    def crash(tx: Any, operation_id: str, result: Any) -> None:
        honest(tx, operation_id, result)
        tx.commit()
        raise Crash

    monkeypatch.setattr(operations, "complete", crash)


@pytest.mark.parametrize(
    ("crash", "made"), [(_before_stripe, 0), (_after_stripe, 1)], ids=["before", "after"]
)
def test_a_crash_around_the_call_heals(
    crash: Callable[[pytest.MonkeyPatch], None],
    made: int,
    till: Till,
    buy: Buy,
    heal: Callable[[Till, Buy], None],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        crash(patch)
        with pytest.raises(Crash):
            buy(till)
    assert len(_made(till, buy)) == made
    assert _mirrored(till, buy) == []
    heal(till, buy)
    [only] = _made(till, buy)
    assert _mirrored(till, buy) == [only]
    assert buy(till) == only
    assert _crashed(till) == []


def test_a_crash_after_the_last_commit_loses_nothing(
    till: Till, buy: Buy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        _after_commit(patch)
        with pytest.raises(Crash):
            buy(till)
    [only] = _made(till, buy)
    assert _mirrored(till, buy) == [only]
    assert _crashed(till) == []
    asked = len(till.double.requests())
    assert buy(till) == only
    assert len(till.double.requests()) == asked


@pytest.mark.parametrize("lost", [1, 2, 3], ids=["begin", "complete", "both"])
def test_lost_replies_of_commits_change_nothing(
    lost: int, till: Till, buy: Buy, store: Store
) -> None:
    script = Script(commit=[LOST_REPLY if lost & step else None for step in (1, 2)])
    till.database = Database(FaultyStore(store, script), till.clock)
    bought = buy(till)
    assert script.spent
    assert _made(till, buy) == _mirrored(till, buy) == [bought]


def test_firestore_is_gone_after_stripe_answered(
    till: Till, buy: Buy, heal: Callable[[Till, Buy], None], store: Store
) -> None:
    """Every commit after the first fails until the call gives up."""
    sound = till.database
    script = Script(commit=[None, *[UNAVAILABLE] * 3])
    till.database = Database(FaultyStore(store, script), till.clock, policy=RetryPolicy(attempts=3))
    with pytest.raises(Contention):
        buy(till)
    till.database = sound
    heal(till, buy)
    assert len(_made(till, buy)) == len(_mirrored(till, buy)) == 1


PASSING = [
    pytest.param({"kind": "refuse", "status": 429}, id="rate limit"),
    pytest.param({"kind": "refuse", "status": 409}, id="lock"),
    pytest.param({"kind": "lose_reply"}, id="connection lost"),
    pytest.param({"kind": "hang", "seconds": 5}, id="time-out after the work"),
]
SAVED = [
    pytest.param({"kind": "refuse", "status": 500}, id="500"),
    pytest.param({"kind": "refuse", "status": 503}, id="503"),
    pytest.param({"kind": "refuse", "status": 500, "saved": True}, id="500 saved"),
]


def _patient_for(seconds: float, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe_gateway, "REQUEST_SECONDS", seconds)
    till.stripe = StripeGateway(KEY, api_base=till.double.url)


@pytest.mark.parametrize("fault", [*PASSING, *SAVED])
def test_a_fault_of_stripe_heals(
    fault: dict[str, Any],
    till: Till,
    buy: Buy,
    heal: Callable[[Till, Buy], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _patient_for(0.3, till, monkeypatch)
    till.double.fault(**fault)
    with pytest.raises(PaymentProviderUnavailable) as refused:
        buy(till)
    assert refused.value.details() == {"reason": "payment_provider_unavailable"}
    assert (refused.value.code, refused.value.http_status) == ("unavailable", 503)
    assert _mirrored(till, buy) == []
    heal(till, buy)
    [only] = _made(till, buy)
    assert _mirrored(till, buy) == [only]
    assert buy(till) == only


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_keeps_stripes_key(
    fault: dict[str, Any], till: Till, buy: Buy, monkeypatch: pytest.MonkeyPatch
) -> None:
    _patient_for(0.3, till, monkeypatch)
    till.double.fault(**fault)
    with pytest.raises(PaymentProviderUnavailable):
        buy(till)
    buy(till)
    assert len({request["idempotency_key"] for request in till.double.requests()}) == 1


def test_a_fault_that_stripe_repeats_needs_another_key(till: Till, buy: Buy) -> None:
    till.double.fault("refuse", status=500, saved=True)
    with pytest.raises(PaymentProviderUnavailable):
        buy(till)
    buy(till)
    keys = [request["idempotency_key"] for request in till.double.requests()]
    assert [key.rpartition("-")[2] for key in keys] == ["0", "1"]


def test_a_500_after_the_work_hands_out_one_intent(till: Till, buy: Buy) -> None:
    """Stripe made one and said 500: the second try makes another, the only one to get out."""
    till.double.fault("refuse_after", status=500)
    with pytest.raises(PaymentProviderUnavailable):
        buy(till)
    bought = buy(till)
    orphan, handed_out = _made(till, buy)
    assert bought == handed_out
    assert _mirrored(till, buy) == [handed_out]
    assert orphan != handed_out


def test_several_failing_at_once_hand_out_one_intent(till: Till, buy: Buy) -> None:
    till.double.fault("refuse_after", status=500, times=4)
    at_once([lambda: buy(till)] * 8)
    bought = {buy(till), *_mirrored(till, buy)}
    assert len(bought) == 1


def test_a_request_in_other_words_takes_another_key(till: Till) -> None:
    """An older release asked for something else under the key, and crashed."""
    operation = Operation(USER, service.CREATE_INTENT, "buy-1", {})
    till.operator.v1.payment_intents.create(
        {"amount": 999, "currency": "usd", "description": "credits"},
        {"idempotency_key": f"firetill-{operation.id}-0"},
    )
    with pytest.raises(PaymentProviderUnavailable):
        till.intent()
    created = till.intent()
    assert created.status == "created"
    assert _mirrored(till, _intent) == [created.purchase_id]


def test_nobody_listens_at_stripe(till: Till, buy: Buy) -> None:
    there = till.stripe
    till.stripe = StripeGateway(KEY, api_base="http://127.0.0.1:9")
    for _ in range(2):
        with pytest.raises(PaymentProviderUnavailable):
            buy(till)
    assert len(_crashed(till)) == 1
    till.stripe = there
    assert [buy(till)] == _mirrored(till, buy)


def test_the_sdk_tries_once_more_by_itself(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    till.stripe = StripeGateway(KEY, api_base=till.double.url)
    till.double.fault("lose_reply")
    assert till.intent().status == "created"
    assert [request["replayed"] for request in till.double.requests()] == [False, True]
    assert len(till.double.objects("payment_intent")) == 1


def test_a_slow_stripe_refuses_the_others_meanwhile(till: Till) -> None:
    """The key is in use at Stripe: the second caller is told to come again, and then may."""
    till.double.fault("work_slowly", seconds=0.5)
    answers = at_once([till.intent] * 2)
    refused = [one for one in answers if isinstance(one, PaymentProviderUnavailable)]
    [created] = [one for one in answers if isinstance(one, PurchaseIntent)]
    assert len(refused) == 1
    assert till.intent().purchase_id == created.purchase_id
    assert len(till.double.objects("payment_intent")) == 1


def test_the_job_and_the_caller_finish_at_once(till: Till, buy: Buy) -> None:
    till.double.fault("lose_reply")
    with pytest.raises(PaymentProviderUnavailable):
        buy(till)
    [crashed] = _crashed(till)
    calls: list[Callable[[], object]] = [lambda: buy(till)] * 4
    calls += [lambda: service.finish(till.database, till.stripe, crashed)] * 4
    assert not [one for one in at_once(calls) if isinstance(one, Exception)]
    assert len(_made(till, buy)) == len(_mirrored(till, buy)) == 1


def test_the_job_finishes_one_that_is_finished(till: Till) -> None:
    till.double.fault("lose_reply")
    with pytest.raises(PaymentProviderUnavailable):
        till.intent()
    [crashed] = _crashed(till)
    created = till.intent()
    assert service.finish(till.database, till.stripe, crashed)
    again = till.intent()
    assert (again.purchase_id, again.status) == (created.purchase_id, "already_created")


def test_the_job_finds_what_began_before_its_time(till: Till) -> None:
    till.double.fault("lose_reply", times=2)
    for call in (till.intent, till.checkout):
        with pytest.raises(PaymentProviderUnavailable):
            call()
        till.clock.advance(minutes=10)
    began = till.clock.instant - timedelta(minutes=20)
    found = till.database.query(operations.pending(began, limit=10))
    assert [one.data["operation"] for one in found if one.data] == [service.CREATE_INTENT]
    assert len(_crashed(till)) == 2


def test_other_operations_are_left_alone(till: Till) -> None:
    record = Snapshot("operations/x", {"operation": "startSession"}, None)
    assert not service.finish(till.database, till.stripe, record)
    assert till.double.requests() == []


def test_a_mistake_of_ours_is_no_refusal(till: Till) -> None:
    """A wrong key is for the operator to mend, not for the caller to repeat."""
    there = till.stripe
    till.stripe = StripeGateway("sk_live_of_somebody_else", api_base=till.double.url)
    with pytest.raises(stripe.AuthenticationError):
        till.intent()
    till.stripe = there
    assert till.intent().status == "created"
