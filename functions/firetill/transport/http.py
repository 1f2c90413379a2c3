"""Plain HTTP functions: bytes in, JSON out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from firebase_functions import https_fn
from firebase_functions.params import SecretParam
from flask import Request, Response

from firetill.errors import DoorRefusal, MethodNotAllowed
from firetill.logs import log
from firetill.transport import bodies, options, replies
from firetill.transport.failures import unexpected


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
        handle: answers a request. What it raises becomes a 500 with a request id, so that the
            sender tries again, save a `DoorRefusal`, after which there is no point in that.
        body_bytes: a larger body is answered 413 before anything else looks at it.
        secrets: the secrets that this function may read.
    """

    def door(request: Request) -> Response:
        try:
            reply = handle(_read(request, body_bytes))
        except DoorRefusal as refusal:
            log("WARNING", "request refused", operation=name, reason=refusal.reason)
            return replies.refused(refusal)
        except Exception as error:  # noqa: BLE001 - the door: whatever went wrong, answer and log it
            return replies.failed(unexpected("request failed", error, operation=name))
        finally:
            bodies.leave(request)
        return replies.json_reply(reply.body, reply.status)

    door.__name__ = name
    return https_fn.on_request(**options.request_options(secrets))(door)


def _read(request: Request, body_bytes: int) -> HttpRequest:
    if request.method != "POST":
        raise MethodNotAllowed("POST")
    return HttpRequest(request.method, dict(request.headers), bodies.read(request, body_bytes))
