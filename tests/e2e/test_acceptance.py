"""What the studio's own backend promised of its credits, held against the running stack."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from firetill.catalog import ACTION_KINDS, FREE, PACKS, WELCOME_CREDITS
from firetill.config import TERMS_VERSION
from tests.e2e.conftest import SignUp
from tests.e2e.customer import Customer, new_key
from tests.e2e.gateway import by_rest
from tests.e2e.office import Office

PATIENCE_SECONDS = 60.0
SPENDABLE = FREE.daily_credits + WELCOME_CREDITS
ASKED = {"text": "Ben: are you coming on Friday?"}


@pytest.fixture
async def cleo(sign_up: SignUp) -> Customer:
    """A new customer who has accepted the terms."""
    customer = await sign_up()
    accepted = await by_rest(customer, "acceptTerms", termsVersion=TERMS_VERSION.default)
    assert accepted.status_code == 200, accepted.text
    return customer


async def act(customer: Customer, kind: str, text: str = ASKED["text"]) -> httpx.Response:
    return await by_rest(
        customer, "runAction", kind=kind, input={"text": text}, idempotencyKey=new_key()
    )


async def ended(customer: Customer, action_id: str) -> dict[str, Any]:
    """The action once it is done or failed."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found: dict[str, Any] = (await by_rest(customer, "getAction", actionId=action_id)).json()
        if found["status"] in {"done", "failed"}:
            return found
        await asyncio.sleep(0.2)
    raise AssertionError(f"the action is still {found['status']}")


async def credits_of(customer: Customer) -> dict[str, Any]:
    answer = await by_rest(customer, "getCredits")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_action_returns_402_if_insufficient_credits(cleo: Customer) -> None:
    first = await act(cleo, "generate_initial")
    assert first.status_code == 200, first.text
    refused = await act(cleo, "generate_initial")
    assert refused.status_code == 402
    assert refused.json()["error"]["details"] == {
        "reason": "insufficient_credits",
        "balance": SPENDABLE - ACTION_KINDS["generate_initial"].cost,
        "required": ACTION_KINDS["generate_initial"].cost,
    }


async def test_action_returns_403_without_consent(sign_up: SignUp) -> None:
    customer = await sign_up()
    refused = await act(customer, "short_chat")
    assert refused.status_code == 403
    assert refused.json()["error"]["details"] == {
        "reason": "consent_required",
        "termsVersion": TERMS_VERSION.default,
    }


async def test_action_returns_200_with_an_id_when_enough_credits(cleo: Customer) -> None:
    queued = await act(cleo, "short_chat")
    assert queued.status_code == 200
    body = queued.json()
    assert (body["status"], body["cost"]) == ("queued", 5)
    done = await ended(cleo, body["actionId"])
    assert (done["status"], done["failure"]) == ("done", None)
    assert done["output"]["text"]


async def test_stripe_checkout_returns_a_working_checkout_url(
    cleo: Customer, http: httpx.AsyncClient
) -> None:
    opened = await by_rest(
        cleo,
        "createCheckoutSession",
        packId="starter",
        successUrl="https://app.example/thanks",
        cancelUrl="https://app.example/shop",
        idempotencyKey=new_key(),
    )
    assert opened.status_code == 200, opened.text
    page = await http.get(opened.json()["url"])
    assert page.status_code == 200
    assert "5.99" in page.text


async def test_webhook_credits_the_user_on_payment_success(cleo: Customer, office: Office) -> None:
    before = (await credits_of(cleo))["wallet"]["credits"]
    made = await by_rest(
        cleo, "createCreditsPurchaseIntent", packId="starter", idempotencyKey=new_key()
    )
    office.pay(made.json()["purchaseId"])
    after = (await credits_of(cleo))["wallet"]["credits"]
    assert after == before + PACKS["starter"].credits


async def test_daily_reset_sets_credits_remaining_to_the_daily_limit(
    cleo: Customer, office: Office
) -> None:
    action = (await act(cleo, "short_chat")).json()["actionId"]
    await ended(cleo, action)
    assert (await credits_of(cleo))["allowance"]["remaining"] == FREE.daily_credits - 5
    # Move the allowance into the past, and the user to where today began at another instant: for
    # today as it began in UTC there has been one.
    past = datetime.now(UTC) - timedelta(days=2)
    over = {"startedAt": past, "endsAt": past + timedelta(days=1), "dueAt": past}
    office.change(f"users/{cleo.uid}", allowance=over, timeZone="Asia/Kathmandu")
    office.run_job("resetDailyCredits")
    assert office.document(f"users/{cleo.uid}")["wallet"]["dailyCredits"] == FREE.daily_credits
    assert office.document(f"users/{cleo.uid}")["allowance"]["dueAt"] is None


async def test_credit_deduction_is_atomic(cleo: Customer, office: Office) -> None:
    """Eight at once, of which the credits cover one, and no more may be open than three."""
    await credits_of(cleo)
    answers = await asyncio.gather(*(act(cleo, "generate_initial") for _ in range(8)))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {200: 1, 402: 7}, [answer.text for answer in answers]
    wallet = office.document(f"users/{cleo.uid}")["wallet"]
    assert wallet["credits"] + wallet["dailyCredits"] == SPENDABLE - 50
    office.wallet(cleo.uid)  # it verifies the chain as well
    assert len(office.owned_by(cleo.uid, "actions")) == 1


async def test_a_failure_is_paid_back_once(cleo: Customer, office: Office) -> None:
    before = (await credits_of(cleo))["spendable"]
    action = (await act(cleo, "long_chat", "[refuse] this, please")).json()["actionId"]
    failed = await ended(cleo, action)
    assert (failed["status"], failed["failure"]["reason"]) == ("failed", "refused")
    office.run_job("sweepActions")
    assert (await credits_of(cleo))["spendable"] == before
    kinds = Counter(entry["kind"] for entry in office.owned_by(cleo.uid, "ledger"))
    assert (kinds["credits_spend"], kinds["credits_spend_refund"]) == (1, 1)


async def test_the_mock_returns_predictable_json(cleo: Customer, sign_up: SignUp) -> None:
    other = await sign_up()
    await by_rest(other, "acceptTerms", termsVersion=TERMS_VERSION.default)
    outputs = []
    for customer in (cleo, other):
        action = (await act(customer, "short_chat")).json()["actionId"]
        outputs.append((await ended(customer, action))["output"])
    assert outputs[0] == outputs[1]
    assert outputs[0].keys() == {"text", "replies"}
