"""Callables on the wire: who may call, integers as iOS sends them, browsers."""

import base64
import json
import time
from typing import Any

import httpx
import pytest

from local.stack import Stack
from tests.e2e.conftest import SignUp
from tests.e2e.customer import Customer, new_key
from tests.e2e.office import Office

CALLABLES = (
    "startSession",
    "heartbeatSession",
    "resolveSession",
    "createCreditsPurchaseIntent",
    "createCheckoutSession",
)


def wrapped(number: int) -> dict[str, str]:
    """An integer as Flutter sends it from iOS."""
    kind = "type.googleapis.com/google.protobuf.Int64Value"
    return {"@type": kind, "value": str(number)}


def token(project_id: str, **claims: Any) -> str:
    """An unsigned ID token; the Auth emulator's own are no different."""
    now = int(time.time())
    payload = {
        "aud": project_id,
        "iss": f"https://securetoken.google.com/{project_id}",
        "sub": "mallory",
        "iat": now - 60,
        "auth_time": now - 60,
        "exp": now + 3_600,
        **claims,
    }
    parts = ({"alg": "none", "typ": "JWT"}, payload)
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*texts, b""]).decode()


@pytest.mark.parametrize("name", CALLABLES)
async def test_nobody_calls_without_a_token(
    name: str, stack: Stack, http: httpx.AsyncClient
) -> None:
    answer = await http.post(stack.function_url(name), json={"data": {}})
    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
    assert answer.json()["error"]["details"] == {"reason": "sign_in_required"}


async def test_nobody_calls_with_a_token_that_is_none(
    stack: Stack, http: httpx.AsyncClient, sign_up: SignUp
) -> None:
    good = await sign_up()
    for authorization in (
        "Bearer",
        "Bearer nonsense",
        f"Basic {good.token}",
        f"Bearer {token('demo-another')}",
        f"Bearer {token(stack.project_id, sub='')}",
    ):
        answer = await http.post(
            stack.function_url("heartbeatSession"),
            json={"data": {"sessionId": "any"}},
            headers={"Authorization": authorization},
        )
        assert answer.status_code == 401, (authorization, answer.text)
        assert answer.json()["error"]["details"] == {"reason": "sign_in_required"}


async def test_integers_from_ios(ada: Customer, office: Office) -> None:
    started = await ada.call(
        "startSession",
        pledgeAmount=wrapped(300),
        durationMinutes=wrapped(25),
        idempotencyKey=new_key(),
    )
    assert (started["pledgeAmount"], started["durationMinutes"]) == (300, 25)
    assert started["wallet"]["lockedCredits"] == 300
    assert office.wallet(ada.uid).locked_credits == 300


async def test_an_integer_is_the_same_in_either_form(ada: Customer) -> None:
    wish = {"durationMinutes": 25, "idempotencyKey": new_key()}
    first = await ada.call("startSession", pledgeAmount=300, **wish)
    again = await ada.call("startSession", pledgeAmount=wrapped(300), **wish)
    assert again == {**first, "status": "already_started"}


@pytest.mark.parametrize("amount", [True, 1.5, "12", None, wrapped(0), {"value": "1"}])
async def test_what_is_no_amount(amount: Any, ada: Customer, office: Office) -> None:
    details = await ada.refusal(
        "startSession", pledgeAmount=amount, durationMinutes=25, idempotencyKey=new_key()
    )
    reason = "missing_field" if amount is None else "invalid_field"
    assert details == {"reason": reason, "field": "pledgeAmount"}
    assert office.owned_by(ada.uid, "sessions") == []


async def test_nobody_acts_for_somebody_else(ada: Customer, sign_up: SignUp) -> None:
    mallory = await sign_up()
    details = await mallory.refusal(
        "startSession",
        userId=ada.uid,
        pledgeAmount=100,
        durationMinutes=25,
        idempotencyKey=new_key(),
    )
    assert details == {"reason": "unknown_field", "field": "userId"}


@pytest.mark.parametrize("name", CALLABLES)
async def test_a_browser_may_ask(name: str, stack: Stack, http: httpx.AsyncClient) -> None:
    preflight = await http.options(
        stack.function_url(name),
        headers={
            "Origin": "https://shop.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert preflight.status_code in {200, 204}
    assert preflight.headers["Access-Control-Allow-Origin"] in {"*", "https://shop.example"}
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    allowed = preflight.headers["Access-Control-Allow-Headers"].lower()
    assert "authorization" in allowed
    assert "content-type" in allowed


async def test_a_browser_may_read_answers_and_refusals(ada: Customer) -> None:
    origin = {"Origin": "https://shop.example"}
    wish = {"pledgeAmount": 100, "durationMinutes": 25, "idempotencyKey": new_key()}
    answer = await ada.post("startSession", wish, **origin)
    refusal = await ada.post("startSession", {**wish, "idempotencyKey": new_key()}, **origin)
    assert (answer.status_code, refusal.status_code) == (200, 400)
    for response in (answer, refusal):
        assert response.headers["Access-Control-Allow-Origin"] in {"*", origin["Origin"]}
