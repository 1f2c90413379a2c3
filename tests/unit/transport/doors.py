"""Requests to a callable as a web server hands them over."""

import base64
import contextlib
import importlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

import firebase_admin
from flask import Flask, Request, Response
from functions_framework import _configure_app
from werkzeug.datastructures import Headers
from werkzeug.test import Client, EnvironBuilder, TestResponse

from firetill import runtime

Door = Callable[[Request], Response]
ORIGIN = "https://app.example"
_CHUNKED: dict[str, Any] = {
    "CONTENT_LENGTH": "",
    "HTTP_TRANSFER_ENCODING": "chunked",
    "wsgi.input_terminated": True,
}


@contextlib.contextmanager
def fresh_runtime() -> Iterator[None]:
    """A process that has built no client yet, for the environment that is set now."""
    _forget_clients()
    runtime.initialize_admin()
    try:
        yield
    finally:
        _forget_clients()


def _forget_clients() -> None:
    importlib.reload(runtime)
    with contextlib.suppress(ValueError):  # there is none
        firebase_admin.delete_app(firebase_admin.get_app())


def app_of(function: Door) -> Flask:
    """The application that Functions Framework makes of a function."""
    app = Flask("function")
    _configure_app(app, function, "http")  # type: ignore[no-untyped-call]  # it is untyped
    return app


class Caller:
    """A client of one callable; `call` speaks the protocol, `send` anything at all."""

    def __init__(self, door: Door) -> None:
        self._client = Client(app_of(door))

    def call(
        self, data: Any, *, user_id: str | None = "ada", headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        return self.send(json.dumps({"data": data}), user_id=user_id, headers=headers)

    def send(
        self,
        body: bytes | str,
        *,
        method: str = "POST",
        content_type: str = "application/json",
        user_id: str | None = "ada",
        headers: Mapping[str, str] | None = None,
        chunked: bool | BinaryIO = False,
    ) -> TestResponse:
        """Send a body; `chunked` gives no Content-Length, as HTTP/1.1 may, or another stream."""
        sent = {"Origin": ORIGIN}
        if user_id is not None:
            sent["Authorization"] = f"Bearer {unsigned_token(user_id)}"
        sent.update(headers or {})
        overrides = dict(_CHUNKED) if chunked else {}
        if not isinstance(chunked, bool):
            overrides["wsgi.input"] = chunked
        raw = body.encode() if isinstance(body, str) else body
        builder = EnvironBuilder(
            method=method,
            content_type=content_type,
            input_stream=io.BytesIO(raw),
            headers=Headers(sent),
            environ_overrides=overrides,
        )
        return self._client.open(builder)


def unsigned_token(user_id: str) -> str:
    """An ID token as the Auth emulator makes them: right in all but its signature."""
    project = firebase_admin.get_app().project_id
    claims = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "sub": user_id,
        "iat": 1_700_000_000,
        "exp": 4_100_000_000,
    }
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join([*(part.rstrip("=") for part in encoded), ""])


def error_of(response: TestResponse) -> dict[str, Any]:
    """The error that a response carries; it must be JSON with a reason in its details."""
    assert response.mimetype == "application/json"
    body: dict[str, Any] = json.loads(response.get_data())
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"status", "message", "details"}
    assert isinstance(body["error"]["details"]["reason"], str)
    error: dict[str, Any] = body["error"]
    return error
