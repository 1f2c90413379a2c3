"""The REST interface: many operations behind one HTTP function."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from firebase_functions import https_fn
from firebase_functions.params import SecretParam
from flask import Request, Response

from firetill import config
from firetill.access import Caller
from firetill.clock import monotonic_seconds
from firetill.errors import Refusal
from firetill.transport import (
    authentication,
    bodies,
    cors,
    inputs,
    json_bodies,
    options,
    outputs,
    queries,
    replies,
)
from firetill.transport.decisions import log_decision, status_of
from firetill.transport.declared import Declared, I
from firetill.transport.failures import unexpected
from firetill.transport.pages import Page, pages
from firetill.transport.routing import Routes

BODY_BYTES: Final = 256 * 1024
"""The largest body that a call may have."""


@dataclass(slots=True)
class Call:
    """A request on its way through the door, and what has been found out about it so far."""

    request: Request
    request_id: str
    started: float
    operation: str
    caller: Caller | None = None
    in_path: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Response]


def rest_function(name: str, operations: Sequence[Declared[Any]]) -> Callable[[Request], Response]:
    """Make the deployed function that serves operations at their paths, and describes them.

    Args:
        name: the deployed name.
        operations: those that have a path.

    Raises:
        ValueError: two operations are at the same path.
    """
    routes: Routes[Handler] = Routes(
        [
            *((one.method, str(one.path), _serving(one)) for one in operations),
            *(("GET", path, _showing(page)) for path, page in pages(operations).items()),
        ]
    )
    bound = [config.PROXY_KEYS, *(secret for one in operations for secret in one.secrets)]
    secrets: tuple[SecretParam, ...] = tuple({secret.name: secret for secret in bound}.values())

    def door(request: Request) -> Response:
        call = Call(request, uuid.uuid4().hex, monotonic_seconds(), name)
        response = _answer(routes, call)
        bodies.leave(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-Id"] = call.request_id
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.update(cors.headers(request.headers.get("Origin")))
        return response

    door.__name__ = name
    return https_fn.on_request(**options.request_options(secrets))(door)


def _answer(routes: Routes[Handler], call: Call) -> Response:
    method, path = call.request.method, call.request.path
    try:
        if method == "OPTIONS":
            return _preflight(routes.allow(path))
        handler, call.in_path = routes.find(method, path)
        return handler(call)
    except Refusal as refusal:
        _log(call, refusal=refusal)
        return replies.refused(refusal)
    except Exception as error:  # noqa: BLE001 - the door: whatever went wrong, answer and log it
        details = unexpected(
            "call failed",
            error,
            request_id=call.request_id,
            operation=call.operation,
            userId=_user_id(call),
        )
        return replies.failed(details)


def _preflight(allow: str) -> Response:
    response = Response(status=204, headers=cors.preflight(allow))
    del response.headers["Content-Type"]  # of nothing
    return response


def _serving(declared: Declared[Any]) -> Handler:
    def serve(call: Call) -> Response:
        call.operation = declared.name
        body = bodies.read(call.request, BODY_BYTES)
        call.caller = authentication.caller_of(call.request, server=declared.server)
        asked = _asked(declared, call, body)
        result = outputs.to_json(declared.run(call.caller, asked))
        _log(call, status=status_of(result))
        return replies.json_reply(result)

    return serve


def _asked(declared: Declared[I], call: Call, body: bytes) -> I:
    if declared.method == "POST":
        sent = json_bodies.decode(call.request, body)
        return inputs.parse(sent, declared.takes, name=json_bodies.BODY)
    named = queries.values(call.request, call.in_path)
    return inputs.parse(named, declared.takes, name=queries.QUERY, text=True)


def _showing(page: Page) -> Handler:
    return lambda _call: page()


def _log(call: Call, *, refusal: Refusal | None = None, status: str | None = None) -> None:
    log_decision(
        call.operation,
        _user_id(call),
        refusal,
        started=call.started,
        status=status,
        requestId=call.request_id,
    )


def _user_id(call: Call) -> str | None:
    return call.caller.name if call.caller else None
