"""Requests into a deployed function as a web server hands them over, without one."""

import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from flask import Flask, request

from tests.unit.transport.doors import Door

ORIGIN: Final = "https://app.example"
_APP: Final = Flask("functions")
_ENVIRON: Final[dict[str, Any]] = {
    "SCRIPT_NAME": "",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "HTTP_HOST": "127.0.0.1",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def environ(
    method: str, path: str, headers: Mapping[str, str], body: bytes, *, announced: bool = True
) -> dict[str, Any]:
    """The request as WSGI has it; `path` may have a query, both percent-encoded or not.

    Without `announced`, the body comes in chunks and has no length.
    """
    before, _, query = path.partition("?")
    made: dict[str, Any] = {
        **_ENVIRON,
        "REQUEST_METHOD": method,
        "PATH_INFO": _unquoted(before),
        "QUERY_STRING": query,
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        made[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    if announced:
        made.setdefault("CONTENT_LENGTH", str(len(body)))
    else:
        made |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    return made


def send(door: Door, made: Mapping[str, Any]) -> Answer:
    """Hand a request to a function."""
    with _APP.request_context(dict(made)):
        response = door(request)
        return Answer(response.status_code, dict(response.headers), response.get_data())


def send_to_app(app: Flask, made: Mapping[str, Any]) -> Answer:
    """Hand a request to all of Functions Framework, with a function behind it."""
    begun: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        begun.update(status=int(status[:3]), headers=dict(headers))
        return lambda _: None

    parts = app(dict(made), start)
    body = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    return Answer(begun["status"], begun["headers"], body)


def _unquoted(path: str) -> str:
    """What a web server leaves in `PATH_INFO`: bytes in Latin-1."""

    return unquote_to_bytes(path).decode("latin-1")
