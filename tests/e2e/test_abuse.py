"""Abuses that need the whole stack: its servers, real accounts, and its Firestore under rules."""

import asyncio
import base64
import gzip
import json
from typing import Any

import httpx
import pytest

from local.stack import Stack
from tests.e2e.conftest import SignUp
from tests.e2e.customer import Customer
from tests.e2e.office import Office

MEBIBYTE = 1 << 20
FLOODS: dict[str, list[tuple[str, str]]] = {
    "one of 64 KiB": [("X-Flood", "x" * 65_536)],
    "many": [(f"X-Flood-{number}", "x") for number in range(3_000)],
    "many of one name": [("X-Flood", "x") for _ in range(3_000)],
    "a long name": [("X-" + "f" * 32_768, "x")],
    "a token without an end": [("Authorization", "Bearer " + "a" * 65_536)],
    "a key without an end": [("x-proxy-key", "k" * 65_536)],
}


def _urls(stack: Stack) -> list[str]:
    return [
        f"{stack.api_url}/api/user/consent",
        stack.function_url("acceptTerms"),
        stack.function_url("handleStripeWebhook"),
    ]


@pytest.mark.parametrize("flood", FLOODS)
async def test_floods_of_headers(flood: str, stack: Stack, http: httpx.AsyncClient) -> None:
    """Refused by whoever reads them first; nobody falls over."""
    for url in _urls(stack):
        sent = [("Content-Type", "application/json"), *FLOODS[flood]]
        try:
            answer = await http.post(url, content=b"{}", headers=sent)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            continue  # hung up on, which is an answer too
        assert 400 <= answer.status_code < 500, (url, answer.status_code, answer.text[:200])
        assert "Traceback" not in answer.text
    health = await http.get(f"{stack.api_url}/health")
    assert health.status_code == 200


async def test_a_bomb_at_every_door(stack: Stack, http: httpx.AsyncClient, ada: Customer) -> None:
    bomb = gzip.compress(b'{"data":' + b" " * (64 * MEBIBYTE) + b"{}}", 9)
    headers = {
        "Authorization": f"Bearer {ada.token}",
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
        "Stripe-Signature": "t=1,v1=00",
    }
    for url in _urls(stack):
        answer = await http.post(url, content=bomb, headers=headers)
        assert answer.status_code in {400, 413, 415}, (url, answer.status_code)
    assert (await ada.call("getCredits"))["wallet"]["credits"] >= 1_000


async def test_guessing_a_proxy_key(stack: Stack, http: httpx.AsyncClient) -> None:
    url, asked = f"{stack.api_url}/scan-ticket/preview", {"userId": "x", "eventId": "y"}
    for guess in ("", "local", "local-proxy-ke", "local-proxy-keyy", "Local-Proxy-Key", "*"):
        answer = await http.post(url, json=asked, headers={"x-proxy-key": guess})
        told = answer.status_code, answer.json()["error"]["details"]
        assert told == (403, {"reason": "bad_proxy_key"}), guess


async def _account(stack: Stack, http: httpx.AsyncClient, verb: str, **body: Any) -> None:
    url = f"{stack.auth_url}/identitytoolkit.googleapis.com/v1/projects/{stack.project_id}"
    answer = await http.post(
        f"{url}/accounts:{verb}", json=body, headers={"Authorization": "Bearer owner"}
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("end", ["disabled", "revoked", "deleted"])
async def test_a_token_outlives_its_account_by_an_hour_at_most(
    end: str, stack: Stack, http: httpx.AsyncClient, sign_up: SignUp
) -> None:
    """Firebase's check of revocation would cost each call a request; so this is a known limit."""
    customer = await sign_up()
    if end == "deleted":
        await _account(stack, http, "delete", localId=customer.uid)
    elif end == "disabled":
        await _account(stack, http, "update", localId=customer.uid, disableUser=True)
    else:
        await _account(stack, http, "update", localId=customer.uid, validSince="4000000000")
    assert (await customer.call("getCredits"))["wallet"]["credits"] >= 0
    ends = json.loads(_decoded(customer.token.split(".")[1]))
    assert ends["exp"] - ends["iat"] <= 3_600


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def test_firestore_is_no_way_around(
    stack: Stack, http: httpx.AsyncClient, ada: Customer, sign_up: SignUp, office: Office
) -> None:
    """The stack's Firestore runs under the rules, with the tokens that its accounts get."""
    eve = await sign_up()
    await eve.call("getCredits")
    root = f"projects/{stack.project_id}/databases/(default)/documents"
    base = f"http://{stack.firestore_address}/v1/{root}"
    headers = {"Authorization": f"Bearer {eve.token}"}
    before = office.document(f"users/{ada.uid}")
    own = await http.get(f"{base}/users/{eve.uid}", headers=headers)
    assert own.status_code in {200, 404}
    wallet = {"mapValue": {"fields": {"credits": {"integerValue": "999999"}}}}
    increment = {"fieldPath": "wallet.credits", "increment": {"integerValue": "9"}}
    transform = {"document": f"{root}/users/{eve.uid}", "fieldTransforms": [increment]}
    asked = [
        http.get(f"{base}/users/{ada.uid}", headers=headers),
        http.get(f"{base}/users", headers=headers),
        http.get(f"{base}/ledger", headers=headers),
        http.patch(f"{base}/users/{eve.uid}", json={"fields": {"wallet": wallet}}, headers=headers),
        http.patch(f"{base}/adminUsers/{eve.uid}", json={"fields": {}}, headers=headers),
        http.post(f"{base}:listCollectionIds", json={}, headers=headers),
        http.post(f"{base}:commit", json={"writes": [{"transform": transform}]}, headers=headers),
        http.get(f"{base}/users/{ada.uid}"),
    ]
    for answer in await asyncio.gather(*asked):
        assert answer.status_code == 403, (answer.request.url, answer.text)
    assert office.document(f"users/{ada.uid}") == before
