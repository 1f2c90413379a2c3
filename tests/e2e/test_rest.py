"""The REST interface in the running stack: both ways in, and what it says of itself."""

from typing import Any

import httpx
import pytest

from local.stack import PROXY_KEY, Stack
from tests.e2e.conftest import SignUp

SITE = "https://shop.example"
NO_SCAN = {"userId": "nobody", "eventId": "nowhere"}


def refusal(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()["error"]["details"]


async def test_a_user_comes_in(stack: Stack, http: httpx.AsyncClient, sign_up: SignUp) -> None:
    customer = await sign_up()
    answer = await http.post(
        f"{stack.api_url}/orders/cancel",
        json={"orderId": "nothing", "idempotencyKey": "cancel-1"},
        headers={"Authorization": f"Bearer {customer.token}", "Origin": SITE},
    )
    assert refusal(answer) == (404, {"reason": "order_not_found", "id": "nothing"})
    assert len(answer.headers["X-Request-Id"]) == 32
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_server_comes_in(stack: Stack, http: httpx.AsyncClient) -> None:
    url, key = f"{stack.api_url}/scan-ticket/preview", {"x-proxy-key": PROXY_KEY}
    answer = await http.post(url, json=NO_SCAN, headers=key)
    assert refusal(answer) == (404, {"reason": "event_not_found", "eventId": "nowhere"})
    answer = await http.post(url, json=NO_SCAN, headers={"x-proxy-key": "another"})
    assert refusal(answer) == (403, {"reason": "bad_proxy_key"})


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense"])
async def test_nobody_else_does(
    authorization: str | None, stack: Stack, http: httpx.AsyncClient
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = await http.post(f"{stack.api_url}/scan-ticket", json=NO_SCAN, headers=headers)
    assert refusal(answer) == (401, {"reason": "sign_in_required"})


async def test_a_giant_is_told_so(stack: Stack, http: httpx.AsyncClient) -> None:
    for length in (256 * 1024 + 1, 2_000_000):
        answer = await http.post(
            f"{stack.api_url}/scan-ticket",
            content=b" " * length,
            headers={"Content-Type": "application/json", "x-proxy-key": PROXY_KEY},
        )
        assert refusal(answer) == (413, {"reason": "payload_too_large", "limit": 262_144})


async def test_what_it_says_of_itself(stack: Stack, http: httpx.AsyncClient) -> None:
    described = (await http.get(f"{stack.api_url}/openapi.json")).json()
    assert described["openapi"] == "3.1.0"
    assert "/scan-ticket" in described["paths"]
    page = await http.get(f"{stack.api_url}/docs")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.text.count("<section") > len(described["paths"])
    health = await http.get(f"{stack.api_url}/health")
    assert (health.status_code, health.json()["status"]) == (200, "ok")


async def test_a_page_asks_first(stack: Stack, http: httpx.AsyncClient) -> None:
    asked = {"Origin": SITE, "Access-Control-Request-Method": "POST"}
    answer = await http.options(f"{stack.api_url}/scan-ticket", headers=asked)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert answer.headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"


async def test_where_nothing_is(stack: Stack, http: httpx.AsyncClient) -> None:
    assert refusal(await http.get(f"{stack.api_url}/nowhere")) == (
        404,
        {"reason": "route_not_found"},
    )
    answer = await http.get(f"{stack.api_url}/scan-ticket")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST, OPTIONS")
