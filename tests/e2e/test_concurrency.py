"""The same things at once, over HTTP. The heavy races run in one process, elsewhere.

The Functions emulator starts a process for each request of a function that is under way, so these
are few, and they truly run side by side.
"""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime

import httpx

from local.stack import Stack
from local.stripe_account import LOCAL_WEBHOOK_SECRET
from local.stripe_double.signing import signature
from tests.e2e.conftest import SignUp
from tests.e2e.customer import Customer, new_key
from tests.e2e.office import Office

AT_ONCE = 8


async def test_one_start_that_comes_many_times(ada: Customer, office: Office) -> None:
    wish = {"pledgeAmount": 300, "durationMinutes": 25, "idempotencyKey": new_key()}
    answers = await asyncio.gather(*(ada.call("startSession", **wish) for _ in range(AT_ONCE)))
    statuses = Counter(answer.pop("status") for answer in answers)
    assert statuses == {"started": 1, "already_started": AT_ONCE - 1}
    assert all(answer == answers[0] for answer in answers)
    assert [session["status"] for session in office.owned_by(ada.uid, "sessions")] == ["ACTIVE"]
    assert office.posted(ada.uid) == [("credits_purchase", 1_000), ("credits_lock", 300)]
    assert office.wallet(ada.uid).credits == 700


async def test_many_starts_of_one_user(ada: Customer, office: Office) -> None:
    answers = await asyncio.gather(
        *(
            ada.post(
                "startSession",
                {"pledgeAmount": 10 + n, "durationMinutes": 25, "idempotencyKey": new_key()},
            )
            for n in range(AT_ONCE)
        )
    )
    [started] = [answer.json()["result"] for answer in answers if answer.status_code == 200]
    refusals = [answer.json()["error"]["details"] for answer in answers if answer.is_error]
    active = {"reason": "session_already_active", "sessionId": started["sessionId"]}
    assert refusals == [active] * (AT_ONCE - 1)
    assert office.wallet(ada.uid).locked_credits == started["pledgeAmount"]


async def test_success_against_failure(ada: Customer, office: Office) -> None:
    session_id = await ada.pledge(300)
    office.move_back(session_id, minutes=2)
    answers = await asyncio.gather(
        *(
            ada.post(
                "resolveSession",
                {
                    "sessionId": session_id,
                    "resolution": "FAILURE" if n % 2 else "SUCCESS",
                    "idempotencyKey": new_key(),
                },
            )
            for n in range(AT_ONCE)
        )
    )
    [settled] = [answer.json()["result"] for answer in answers if answer.status_code == 200]
    refusals = [answer.json()["error"]["details"] for answer in answers if answer.is_error]
    late = {
        "reason": "session_already_settled",
        "sessionId": session_id,
        "resolution": settled["resolution"],
    }
    assert refusals == [late] * (AT_ONCE - 1)
    wallet = office.wallet(ada.uid)
    assert settled["refunded"] + settled["burned"] == 300
    assert (wallet.credits, wallet.ash) == (1_000 - settled["burned"], settled["burned"])


async def test_one_webhook_that_comes_many_times(
    stack: Stack, http: httpx.AsyncClient, sign_up: SignUp, office: Office
) -> None:
    ben = await sign_up()
    purchase_id = (await ben.buy("standard"))["purchaseId"]
    office.stripe("set_delivery", lose_types=["*"])
    office.pay(purchase_id)
    event = office.event("payment_intent.succeeded", purchase_id)
    body = json.dumps(event).encode()
    signed = signature(body, LOCAL_WEBHOOK_SECRET, int(datetime.now(UTC).timestamp()))
    headers = {"Stripe-Signature": signed}
    answers = await asyncio.gather(
        *(http.post(stack.webhook_url, content=body, headers=headers) for _ in range(AT_ONCE))
    )
    assert {answer.status_code for answer in answers} == {200}
    results = Counter(answer.json()["result"] for answer in answers)
    assert results == {"processed": 1, "duplicate": AT_ONCE - 1}
    assert office.posted(ben.uid) == [("credits_purchase", 1_000)]
    assert office.wallet(ben.uid).credits == 1_000
