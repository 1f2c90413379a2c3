"""The REST gateway: what it answers, and how it takes what is not meant well."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from firetill import runtime
from firetill.transport.rest import BODY_BYTES, rest_function
from tests.unit.transport.doors import error_of
from tests.unit.transport.gateway import CLOSE, KEY, SERVE, Gateway

Logged = Callable[[], list[dict[str, Any]]]

ORDER = '{"drinkSize": 3}'
FAR_TOO_DEEP = b'{"note": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"


def test_an_answer(gateway: Gateway, logged: Logged) -> None:
    response = gateway.post(ORDER)
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert json.loads(response.get_data()) == SERVE.result
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
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
        "requestId": response.headers["X-Request-Id"],
    }


def test_a_server_calls(gateway: Gateway, logged: Logged) -> None:
    response = gateway.post(ORDER, user_id=None, headers={"x-proxy-key": KEY})
    assert json.loads(response.get_data())["to"] == "server"
    [line] = logged()
    assert line["userId"] == "server"


def test_integers_from_ios(gateway: Gateway) -> None:
    wrapped = {"@type": "type.googleapis.com/google.protobuf.Int64Value", "value": "3"}
    response = gateway.post(json.dumps({"drinkSize": wrapped}))
    assert json.loads(response.get_data())["drinkSize"] == 3


def test_each_answer_has_an_id_of_its_own(gateway: Gateway) -> None:
    answers = [
        gateway.post(ORDER),
        gateway.post(ORDER),
        gateway.post("nonsense"),
        gateway.send("GET", "/nowhere"),
        gateway.send("GET", "/openapi.json"),
        gateway.send("OPTIONS", "/drinks"),
    ]
    ids = {answer.headers["X-Request-Id"] for answer in answers}
    assert len(ids) == len(answers)


@pytest.mark.parametrize(
    ("sent", "answer", "details"),
    [
        ({}, (400, "INVALID_ARGUMENT"), {"reason": "missing_field", "field": "drinkSize"}),
        (
            {"drinkSize": 3, "userId": "eve"},
            (400, "INVALID_ARGUMENT"),
            {"reason": "unknown_field", "field": "userId"},
        ),
        (
            {"drinkSize": 21},
            (400, "INVALID_ARGUMENT"),
            {"reason": "invalid_field", "field": "drinkSize"},
        ),
        ([], (400, "INVALID_ARGUMENT"), {"reason": "invalid_field", "field": "body"}),
        (
            {"drinkSize": 3, "note": "too expensive"},
            (402, "FAILED_PRECONDITION"),
            {"reason": "insufficient_credits", "balance": 1, "required": 2},
        ),
        (
            {"drinkSize": 3, "note": "sold out"},
            (409, "FAILED_PRECONDITION"),
            {"reason": "sold_out", "itemId": "stout", "available": 0},
        ),
    ],
)
def test_a_refusal(
    sent: Any, answer: tuple[int, str], details: dict[str, Any], gateway: Gateway, logged: Logged
) -> None:
    response = gateway.post(json.dumps(sent))
    error = error_of(response)
    assert (response.status_code, error["status"]) == answer
    assert error["details"] == details
    assert response.headers["Cache-Control"] == "no-store"
    [line] = logged()
    assert (line["message"], line["operation"]) == ("call refused", "serveDrink")
    assert (line["userId"], line["reason"]) == ("ada", details["reason"])
    assert line["requestId"] == response.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("note", "status", "seconds"), [("crowded", 503, "1"), ("drunk", 429, "90")]
)
def test_when_to_try_again(note: str, status: int, seconds: str, gateway: Gateway) -> None:
    response = gateway.post(json.dumps({"drinkSize": 3, "note": note}))
    assert (response.status_code, response.headers["Retry-After"]) == (status, seconds)
    assert error_of(response)["details"]["retryAfterSeconds"] == int(seconds)
    assert "Retry-After" not in gateway.post("nonsense").headers


def test_the_log_says_what_is_behind_a_refusal_and_the_answer_does_not(
    gateway: Gateway, logged: Logged
) -> None:
    response = gateway.post('{"drinkSize": 3, "note": "crowded"}')
    assert b"Firestore" not in response.get_data()
    [line] = logged()
    assert line["cause"] == "TimeoutError('Firestore is busy')"


def test_what_nobody_expected(gateway: Gateway, logged: Logged) -> None:
    response = gateway.post('{"drinkSize": 3, "note": "explode"}')
    error = error_of(response)
    assert (response.status_code, error["status"]) == (500, "INTERNAL")
    assert error["details"] == {
        "reason": "internal",
        "requestId": response.headers["X-Request-Id"],
    }
    answer = response.get_data(as_text=True)
    for inner in ("RuntimeError", "Traceback", "secret", "google", ".py"):
        assert inner not in answer
    [line] = logged()
    assert (line["severity"], line["alert"]) == ("ERROR", "failure")
    assert line["requestId"] == error["details"]["requestId"]
    assert (line["operation"], line["userId"]) == ("serveDrink", "ada")
    assert "RuntimeError: /srv/secret/path" in line["stack"]


def test_a_process_without_a_project(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    def misconfigured() -> None:
        raise RuntimeError("Set GOOGLE_CLOUD_PROJECT to the project's id.")

    monkeypatch.setattr(runtime, "initialize_admin", misconfigured)
    response = gateway.post(ORDER)
    assert response.status_code == 500
    assert "GOOGLE_CLOUD_PROJECT" not in response.get_data(as_text=True)
    assert len(logged()) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b'{"drinkSize": ',
        b'{"drinkSize": 3} x',
        b'{"drinkSize": 3}{"drinkSize": 3}',
        b'{"drinkSize": 3, "note": "\xff"}',
        b"\xef\xbb\xbf" + ORDER.encode(),
        ORDER.encode("utf-16"),
        ORDER.encode("utf-32-be"),
        b'{"drinkSize": NaN}',
        b'{"drinkSize": -Infinity}',
        b'{"drinkSize": ' + b"9" * 5_000 + b"}",
        b'{"drinkSize": 3, "drinkSize": 4}',
        b'{"drinkSize": 3, "note": {"a": 1, "\\u0061": 1}}',
        b"null",
        b"3",
        b'"drinkSize"',
        b"[]",
        FAR_TOO_DEEP,
        b"\x00" * 100,
    ],
    ids=lambda body: repr(body[:24]),
)
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_that_are_none(body: bytes, chunked: bool, gateway: Gateway, logged: Logged) -> None:
    response = gateway.post(body, chunked=chunked)
    assert (response.status_code, error_of(response)["details"]) == (
        400,
        {"reason": "invalid_field", "field": "body"},
    )
    assert len(logged()) == 1


def test_half_a_character(gateway: Gateway) -> None:
    response = gateway.post('{"drinkSize": 3, "note": "\\ud800"}')
    assert (response.status_code, error_of(response)["details"]["field"]) == (400, "note")


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("user_id", ["ada", None])
def test_the_largest_body(gateway: Gateway, chunked: bool, user_id: str | None) -> None:
    frame = len('{"drinkSize": 3, "note": ""}')
    largest = json.dumps({"drinkSize": 3, "note": "x" * (BODY_BYTES - frame)})
    assert len(largest) == BODY_BYTES
    status = gateway.post(largest, chunked=chunked, user_id=user_id).status_code
    assert status == (200 if user_id else 401)
    for more in (1, 2, 1_000_000):
        response = gateway.post(largest + " " * more, chunked=chunked, user_id=user_id)
        assert (response.status_code, error_of(response)["details"]) == (
            413,
            {"reason": "payload_too_large", "limit": BODY_BYTES},
        )


class _Endless(io.BytesIO):
    """A body that goes on until the test has seen enough."""

    served = 0

    def readinto(self, buffer: Any) -> int:
        self.served += len(buffer)
        return len(buffer) if self.served < 100 * BODY_BYTES else 0

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError(f"read {size} bytes at once")


def test_a_body_without_an_end_is_cut_off(gateway: Gateway) -> None:
    endless = _Endless()
    response = gateway.post("", chunked=endless)
    assert (response.status_code, error_of(response)["details"]["reason"]) == (
        413,
        "payload_too_large",
    )
    assert BODY_BYTES < endless.served <= 2 * BODY_BYTES


def test_an_announced_giant_is_not_read_at_all(gateway: Gateway) -> None:
    stream = _Endless()
    overrides = {"CONTENT_LENGTH": str(10**12), "wsgi.input": stream}
    response = gateway.send(
        "POST", "/drinks", content_type="application/json", environ_overrides=overrides
    )
    assert (response.status_code, stream.served) == (413, 0)


@pytest.mark.parametrize("length", ["-5", "1e3", "nonsense", "5, 5", "+4"])
def test_lengths_that_are_none(length: str, gateway: Gateway) -> None:
    response = gateway.send(
        "POST",
        "/drinks",
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": length, "wsgi.input": io.BytesIO(b"{}")},
    )
    assert response.status_code == 400
    assert error_of(response)["details"]["reason"] in {"invalid_field", "missing_field"}


def test_a_body_that_breaks_off(gateway: Gateway, logged: Logged) -> None:
    response = gateway.send(
        "POST",
        "/drinks",
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": "99", "wsgi.input": io.BytesIO(ORDER.encode())},
    )
    assert (response.status_code, error_of(response)["details"]["field"]) == (400, "body")
    assert [line["message"] for line in logged()] == ["call refused"]


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", 'application/json; charset="UTF-8"'],
)
def test_media_types_that_are_json(content_type: str, gateway: Gateway) -> None:
    assert gateway.post(ORDER, content_type=content_type).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/jsonp",
        "application/problem+json",
        "text/json",
        "application/json, text/plain",
        "é/ü",
    ],
)
def test_media_types_that_are_not(content_type: str, gateway: Gateway, logged: Logged) -> None:
    response = gateway.post(ORDER, content_type=content_type)
    assert (response.status_code, error_of(response)["details"]) == (
        415,
        {"reason": "unsupported_media_type"},
    )
    assert len(logged()) == 1


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "x", ""])
def test_bodies_that_are_encoded(encoding: str, gateway: Gateway) -> None:
    response = gateway.post(ORDER, headers={"Content-Encoding": encoding})
    assert response.status_code == 415
    assert gateway.post(ORDER, headers={"Content-Encoding": "identity"}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_other_methods(method: str, gateway: Gateway, logged: Logged) -> None:
    response = gateway.send(method, "/drinks", user_id=None)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST, OPTIONS")
    [line] = logged()
    assert line["reason"] == "method_not_allowed"
    if method != "HEAD":
        assert error_of(response)["details"] == {
            "reason": "method_not_allowed",
            "allow": "POST, OPTIONS",
        }


@pytest.mark.parametrize("path", ["/drinks", "/drinks/", "/api/drinks", "/%64rinks", "/drinks?x=1"])
def test_where_an_operation_is(path: str, gateway: Gateway) -> None:
    assert gateway.post(ORDER, path).status_code == 200


@pytest.mark.parametrize("path", ["/bar/close", "/api/bar/close", "/api/bar/close/"])
def test_where_an_operation_is_whose_path_begins_with_api(path: str, gateway: Gateway) -> None:
    assert gateway.post("{}", path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/",
        "/Drinks",
        "/drink",
        "/drinks/3",
        "/drinks//",
        "/api/api/drinks",
        "/apidrinks",
        "/x/../drinks",
        "/drinks%00",
        "/%ff%fe",
        "/" + "x" * 5_000,
        "/serveDrink",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_where_nothing_is(path: str, method: str, gateway: Gateway, logged: Logged) -> None:
    response = gateway.send(method, path, user_id=None)
    error = error_of(response)
    assert (response.status_code, error["status"]) == (404, "NOT_FOUND")
    assert error["details"] == {"reason": "route_not_found"}
    [line] = logged()
    assert (line["operation"], line["reason"]) == ("api", "route_not_found")


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/api/docs/"])
def test_head_is_as_get_without_a_body(path: str, gateway: Gateway) -> None:
    got, head = gateway.send("GET", path), gateway.send("HEAD", path)
    assert (head.status_code, head.get_data()) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.get_data()))
    assert gateway.send("POST", path).headers["Allow"] == "GET, HEAD, OPTIONS"


def test_the_function_binds_what_its_operations_read() -> None:
    endpoint = rest_function("api", (SERVE, CLOSE)).__firebase_endpoint__  # type: ignore[attr-defined]  # the SDK's mark
    bound = [secret["key"] for secret in endpoint.secretEnvironmentVariables]
    assert bound == ["PROXY_KEYS", "STRIPE_SECRET_KEY"]


def test_two_operations_at_one_path() -> None:
    with pytest.raises(ValueError, match="Two operations are at POST /drinks"):
        rest_function("api", (SERVE, SERVE))
