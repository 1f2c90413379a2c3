from typing import Any

import httpx
import pytest
import stripe

from tests.integration.stripe_double.shop import RETURN, Shop


def test_a_new_intent_waits_for_a_payment_method(shop: Shop) -> None:
    created = shop.order(metadata={"userId": "u1", "packId": "standard"}, description="Credits")
    kept = shop.client.v1.payment_intents.retrieve(created.id)
    assert kept.to_dict() == created.to_dict()
    assert kept.status == "requires_payment_method"
    assert kept.metadata.to_dict() == {"userId": "u1", "packId": "standard"}
    assert kept.client_secret is not None
    assert kept.client_secret.startswith(f"{kept.id}_secret_")
    assert kept.automatic_payment_methods is not None
    assert kept.automatic_payment_methods.enabled
    assert kept.latest_charge is None


def test_a_good_card_succeeds(shop: Shop) -> None:
    paid = shop.confirm(shop.order().id, expand=["latest_charge"])
    assert (paid.status, paid.amount_received) == ("succeeded", 999)
    charge = paid.latest_charge
    assert (charge.status, charge.amount, charge.payment_intent) == ("succeeded", 999, paid.id)
    assert charge.payment_method_details.card.last4 == "4242"
    assert shop.client.v1.charges.retrieve(charge.id).paid
    listed = shop.client.v1.charges.list({"payment_intent": paid.id}).data
    assert [one.id for one in listed] == [charge.id]
    assert shop.told() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
    ],
)
def test_a_bad_card_is_declined_and_another_may_follow(
    shop: Shop, method: str, code: str, decline_code: str | None
) -> None:
    intent = shop.order()
    with pytest.raises(stripe.CardError) as declined:
        shop.confirm(intent.id, method)
    assert (declined.value.http_status, declined.value.code) == (402, code)
    body: Any = declined.value.json_body
    error = body["error"]
    assert error.get("decline_code") == decline_code
    assert error["payment_intent"]["status"] == "requires_payment_method"
    after = shop.client.v1.payment_intents.retrieve(intent.id)
    assert (after.status, after.payment_method) == ("requires_payment_method", None)
    assert after.last_payment_error is not None
    assert (after.last_payment_error.code, after.latest_charge) == (code, error["charge"])
    assert shop.client.v1.charges.retrieve(error["charge"]).status == "failed"

    again = shop.confirm(intent.id)
    assert (again.status, again.last_payment_error) == ("succeeded", None)
    assert shop.told() == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


_UNPAID = "requires_payment_method"


@pytest.mark.parametrize(
    ("method", "passes", "status", "code"),
    [
        ("pm_card_authenticationRequired", True, "succeeded", None),
        (
            "pm_card_threeDSecure2Required",
            False,
            _UNPAID,
            "payment_intent_authentication_failure",
        ),
        ("pm_card_threeDSecureRequiredChargeDeclined", True, _UNPAID, "card_declined"),
    ],
)
def test_three_d_secure_waits_for_the_customer(
    shop: Shop, method: str, passes: bool, status: str, code: str | None
) -> None:
    waiting = shop.paid(method)
    assert (waiting.status, waiting.latest_charge) == ("requires_action", None)
    assert waiting.next_action.redirect_to_url.return_url == RETURN
    shop.double.authenticate(waiting.id, succeeded=passes)
    after = shop.client.v1.payment_intents.retrieve(waiting.id)
    assert (after.status, after.next_action) == (status, None)
    assert (after.last_payment_error and after.last_payment_error.code) == code
    told = shop.told()
    assert told[1] == "payment_intent.requires_action"
    assert told[-1] == f"payment_intent.{'payment_failed' if code else 'succeeded'}"


def test_three_d_secure_off_session_is_a_decline(shop: Shop) -> None:
    with pytest.raises(stripe.CardError) as declined:
        shop.confirm(shop.order().id, "pm_card_authenticationRequired", off_session=True)
    assert declined.value.code == "authentication_required"


def test_the_banks_page_finishes_the_challenge(shop: Shop) -> None:
    waiting = shop.paid("pm_card_authenticationRequired")
    page = waiting.next_action.redirect_to_url.url
    assert "Complete" in httpx.get(page).text
    done = httpx.post(page, data={"action": "complete"})
    back = f"{RETURN}?payment_intent={waiting.id}"
    assert (done.status_code, done.headers["Location"]) == (303, back)
    assert shop.client.v1.payment_intents.retrieve(waiting.id).status == "succeeded"


@pytest.mark.parametrize(
    ("method", "answer", "succeeds"),
    [
        ("pm_usBankAccount", None, True),
        ("pm_usBankAccount", False, False),
        ("pm_usBankAccount_insufficientFunds", None, False),
        ("pm_usBankAccount_insufficientFunds", True, True),
    ],
)
def test_a_bank_debit_settles_later(
    shop: Shop, method: str, answer: bool | None, succeeds: bool
) -> None:
    waiting = shop.paid(method)
    assert waiting.status == "processing"
    assert shop.client.v1.charges.retrieve(waiting.latest_charge).status == "pending"
    shop.double.settle(waiting.id, succeeded=answer)
    after: Any = shop.client.v1.payment_intents.retrieve(waiting.id, {"expand": ["latest_charge"]})
    assert after.status == ("succeeded" if succeeds else _UNPAID)
    assert after.latest_charge.paid is succeeds
    assert shop.told()[1:] == [
        "charge.pending",
        "payment_intent.processing",
        f"charge.{'succeeded' if succeeds else 'failed'}",
        f"payment_intent.{'succeeded' if succeeds else 'payment_failed'}",
    ]
    with pytest.raises(ValueError, match="not processing"):
        shop.double.settle(waiting.id)


