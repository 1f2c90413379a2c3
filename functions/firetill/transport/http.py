"""Plain HTTP functions: bytes in, JSON out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from firebase_functions import https_fn
from firebase_functions.params import SecretParam
from flask import Request, Response

from firetill.transport import options
from firetill.transport.failures import MESSAGE, unexpected


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request whose body has the raw bytes that were signed."""

    method: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A status and a JSON body."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] | None = None


def error_reply(
    http_status: int, status: str, message: str, headers: Mapping[str, str] | None = None
) -> HttpReply:
    """Return an error in the shape that all of Firetill's errors share."""
    return HttpReply(http_status, {"error": {"status": status, "message": message}}, headers)


def http_function(
    name: str,
    handle: Callable[[HttpRequest], HttpReply],
    *,
    body_bytes: int,
    secrets: tuple[SecretParam, ...] = (),
) -> Callable[[Request], Response]:
    """Make the deployed function of one HTTP POST endpoint.

    Args:
        name: the deployed name.
        handle: answers a request; whatever it raises becomes a 500 with a request id.
        body_bytes: a larger body is answered 413 before anything else looks at it.
        secrets: the secrets that this function may read.
    """

    def door(request: Request) -> Response:
        reply = _answer(name, handle, body_bytes, request)
        return Response(
            json.dumps(reply.body),
            status=reply.status,
            headers=dict(reply.headers or {}),
            mimetype="application/json",
        )

    door.__name__ = name
    return https_fn.on_request(**options.request_options(secrets))(door)


def _answer(
    name: str, handle: Callable[[HttpRequest], HttpReply], body_bytes: int, request: Request
) -> HttpReply:
    if request.method != "POST":
        return error_reply(405, "METHOD_NOT_ALLOWED", "Use POST.", {"Allow": "POST"})
    body = (
        b"" if (request.content_length or 0) > body_bytes else request.stream.read(body_bytes + 1)
    )
    if len(body) > body_bytes or (request.content_length or 0) > body_bytes:
        return error_reply(413, "PAYLOAD_TOO_LARGE", f"The limit is {body_bytes} bytes.")
    try:
        return handle(HttpRequest(request.method, dict(request.headers), body))
    except Exception as error:  # noqa: BLE001 - the door: whatever went wrong, answer and log it
        details = unexpected("request failed", error, operation=name)
        return HttpReply(
            500, {"error": {"status": "INTERNAL", "message": MESSAGE, "details": details}}
        )
