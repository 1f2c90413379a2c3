"""Stripe's webhooks, from the double's doorstep to the wallet."""

from typing import Any

import httpx
import pytest

from local.stack import Stack
from tests.e2e.conftest import SignUp
from tests.e2e.customer import Customer, new_key
from tests.e2e.office import Office

SUCCESS_URL = "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}"
CANCEL_URL = "https://shop.example/cart"


async def test_every_event_doubled_and_shuffled(sign_up: SignUp, office: Office) -> None:
    ben = await sign_up()
    purchase_id = (await ben.buy("value"))["purchaseId"]
    office.stripe("set_delivery", copies=2, shuffle_window=4, seed=7)
    office.pay(purchase_id)
    assert office.posted(ben.uid) == [("credits_purchase", 2_500)]
    assert office.wallet(ben.uid).lifetime_purchased == 2_500
    purchase = office.document(f"paymentIntents/{purchase_id}")
    assert (purchase["status"], purchase["credited"]) == ("succeeded", True)
    event = office.event("payment_intent.succeeded", purchase_id)
    assert office.document(f"stripeEvents/{event['id']}")["status"] == "processed"


async def test_a_card_that_is_declined_and_another_that_is_not(
    sign_up: SignUp, office: Office
) -> None:
    ben = await sign_up()
    purchase_id = (await ben.buy("starter"))["purchaseId"]
    office.stripe("pay", payment_intent=purchase_id, payment_method="pm_card_chargeDeclined")
    office.settle_webhooks()
    assert office.document(f"paymentIntents/{purchase_id}")["status"] == "payment_failed"
    assert office.posted(ben.uid) == []
    office.pay(purchase_id)
    assert office.posted(ben.uid) == [("credits_purchase", 500)]


async def test_a_dispute_takes_the_credits_until_it_is_won(ada: Customer, office: Office) -> None:
    [purchase] = office.owned_by(ada.uid, "paymentIntents")
    dispute = office.stripe("open_dispute", payment=purchase["paymentIntentId"])
    office.settle_webhooks()
    assert office.wallet(ada.uid).credits == 0
    office.stripe("close_dispute", dispute=dispute["id"], outcome="won")
    office.settle_webhooks()
    assert office.posted(ada.uid) == [
        ("credits_purchase", 1_000),
        ("credits_clawback", 1_000),
        ("credits_reinstate", 1_000),
    ]
    assert office.wallet(ada.uid).credits == 1_000


async def test_checkout_on_stripes_page(
    sign_up: SignUp, office: Office, http: httpx.AsyncClient
) -> None:
    ben = await sign_up()
    wish = {
        "packId": "premium",
        "successUrl": SUCCESS_URL,
        "cancelUrl": CANCEL_URL,
        "idempotencyKey": new_key(),
    }
    opened = await ben.call("createCheckoutSession", **wish)
    session_id = opened["checkoutSessionId"]
    assert await ben.call("createCheckoutSession", **wish) == opened
    mirror = f"checkoutSessions/{session_id}"
    assert office.document(mirror)["status"] == "open"

    page = await http.get(opened["url"])
    assert page.status_code == 200
    assert "5,000 credits" in page.text
    assert "34.99 USD" in page.text
    left = await http.post(opened["url"], data={"action": "cancel"})
    assert (left.status_code, left.headers["Location"]) == (303, CANCEL_URL)
    declined = await http.post(opened["url"], data={"action": "decline"})
    assert (declined.status_code, "declined" in declined.text) == (200, True)
    office.settle_webhooks()
    assert office.posted(ben.uid) == []

    paid = await http.post(opened["url"], data={"action": "pay"})
    thanks = SUCCESS_URL.replace("{CHECKOUT_SESSION_ID}", session_id)
    assert (paid.status_code, paid.headers["Location"]) == (303, thanks)
    office.settle_webhooks()
    assert office.document(mirror)["status"] == "complete"
    assert office.posted(ben.uid) == [("credits_purchase", 5_000)]
    assert office.wallet(ben.uid).credits == 5_000


@pytest.mark.parametrize(
    "forgery",
    [
        {"secret": "whsec_of_somebody_else"},
        {"header": ""},
        {"offset_seconds": -400},
        {"offset_seconds": 400},
    ],
    ids=["another secret", "no signature", "long ago", "from the future"],
)
async def test_what_stripe_did_not_sign_now(
    forgery: dict[str, Any], sign_up: SignUp, office: Office
) -> None:
    ben = await sign_up()
    purchase_id = (await ben.buy("starter"))["purchaseId"]
    body = (
        f'{{"id": "evt_forged", "type": "payment_intent.succeeded", "livemode": false,'
        f' "data": {{"object": {{"id": "{purchase_id}", "currency": "usd",'
        f' "amount_received": 599}}}}}}'
    )
    answer = office.stripe("post_webhook", body=body, **forgery)
    assert (answer["outcome"], answer["status"]) == ("refused", 400)
    assert office.owned_by(ben.uid, "ledger") == []
    assert office.document(f"paymentIntents/{purchase_id}")["credited"] is False


async def test_only_posts_are_webhooks(stack: Stack, http: httpx.AsyncClient) -> None:
    answer = await http.get(stack.webhook_url)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
