"""What the app is given to pay with, and what Stripe is asked for."""

import contextlib
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from firetill import catalog
from firetill.catalog import Pack
from firetill.errors import IdempotencyKeyReused, PackNotFound, PaymentProviderUnavailable
from firetill.operations import Operation
from firetill.purchases import service
from firetill.purchases.model import CheckoutPage, PurchaseIntent
from firetill.stripe_gateway import StripeGateway
from tests.factories import at_once
from tests.integration.till import USER, Till

INTENTS = "/v1/payment_intents"
SESSIONS = "/v1/checkout/sessions"
CALLS = 20


def _operation_id(name: str, payload: Mapping[str, Any], key: str = "buy-1") -> str:
    return Operation(USER, name, key, payload).id


@pytest.mark.parametrize("pack", catalog.PACKS.values(), ids=lambda pack: pack.pack_id)
def test_an_intent(pack: Pack, till: Till) -> None:
    created = till.intent(pack.pack_id)
    [intent] = till.double.objects("payment_intent")
    assert created == PurchaseIntent(
        status="created",
        client_secret=intent["client_secret"],
        purchase_id=intent["id"],
        amount=pack.amount,
        currency="usd",
        credits=pack.credits,
        pack_id=pack.pack_id,
    )
    assert (intent["amount"], intent["currency"]) == (pack.amount, "usd")
    mirror = till.purchase(created.purchase_id)
    assert {name: mirror[name] for name in ("userId", "packId", "credits", "amount")} == {
        "userId": USER,
        "packId": pack.pack_id,
        "credits": pack.credits,
        "amount": pack.amount,
    }
    assert (mirror["status"], mirror["credited"]) == ("requires_payment_method", False)
    assert till.wallet().credits == 0


def test_stripe_is_asked_for_exactly_this(till: Till) -> None:
    till.intent(key="a:b.c_d-1")
    operation_id = _operation_id(service.CREATE_INTENT, {}, "a:b.c_d-1")
    [request] = till.asked(INTENTS)
    assert request["idempotency_key"] == f"firetill-{operation_id}-0"
    assert request["params"] == {
        "amount": "999",
        "currency": "usd",
        "automatic_payment_methods": {"enabled": "true"},
        "description": "1,000 credits",
        "metadata": {
            "userId": USER,
            "packId": "standard",
            "creditsAmount": "1000",
            "idempotencyKey": "a:b.c_d-1",
            "operationId": operation_id,
        },
    }


def test_stripe_is_asked_for_exactly_this_page(till: Till) -> None:
    page = till.checkout()
    operation_id = _operation_id(service.CREATE_CHECKOUT, {})
    metadata = {
        "userId": USER,
        "packId": "standard",
        "creditsAmount": "1000",
        "idempotencyKey": "buy-1",
        "operationId": operation_id,
    }
    [request] = till.asked(SESSIONS)
    assert request["idempotency_key"] == f"firetill-{operation_id}-0"
    assert request["params"] == {
        "mode": "payment",
        "adaptive_pricing": {"enabled": "false"},
        "line_items": {
            "0": {
                "quantity": "1",
                "price_data": {
                    "currency": "usd",
                    "unit_amount": "999",
                    "product_data": {"name": "1,000 credits"},
                },
            }
        },
        "success_url": "https://app.example/thanks?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://app.example/shop",
        "client_reference_id": USER,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
    }
    [session] = till.double.objects("checkout.session")
    assert page == CheckoutPage(checkout_session_id=session["id"], url=session["url"])
    mirror = till.document(f"checkoutSessions/{page.checkout_session_id}")
    assert mirror is not None
    assert (mirror["status"], mirror["userId"], mirror["amount"]) == ("open", USER, 999)


def test_a_page_carries_its_metadata_to_the_payment(till: Till) -> None:
    till.double.complete_checkout(till.checkout().checkout_session_id)
    [session] = till.double.objects("checkout.session")
    [intent] = till.double.objects("payment_intent")
    assert intent["metadata"] == session["metadata"]


def test_the_same_key_gives_the_same_intent(till: Till) -> None:
    first = till.intent()
    again = till.intent()
    assert (first.status, again.status) == ("created", "already_created")
    assert again.client_secret == first.client_secret
    assert again.purchase_id == first.purchase_id
    assert len(till.asked(INTENTS)) == 1


def test_the_same_key_gives_the_same_page(till: Till) -> None:
    assert till.checkout() == till.checkout()
    assert len(till.asked(SESSIONS)) == 1


