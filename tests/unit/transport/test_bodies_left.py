"""A body that no door wanted is left alone, whatever it says of its length."""

import io
import json
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from firetill.transport.callables import callable_function
from firetill.transport.http import HttpReply, http_function
from firetill.transport.rest import rest_function
from tests.unit.transport.doors import Door, app_of
from tests.unit.transport.gateway import CLOSE, SERVE


class _Unwanted(io.RawIOBase):
    """A body that must not be read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError(f"read {size} bytes")

    def readinto(self, buffer: Any) -> int:
        raise AssertionError(f"read {len(buffer)} bytes")


def _asked(door: Door, method: str, path: str, content_type: str) -> TestResponse:
    """What the door answers to a request with a body that is announced and not to be read."""
    app: Flask = app_of(door)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    made = EnvironBuilder(path, method=method, content_type=content_type).get_environ()
    made |= {"CONTENT_LENGTH": str(10**20), "wsgi.input": _Unwanted()}
    body, status, headers = run_wsgi_app(app, made)
    return TestResponse(body, status, headers, EnvironBuilder().get_request())


@pytest.mark.usefixtures("firebase_process")
@pytest.mark.parametrize(
    ("method", "content_type", "status"),
    [
        ("GET", "application/json", 400),
        ("HEAD", "application/json", 400),
        ("OPTIONS", "application/json", 200),
        ("POST", "text/plain", 400),
    ],
)
def test_by_a_callable(method: str, content_type: str, status: int) -> None:
    assert _asked(callable_function(SERVE), method, "/", content_type).status_code == status


@pytest.mark.usefixtures("firebase_process")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/nowhere", 404), ("DELETE", "/drinks", 405), ("OPTIONS", "/drinks", 204)],
)
def test_by_the_gateway(method: str, path: str, status: int) -> None:
    door = rest_function("api", (SERVE, CLOSE))
    assert _asked(door, method, path, "application/json").status_code == status


def test_by_a_webhook() -> None:
    door = http_function("hook", lambda _: HttpReply(200, {}), body_bytes=10)
    response = _asked(door, "PUT", "/", "application/json")
    assert (response.status_code, json.loads(response.get_data())["error"]["status"]) == (
        405,
        "UNIMPLEMENTED",
    )
