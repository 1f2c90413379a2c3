"""Browsers: whose pages may call the REST gateway and read what it answers."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.unit.transport.gateway import KEY, Gateway

Logged = Callable[[], list[dict[str, Any]]]

ORDER = '{"drinkSize": 3}'
SITE = "https://app.example"
SITES = f"{SITE}, http://localhost:3000"


@pytest.fixture
def bar(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    monkeypatch.setenv("CORS_ORIGINS", SITES)
    return gateway


def _allowed(response: TestResponse) -> list[str]:
    assert "Access-Control-Allow-Credentials" not in response.headers
    return response.headers.getlist("Access-Control-Allow-Origin")


def _answers(gateway: Gateway, origin: str) -> list[TestResponse]:
    headers = {"Origin": origin}
    return [
        gateway.post(ORDER, headers=headers),
        gateway.post(ORDER, user_id=None, headers=headers),
        gateway.post("nonsense", headers=headers),
        gateway.post(" " * 300_000, headers=headers),
        gateway.post(ORDER, content_type="text/plain", headers=headers),
        gateway.post('{"drinkSize": 3, "note": "explode"}', headers=headers),
        gateway.post(ORDER, user_id=None, headers={"x-proxy-key": "wrong", **headers}),
        gateway.send("GET", "/drinks", headers=headers),
        gateway.send("GET", "/nowhere", headers=headers),
        gateway.send("GET", "/openapi.json", headers=headers),
    ]


@pytest.mark.parametrize("origin", [SITE, "http://localhost:3000"])
def test_a_site_that_is_named_reads_every_answer(origin: str, bar: Gateway) -> None:
    answers = _answers(bar, origin)
    assert {answer.status_code for answer in answers} == {
        200,
        400,
        401,
        403,
        404,
        405,
        413,
        415,
        500,
    }
    for answer in answers:
        assert _allowed(answer) == [origin]
        assert answer.headers["Vary"] == "Origin"
        assert "X-Request-Id" in answer.headers["Access-Control-Expose-Headers"]
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://app.example",
        "https://app.example:8443",
        "https://app.example.evil.example",
        "https://APP.example",
        "https://app.example/",
        "app.example",
        "null",
        "",
        SITES,
        "*",
        "é",
    ],
)
def test_no_other_site_does(origin: str, bar: Gateway) -> None:
    for answer in _answers(bar, origin):
        assert _allowed(answer) == []
        assert answer.headers["Vary"] == "Origin"


def test_no_site_at_all_by_default(gateway: Gateway) -> None:
    for answer in _answers(gateway, SITE):
        assert _allowed(answer) == []


@pytest.mark.parametrize("origins", ["*", f"{SITE},*"])
def test_all_sites(origins: str, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", origins)
    for answer in _answers(gateway, "https://anything.example"):
        assert _allowed(answer) == ["*"]
    assert _allowed(gateway.post(ORDER)) == ["*"]


def _preflight(gateway: Gateway, origin: str, path: str = "/drinks") -> TestResponse:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, x-firebase-appcheck",
    }
    return gateway.send("OPTIONS", path, user_id=None, headers=asked)


def test_preflight(bar: Gateway, logged: Logged) -> None:
    answer = _preflight(bar, SITE)
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert _allowed(answer) == [SITE]
    assert answer.headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    allowed = {
        name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")
    }
    assert allowed == {"authorization", "content-type", "x-firebase-appcheck"}
    assert logged() == []


def test_preflight_from_elsewhere(bar: Gateway) -> None:
    assert _allowed(_preflight(bar, "https://evil.example")) == []


def test_preflight_to_nowhere(bar: Gateway) -> None:
    answer = _preflight(bar, SITE, "/nowhere")
    assert (answer.status_code, _allowed(answer)) == (404, [SITE])


def test_a_question_that_is_no_preflight(bar: Gateway) -> None:
    answer = bar.send("OPTIONS", "/drinks", headers={"x-proxy-key": KEY})
    assert (answer.status_code, answer.headers["Allow"]) == (204, "POST, OPTIONS")
