"""Whatever comes, the REST gateway answers in its own shape and is never at fault."""

import json
import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.unit.transport.doors import error_of, fresh_runtime
from tests.unit.transport.gateway import KEY, Gateway

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "X"]
LATIN = st.text(st.characters(max_codepoint=255, blacklist_characters="\r\n"), max_size=40)
TOKENS = st.text(string.ascii_letters + string.digits + "-_.=", max_size=60)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Authorization": LATIN | TOKENS.map("Bearer {}".format),
        "x-proxy-key": LATIN | st.just(KEY),
        "Origin": LATIN,
        "Content-Encoding": LATIN,
        "X-Firebase-AppCheck": LATIN,
        "Accept": LATIN,
        "X-HTTP-Method-Override": st.sampled_from(METHODS),
        "Access-Control-Request-Method": LATIN,
    },
)
PATHS = st.sampled_from(
    ["/drinks", "/tabs/7", "/tabs/7?last=2", "/api/bar/close", "/openapi.json", "/docs"]
) | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="?#"), max_size=30).map(
    "/{}".format
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["drinkSize", "note", "@type"]) | st.text(max_size=5), inner
        )
    ),
    max_leaves=12,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())
DETERMINISTIC = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    """One gateway for all examples, with App Check as it may be."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GOOGLE_CLOUD_PROJECT", "demo-doors")
        environment.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
        environment.setenv("PROXY_KEYS", KEY)
        environment.setenv("CORS_ORIGINS", "https://app.example")
        with fresh_runtime():
            yield Gateway()


def _check(response: TestResponse, method: str) -> None:
    assert response.headers["X-Request-Id"]
    assert response.status_code < 500
    if response.status_code >= 400 and method != "HEAD":
        error_of(response)


@given(
    method=st.sampled_from(METHODS),
    path=PATHS,
    headers=HEADERS,
    body=BODIES,
    content_type=st.just("application/json") | LATIN,
)
@DETERMINISTIC
def test_anything_at_all(
    gateway: Gateway,
    *,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    content_type: str,
) -> None:
    response = gateway.send(
        method, path, user_id=None, headers=headers, content_type=content_type, data=body
    )
    _check(response, method)


@given(body=BODIES)
@DETERMINISTIC
def test_any_body_from_somebody_known(gateway: Gateway, body: bytes) -> None:
    response = gateway.post(body)
    _check(response, "POST")
    assert response.status_code in {200, 400}


@given(value=JSON.map(lambda value: {"drinkSize": 3, "note": value}))
@DETERMINISTIC
def test_any_value_in_a_field(gateway: Gateway, value: dict[str, Any]) -> None:
    response = gateway.post(json.dumps(value))
    _check(response, "POST")
    if not isinstance(value["note"], str | None):
        assert response.status_code == 400