def test_keys_belong_to_one_user_and_one_operation(till: Till) -> None:
    purchases = {till.intent(user_id=user).purchase_id for user in ("ada", "bob", "ada-buy")}
    purchases.add(till.intent(key="buy-2").purchase_id)
    till.checkout()
    assert len(purchases) == 4
    assert len(till.double.objects("payment_intent")) == 4
    assert len(till.double.objects("checkout.session")) == 1


def test_other_input_with_the_same_key_is_refused(till: Till) -> None:
    first = till.intent()
    for pack_id in ("starter", "no-such-pack"):
        with pytest.raises(IdempotencyKeyReused):
            till.intent(pack_id)
    assert till.intent().purchase_id == first.purchase_id
    assert len(till.asked(INTENTS)) == 1


def test_an_unknown_pack_leaves_nothing_behind(till: Till) -> None:
    for call in (till.intent, till.checkout):
        with pytest.raises(PackNotFound) as refused:
            call("gold")
        assert refused.value.details() == {"reason": "pack_not_found", "packId": "gold"}
    assert till.double.requests() == []
    assert till.intent().status == "created"  # the key is free


@pytest.mark.parametrize("pack_gone", [True, False])
def test_the_first_terms_stay(
    till: Till, monkeypatch: pytest.MonkeyPatch, *, pack_gone: bool
) -> None:
    """The price goes up, or the pack is no longer sold, between two tries with one key."""
    till.double.fault("refuse", status=503)
    with pytest.raises(PaymentProviderUnavailable):
        till.intent()
    till.double.fault("refuse", status=503)
    with pytest.raises(PaymentProviderUnavailable):
        till.checkout()
    dearer = {"standard": Pack("standard", 800, 1_299, "usd", "800 credits")}
    monkeypatch.setattr(catalog, "PACKS", {} if pack_gone else dearer)
    created = till.intent()
    assert (created.amount, created.credits) == (999, 1_000)
    till.checkout()
    [intent] = till.double.objects("payment_intent")
    [session] = till.double.objects("checkout.session")
    assert intent["amount"] == session["amount_total"] == 999
    till.double.pay(intent["id"])
    till.handle_all()
    assert till.wallet().credits == 1_000
    assert till.intent().status == "already_created"


def test_many_calls_with_one_key_make_one_intent(till: Till) -> None:
    answers = at_once([till.intent] * CALLS)
    intents = [answer for answer in answers if isinstance(answer, PurchaseIntent)]
    assert len(intents) == CALLS
    assert len({(one.purchase_id, one.client_secret, one.amount) for one in intents}) == 1
    assert Counter(one.status for one in intents)["created"] == 1
    assert len(till.double.objects("payment_intent")) == 1


def test_many_calls_with_one_key_make_one_page(till: Till) -> None:
    answers = at_once([till.checkout] * CALLS)
    assert len({repr(answer) for answer in answers}) == 1
    assert isinstance(answers[0], CheckoutPage)
    assert len(till.double.objects("checkout.session")) == 1


def test_without_stripes_key_many_calls_make_many_intents(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: each request carries a key of its own."""
    honest = StripeGateway.create_payment_intent
    numbers = iter(range(CALLS))
    two_at_once = threading.Barrier(2)

    def careless(self: StripeGateway, terms: Any, metadata: Any, *, idempotency_key: str) -> Any:
        key = f"{idempotency_key}-{next(numbers)}"
        with contextlib.suppress(threading.BrokenBarrierError):  # an odd one finds nobody to meet
            two_at_once.wait(1)
        return honest(self, terms, metadata, idempotency_key=key)

    monkeypatch.setattr(StripeGateway, "create_payment_intent", careless)
    answers = at_once([till.intent] * CALLS)
    assert len(till.double.objects("payment_intent")) > 1
    # The record still lets only one of them out.
    assert (
        len({answer.purchase_id for answer in answers if isinstance(answer, PurchaseIntent)}) == 1
    )


def test_without_the_record_a_later_call_makes_another_intent(till: Till) -> None:
    """Negative control: the record is lost, and Stripe has forgotten the key after a day."""
    till.intent()
    operation = _operation_id(service.CREATE_INTENT, {})

    def lose(tx: Any) -> None:
        tx.get(f"operations/{operation}")
        tx.delete(f"operations/{operation}")

    till.database.run_transaction(lose)
    till.double.set_clock_offset(86_401)
    till.intent()
    assert len(till.double.objects("payment_intent")) == 2


def test_with_the_record_a_later_call_makes_no_other_intent(till: Till) -> None:
    till.intent()
    till.double.set_clock_offset(86_401)
    assert till.intent().status == "already_created"
    assert len(till.double.objects("payment_intent")) == 1
