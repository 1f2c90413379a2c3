"""The two ways into the REST gateway, and all the ways that lead nowhere."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import firebase_admin
import pytest
from firebase_admin import app_check

from firetill import config
from firetill.config import MisconfiguredError
from tests.unit.transport.doors import error_of, unsigned_token
from tests.unit.transport.gateway import KEY, OLD_KEY, Gateway

Logged = Callable[[], list[dict[str, Any]]]

ORDER = '{"drinkSize": 3}'


def _token(header: Any = None, **claims: Any) -> str:
    """An ID token that is right but for what is told."""
    project = firebase_admin.get_app().project_id
    payload = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "sub": "ada",
        "iat": int(time.time()) - 60,
        "exp": int(time.time()) + 3_600,
    } | claims
    parts = [header if header is not None else {"alg": "none", "typ": "JWT"}, payload]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join([*(part.rstrip("=") for part in encoded), ""])


def _refused(gateway: Gateway, **headers: str) -> tuple[int, str]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    response = gateway.post(ORDER, user_id=None, headers=sent)
    details = error_of(response)["details"]
    assert details.keys() == {"reason"}
    return response.status_code, details["reason"]


SIGN_IN = (401, "sign_in_required")
BAD_KEY = (403, "bad_proxy_key")


def test_with_neither(gateway: Gateway, logged: Logged) -> None:
    response = gateway.post(ORDER, user_id=None)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert error_of(response)["status"] == "UNAUTHENTICATED"
    [line] = logged()
    assert (line["reason"], line["userId"]) == ("sign_in_required", None)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer  ",
        "Bearer abc",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer " + "." * 5_000,
        "Bearer é.ü.ñ",
        "Bearer \x00\x01",
        "Basic YTpi",
        "token",
        "Bearer " + "A" * 60_000,
        "Bearer " + base64.urlsafe_b64encode(b"[" * 20_000).decode() * 2 + ".e30.",
        "Bearer bnVsbA.bnVsbA.",
        "Bearer e30.W10.",
        "Bearer e30.e30.",
        "Bearer " + ("eyJhbGciOiJub25lIn0." * 4),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_what_is_no_token(authorization: str, gateway: Gateway, logged: Logged) -> None:
    assert _refused(gateway, Authorization=authorization) == SIGN_IN
    [line] = logged()
    assert line["reason"] == "sign_in_required"
    token = authorization.removeprefix("Bearer").strip(" .")
    assert len(token) < 4 or token not in json.dumps(line)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "demo-another"},
        {"iss": "https://securetoken.google.com/demo-another"},
        {"iss": "https://session.firebase.google.com/demo-doors"},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"sub": ["ada"]},
        {"sub": "u" * 129},
        {"sub": "a/b"},
        {"sub": ".."},
        {"sub": "__all__"},
        {"aud": {"a": 1}},
    ],
    ids=str,
)
def test_tokens_of_nobody_here(claims: dict[str, Any], gateway: Gateway) -> None:
    assert _refused(gateway, Authorization=f"Bearer {_token(**claims)}") == SIGN_IN


@pytest.mark.parametrize("header", [[], "none", {"alg": "HS256"}, {"typ": 7}, {}], ids=str)
def test_headers_of_tokens_never_break_the_door(header: Any, gateway: Gateway) -> None:
    sent = {"Authorization": f"Bearer {_token(header)}"}
    assert gateway.post(ORDER, user_id=None, headers=sent).status_code in {200, 401}


def test_tokens_in_production_are_signed(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = {"Authorization": f"Bearer {unsigned_token('ada')}"}
    assert gateway.post(ORDER, user_id=None, headers=sent).status_code == 200
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST")
    assert _refused(gateway, **sent) == SIGN_IN


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_schemes_case_does_not_matter(scheme: str, gateway: Gateway) -> None:
    sent = {"Authorization": f"{scheme} {unsigned_token('ada')}"}
    assert gateway.post(ORDER, user_id=None, headers=sent).status_code == 200


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
def test_every_key_is_valid(key: str, gateway: Gateway) -> None:
    response = gateway.post(ORDER, user_id=None, headers={"x-proxy-key": key})
    assert (response.status_code, json.loads(response.get_data())["to"]) == (200, "server")


@pytest.mark.parametrize(
    "key",
    [
        "",
        " ",
        KEY[:-1],
        KEY + "x",
        KEY.upper(),
        f"{KEY}, {OLD_KEY}",
        f"{KEY},",
        ",",
        "none",
        "é" * 20,
        KEY + "é",
        "\x00",
        "x" * 60_000,
    ],
    ids=lambda value: repr(value[:30]),
)
@pytest.mark.parametrize("signed_in", [False, True])
def test_a_wrong_key_is_refused_whoever_holds_it(
    key: str, signed_in: bool, gateway: Gateway, logged: Logged
) -> None:
    response = gateway.post(
        ORDER, user_id="ada" if signed_in else None, headers={"x-proxy-key": key}
    )
    assert (response.status_code, error_of(response)["details"]) == (
        403,
        {"reason": "bad_proxy_key"},
    )
    [line] = logged()
    assert (line["reason"], line["userId"]) == ("bad_proxy_key", None)
    assert len(key) < 8 or key not in json.dumps(line)


def test_every_key_is_compared_in_constant_time(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[bytes] = []
    compare = hmac.compare_digest

    def compare_digest(ours: bytes, theirs: bytes) -> bool:
        compared.append(ours)
        return compare(ours, theirs)

    monkeypatch.setattr(hmac, "compare_digest", compare_digest)
    for sent in (KEY, OLD_KEY, "wrong"):
        compared.clear()
        gateway.post(ORDER, user_id=None, headers={"x-proxy-key": sent})
        assert compared == [KEY.encode(), OLD_KEY.encode()]


@pytest.mark.parametrize("user_id", ["ada", None])
def test_a_server_where_only_users_may(gateway: Gateway, user_id: str | None) -> None:
    closing = gateway.post("{}", "/bar/close", user_id=user_id, headers={"x-proxy-key": KEY})
    assert closing.status_code == 401
    assert error_of(closing)["details"] == {"reason": "sign_in_required"}


def test_who_calls_is_asked_before_what(gateway: Gateway) -> None:
    for body, content_type in (("nonsense", "application/json"), ('{"a": 1}', "text/plain")):
        response = gateway.post(body, user_id=None, content_type=content_type)
        assert response.status_code == 401


@pytest.mark.parametrize("keys", ["", " "])
def test_without_keys_only_servers_are_turned_away(
    keys: str, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    monkeypatch.setenv("PROXY_KEYS", keys)
    assert gateway.post(ORDER).status_code == 200
    logged()
    response = gateway.post(ORDER, user_id=None, headers={"x-proxy-key": ""})
    assert response.status_code == 500
    [line] = logged()
    assert "firebase functions:secrets:set PROXY_KEYS" in line["stack"]


def test_no_server_is_trusted(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROXY_KEYS", "none")
    for key in ("none", "", KEY):
        assert _refused(gateway, x_proxy_key=key) == BAD_KEY


@pytest.mark.parametrize(
    "keys",
    ["fifteen-letters", f"{KEY},short", f"{KEY},", f"{KEY},,{OLD_KEY}", "ключ" * 8, "a b" * 8],
)
def test_keys_that_are_too_weak(keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("PROXY_KEYS", KEY)
    assert config.proxy_keys() == [KEY]
    monkeypatch.setenv("PROXY_KEYS", keys)
    with pytest.raises(MisconfiguredError, match="at least 16 characters"):
        config.proxy_keys()


def test_a_short_key_where_anybody_may_be_anyone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setenv("PROXY_KEYS", "local-proxy-key")
    assert config.proxy_keys() == ["local-proxy-key"]


@pytest.mark.parametrize("token", [None, "", "garbage", "a.b.c", "é"])
def test_app_check_when_enforced(
    token: str | None, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    headers = {} if token is None else {"X-Firebase-AppCheck": token}
    assert gateway.post(ORDER, headers=headers).status_code == 200
    monkeypatch.setenv("ENFORCE_APP_CHECK", "true")
    logged()
    response = gateway.post(ORDER, headers=headers)
    assert (response.status_code, error_of(response)["details"]) == (
        403,
        {"reason": "app_check_failed"},
    )
    assert len(logged()) == 1


def test_app_check_that_vouches(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    def verify_token(token: str) -> dict[str, str]:
        assert token == "app-token"
        return {"sub": "1:2:web:3", "app_id": "1:2:web:3"}

    monkeypatch.setattr(app_check, "verify_token", verify_token)
    monkeypatch.setenv("ENFORCE_APP_CHECK", "true")
    assert gateway.post(ORDER, headers={"X-Firebase-AppCheck": "app-token"}).status_code == 200


def test_servers_are_no_apps(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFORCE_APP_CHECK", "true")
    response = gateway.post(ORDER, user_id=None, headers={"x-proxy-key": KEY})
    assert response.status_code == 200
