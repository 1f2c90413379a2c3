"""The door of the callables, driven as a web server drives it."""

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from firebase_admin import app_check

from firetill import runtime
from firetill.access import signed_in
from firetill.errors import InsufficientCredits, NotOwner, PaymentProviderUnavailable
from firetill.transport.callables import BODY_BYTES, callable_function
from firetill.transport.declared import Declared
from tests.unit.transport.doors import ORIGIN, Caller, error_of, unsigned_token

Logged = Callable[[], list[dict[str, Any]]]

pytestmark = pytest.mark.usefixtures("firebase_process")


class Order(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    drink_size: int
    note: str | None = None


class Served(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    status: str
    user_id: str
    drink_size: int
    served_at: datetime


def _serve(user_id: str, order: Order) -> Served:
    match order.note:
        case "too expensive":
            raise InsufficientCredits(balance=1, required=2)
        case "not mine":
            raise NotOwner
        case "barkeeper is away":
            raise PaymentProviderUnavailable from ConnectionError("no route to the keg")
        case "explode":
            raise RuntimeError("/srv/secret/path: google.api_core says no")
    served_at = datetime(2026, 2, 7, 9, 30, 0, 123_456, tzinfo=UTC)
    return Served(
        status="served", user_id=user_id, drink_size=order.drink_size, served_at=served_at
    )


def _declared(run: Callable[[Any, Order], Any]) -> Declared[Order]:
    return Declared(
        name="serveDrink",
        summary="Serve a drink.",
        takes=Order,
        gives=Served,
        run=run,
        refusals=(),
        example={},
        result={},
    )


@pytest.fixture
def bar() -> Caller:
    return Caller(callable_function(_declared(lambda one, order: _serve(signed_in(one), order))))


def test_an_answer(bar: Caller, logged: Logged) -> None:
    response = bar.call({"drinkSize": 3})
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert json.loads(response.get_data()) == {
        "result": {
            "status": "served",
            "userId": "ada",
            "drinkSize": 3,
            "servedAt": "2026-02-07T09:30:00.123Z",
        }
    }
    [line] = logged()
    assert line.pop("milliseconds") >= 0
    assert line == {
        "severity": "INFO",
        "message": "call answered",
        "operation": "serveDrink",
        "userId": "ada",
        "status": "served",
        "reason": None,
        "cause": None,
    }


def test_the_log_says_what_is_behind_a_refusal_and_the_answer_does_not(
    bar: Caller, logged: Logged
) -> None:
    response = bar.call({"drinkSize": 3, "note": "barkeeper is away"})
    assert error_of(response)["details"] == {"reason": "payment_provider_unavailable"}
    assert b"keg" not in response.get_data()
    [line] = logged()
    assert (line["reason"], line["cause"]) == (
        "payment_provider_unavailable",
        "ConnectionError('no route to the keg')",
    )


def test_integers_from_ios(bar: Caller) -> None:
    wrapped = {"@type": "type.googleapis.com/google.protobuf.Int64Value", "value": "3"}
    assert json.loads(bar.call({"drinkSize": wrapped}).get_data())["result"]["drinkSize"] == 3


@pytest.mark.parametrize(
    ("data", "answer", "details"),
    [
        (
            {"drinkSize": "3"},
            (400, "INVALID_ARGUMENT"),
            {"reason": "invalid_field", "field": "drinkSize"},
        ),
        ({}, (400, "INVALID_ARGUMENT"), {"reason": "missing_field", "field": "drinkSize"}),
        (
            {"drinkSize": 3, "userId": "eve"},
            (400, "INVALID_ARGUMENT"),
            {"reason": "unknown_field", "field": "userId"},
        ),
        (None, (400, "INVALID_ARGUMENT"), {"reason": "invalid_field", "field": "data"}),
        (
            {"drinkSize": 3, "note": "too expensive"},
            (400, "FAILED_PRECONDITION"),
            {"reason": "insufficient_credits", "balance": 1, "required": 2},
        ),
        ({"drinkSize": 3, "note": "not mine"}, (403, "PERMISSION_DENIED"), {"reason": "not_owner"}),
    ],
)
def test_a_refusal(
    data: Any, answer: tuple[int, str], details: dict[str, Any], bar: Caller, logged: Logged
) -> None:
    response = bar.call(data)
    error = error_of(response)
    assert (response.status_code, error["status"]) == answer
    assert error["details"] == details
    [line] = logged()
    assert (line["severity"], line["message"]) == ("INFO", "call refused")
    assert (line["userId"], line["reason"]) == ("ada", details["reason"])


_FAR_TOO_DEEP = b'{"data": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"
_TOO_LARGE = b'{"data": "' + b"x" * BODY_BYTES + b'"}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b'{"data": ',
        b'{"data": {"drinkSize": 3}} x',
        b'{"data": "\xff"}',
        b"[]",
        b"null",
        b"3",
        b'"data"',
        b"{}",
        b'{"data": {"drinkSize": 3}, "more": 1}',
        b'{"Data": {"drinkSize": 3}}',
        b'{"data": ' + b"9" * 5_000 + b"}",
        _FAR_TOO_DEEP,
        _TOO_LARGE,
    ],
    ids=lambda body: repr(body[:24]),
)
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("user_id", ["ada", None])
def test_bodies_that_are_none(
    body: bytes, chunked: bool, user_id: str | None, bar: Caller, logged: Logged
) -> None:
    response = bar.send(body, chunked=chunked, user_id=user_id)
    error = error_of(response)
    assert (response.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["details"] == {"reason": "invalid_field", "field": "data"}
    assert ("larger" in error["message"]) == (body is _TOO_LARGE)
    [line] = logged()
    assert (line["message"], line["reason"]) == ("call refused", "invalid_field")


@pytest.mark.parametrize("chunked", [False, True])
def test_the_largest_body(bar: Caller, chunked: bool) -> None:
    frame = len(json.dumps({"data": {"drinkSize": 3, "note": ""}}))
    largest = json.dumps({"data": {"drinkSize": 3, "note": "x" * (BODY_BYTES - frame)}})
    assert len(largest) == BODY_BYTES
    assert bar.send(largest, chunked=chunked).status_code == 200
    for more in (1, 2, 1_000_000):
        assert bar.send(largest + " " * more, chunked=chunked).status_code == 400


class _Endless(io.BytesIO):
    """A body that goes on until the test has seen enough."""

    served = 0

    def readinto(self, buffer: Any) -> int:
        self.served += len(buffer)
        return len(buffer) if self.served < 100 * BODY_BYTES else 0

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError(f"read {size} bytes at once")


def test_a_body_without_an_end_is_cut_off(bar: Caller) -> None:
    endless = _Endless()
    error = error_of(bar.send("", chunked=endless))
    assert error["details"] == {"reason": "invalid_field", "field": "data"}
    assert "larger" in error["message"]
    assert BODY_BYTES < endless.served <= 2 * BODY_BYTES


def test_nesting_near_the_interpreters_limit(bar: Caller, logged: Logged) -> None:
    """Somewhere our parse would still succeed and the SDK's, a few frames deeper, would not."""
    for depth in range(sys.getrecursionlimit() - 250, sys.getrecursionlimit(), 2):
        error = error_of(bar.send('{"data": ' + "[" * depth + "]" * depth + "}"))
        assert error["details"] == {"reason": "invalid_field", "field": "data"}
        [line] = logged()
        assert line["message"] == "call refused"


def test_a_body_with_a_charset(bar: Caller) -> None:
    body = '{"data": {"drinkSize": 3}}'
    response = bar.send(body, content_type="Application/JSON; charset=utf-8")
    assert response.status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_other_content_types(content_type: str, bar: Caller, logged: Logged) -> None:
    response = bar.send('{"data": {"drinkSize": 3}}', content_type=content_type)
    assert (response.status_code, error_of(response)["details"]["field"]) == (400, "data")
    assert len(logged()) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_other_methods(method: str, bar: Caller, logged: Logged) -> None:
    response = bar.send('{"data": {"drinkSize": 3}}', method=method)
    assert (response.status_code, error_of(response)["details"]["field"]) == (400, "data")
    assert len(logged()) == 1


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer abc", "Bearer a.b.c", "Basic YTpi", "token"],
)
def test_without_a_valid_token(authorization: str | None, bar: Caller, logged: Logged) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    response = bar.call({"drinkSize": 3}, user_id=None, headers=headers)
    error = error_of(response)
    assert (response.status_code, error["status"]) == (401, "UNAUTHENTICATED")
    assert error["details"] == {"reason": "sign_in_required"}
    [line] = logged()
    assert (line["reason"], line["userId"]) == ("sign_in_required", None)


def test_the_token_is_looked_at_before_the_input(bar: Caller) -> None:
    assert error_of(bar.call({"nonsense": 1}, user_id=None))["details"] == {
        "reason": "sign_in_required"
    }


def test_unsigned_tokens_count_only_beside_the_auth_emulator(
    bar: Caller, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    token = {"Authorization": f"Bearer {unsigned_token('ada')}"}
    assert bar.call({"drinkSize": 3}, user_id=None, headers=token).status_code == 200
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST")
    logged()
    refused = bar.call({"drinkSize": 3}, user_id=None, headers=token)
    assert error_of(refused)["details"] == {"reason": "sign_in_required"}
    assert len(logged()) == 1


@pytest.mark.parametrize("user_id", ["a/b", ".", "..", "__all__", "u" * 129])
def test_user_ids_that_are_no_document(user_id: str, bar: Caller) -> None:
    assert error_of(bar.call({"drinkSize": 3}, user_id=user_id))["details"] == {
        "reason": "sign_in_required"
    }


@pytest.mark.parametrize("token", [None, "", "garbage", "a.b.c"])
def test_app_check_when_enforced(
    token: str | None, bar: Caller, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    headers = {} if token is None else {"X-Firebase-AppCheck": token}
    assert bar.call({"drinkSize": 3}, headers=headers).status_code == 200
    logged()
    monkeypatch.setenv("ENFORCE_APP_CHECK", "true")
    response = bar.call({"drinkSize": 3}, headers=headers)
    error = error_of(response)
    assert (response.status_code, error["status"]) == (403, "PERMISSION_DENIED")
    assert error["details"] == {"reason": "app_check_failed"}
    [line] = logged()
    assert line["reason"] == "app_check_failed"


def test_app_check_that_vouches(bar: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def verify_token(token: str) -> dict[str, str]:
        assert token == "app-token"
        return {"sub": "1:2:web:3", "app_id": "1:2:web:3"}

    monkeypatch.setattr(app_check, "verify_token", verify_token)
    monkeypatch.setenv("ENFORCE_APP_CHECK", "true")
    response = bar.call({"drinkSize": 3}, headers={"X-Firebase-AppCheck": "app-token"})
    assert response.status_code == 200


def test_what_nobody_expected(bar: Caller, logged: Logged) -> None:
    response = bar.call({"drinkSize": 3, "note": "explode"})
    error = error_of(response)
    assert (response.status_code, error["status"]) == (500, "INTERNAL")
    assert error["details"].keys() == {"reason", "requestId"}
    assert error["details"]["reason"] == "internal"
    answer = response.get_data(as_text=True)
    for inner in ("RuntimeError", "Traceback", "secret", "google", ".py"):
        assert inner not in answer
    [line] = logged()
    assert (line["severity"], line["alert"]) == ("ERROR", "failure")
    assert line["requestId"] == error["details"]["requestId"]
    assert (line["operation"], line["userId"]) == ("serveDrink", "ada")
    assert "RuntimeError: /srv/secret/path" in line["stack"]


def test_a_result_that_is_no_json(logged: Logged) -> None:
    answer = Caller(callable_function(_declared(lambda _caller, _order: object())))
    assert error_of(answer.call({"drinkSize": 3}))["details"]["reason"] == "internal"
    assert [line["message"] for line in logged()] == ["call failed"]


def test_a_process_without_a_project(
    bar: Caller, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    def misconfigured() -> None:
        raise RuntimeError("Set GOOGLE_CLOUD_PROJECT to the project's id.")

    monkeypatch.setattr(runtime, "initialize_admin", misconfigured)
    response = bar.call({"drinkSize": 3})
    assert "GOOGLE_CLOUD_PROJECT" not in response.get_data(as_text=True)
    [line] = logged()
    assert line["requestId"] == error_of(response)["details"]["requestId"]


@pytest.mark.parametrize(
    ("data", "user_id"),
    [
        ({"drinkSize": 3}, "ada"),
        ({"drinkSize": 3}, None),
        ({}, "ada"),
        ({"drinkSize": 3, "note": "explode"}, "ada"),
    ],
)
def test_browsers_may_read_every_answer(data: Any, user_id: str | None, bar: Caller) -> None:
    response = bar.call(data, user_id=user_id)
    assert response.headers.getlist("Access-Control-Allow-Origin") == [ORIGIN]


@pytest.mark.parametrize("body", ["nonsense", _TOO_LARGE, _FAR_TOO_DEEP])
def test_browsers_may_read_refusals_of_the_body(body: str | bytes, bar: Caller) -> None:
    response = bar.send(body)
    assert response.headers.getlist("Access-Control-Allow-Origin") == [ORIGIN]


def test_preflight(bar: Caller, logged: Logged) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, x-firebase-appcheck",
    }
    response = bar.send("", method="OPTIONS", user_id=None, headers=asked)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.headers["Access-Control-Allow-Methods"] == "POST"
    allowed = response.headers["Access-Control-Allow-Headers"].lower()
    for name in ("authorization", "content-type", "x-firebase-appcheck"):
        assert name in allowed
    assert logged() == []