def test_the_app_confirms_with_the_client_secret_alone(shop: Shop) -> None:
    intent = shop.order(metadata={"userId": "u1"})
    params: Any = {"payment_method": "pm_card_visa", "client_secret": intent.client_secret}
    paid = shop.app.v1.payment_intents.confirm(intent.id, params)
    assert paid.status == "succeeded"
    assert not {"metadata", "customer", "latest_charge"} & paid.to_dict().keys()
    seen = httpx.get(
        f"{shop.double.url}/v1/payment_intents/{intent.id}",
        params={"client_secret": intent.client_secret or "", "key": "pk_test_one"},
    )
    assert (seen.status_code, seen.json()["status"]) == (200, "succeeded")


def test_the_app_may_do_nothing_else(shop: Shop) -> None:
    intent = shop.order()
    wrong: Any = {"payment_method": "pm_card_visa", "client_secret": shop.order().client_secret}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.app.v1.payment_intents.confirm(intent.id, wrong)
    assert refused.value.http_status == 404
    with pytest.raises(stripe.InvalidRequestError, match="client_secret"):
        shop.app.v1.payment_intents.retrieve(intent.id)
    with pytest.raises(stripe.PermissionError) as forbidden:
        shop.app.v1.payment_intents.create({"amount": 999, "currency": "usd"})
    body: Any = forbidden.value.json_body
    assert body["error"]["code"] == "secret_key_required"
    with pytest.raises(stripe.PermissionError):
        shop.app.v1.customers.list()
    assert shop.client.v1.payment_intents.retrieve(intent.id).status == _UNPAID


def test_confirming_twice_is_refused(shop: Shop) -> None:
    paid = shop.paid()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.confirm(paid.id)
    body: Any = refused.value.json_body
    assert refused.value.code == "payment_intent_unexpected_state"
    assert body["error"]["payment_intent"]["status"] == "succeeded"
    assert len(shop.client.v1.charges.list().data) == 1


def test_redirects_need_a_return_url(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        intents.confirm(shop.order().id, {"payment_method": "pm_card_visa"})
    narrow = shop.order(automatic_payment_methods={"enabled": True, "allow_redirects": "never"})
    assert intents.confirm(narrow.id, {"payment_method": "pm_card_visa"}).status == "succeeded"


def test_only_allowed_types_are_taken(shop: Shop) -> None:
    cards_only = shop.order(allowed_payment_method_types=["card"])
    assert cards_only.payment_method_types == ["card"]
    with pytest.raises(stripe.InvalidRequestError, match="not allowed"):
        shop.confirm(cards_only.id, "pm_usBankAccount")
    assert shop.order(currency="eur").payment_method_types == ["card"]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.order(payment_method_types=["card"])
    assert refused.value.code == "payment_method_types_no_longer_supported"


def test_create_and_confirm_at_once(shop: Shop) -> None:
    at_once: Any = {"confirm": True, "return_url": RETURN}
    assert shop.order(payment_method="pm_card_visa", **at_once).status == "succeeded"
    with pytest.raises(stripe.CardError):
        shop.order(payment_method="pm_card_chargeDeclined", **at_once)
    newest = shop.client.v1.payment_intents.list({"limit": 1}).data[0]
    assert newest.status == _UNPAID
    assert shop.told().count("payment_intent.created") == 2


def test_cancel(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    intent = shop.order()
    gone = intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")
    assert gone.canceled_at is not None
    for attempt in (intents.cancel, shop.confirm):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            attempt(intent.id)
        assert refused.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        intents.cancel(shop.paid().id)
    assert shop.told().count("payment_intent.canceled") == 1


def test_update_until_it_is_paid(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    intent = shop.order(metadata={"a": "1", "b": "2"})
    changed = intents.update(intent.id, {"amount": 1999, "metadata": {"a": "", "c": "3"}})
    assert (changed.amount, changed.metadata.to_dict()) == (1999, {"b": "2", "c": "3"})
    assert intents.update(intent.id, {"metadata": ""}).metadata.to_dict() == {}
    ready = intents.update(intent.id, {"payment_method": "pm_card_visa"})
    assert ready.status == "requires_confirmation"
    assert intents.confirm(intent.id, {"return_url": RETURN}).amount_received == 1999
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.update(intent.id, {"amount": 50})
    assert refused.value.code == "payment_intent_unexpected_state"
    noted = intents.update(intent.id, {"metadata": {"late": "yes"}})
    assert noted.metadata.to_dict() == {"late": "yes"}


def test_pay_is_the_customer(shop: Shop) -> None:
    declined = shop.double.pay(shop.order().id, "pm_card_chargeDeclined")
    assert declined["last_payment_error"]["decline_code"] == "generic_decline"
    assert shop.double.pay(declined["id"])["status"] == "succeeded"
