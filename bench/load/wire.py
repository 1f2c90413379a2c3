"""Calls over sockets, as an app, Stripe and the scheduler make them.

One connection per thread, kept open, by the standard library's client: what is timed is the
server, and as little else as may be.
"""

import base64
import http.client
import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from bench.load.stage import Call, Delivery
from local.ports import HOST
from local.stripe_account import LOCAL_WEBHOOK_SECRET
from local.stripe_double.signing import signature

_SECONDS = 60
Sent = tuple[str, bytes, dict[str, str]]
"""A POST: path, body, headers."""


class RefusedError(RuntimeError):
    """The answer was no; the message has it."""


class Wire:
    """Sends requests to one port; safe on many threads."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._own = threading.local()

    def post(self, sent: Sent) -> None:
        """Send a request and read the answer.

        Raises:
            RefusedError: the status is not one of success.
        """
        path, body, headers = sent
        try:
            reply, answer = self._exchange(path, body, headers)
        except (http.client.RemoteDisconnected, ConnectionError):
            # The server had closed an idle connection.
            self._own.connection.close()
            reply, answer = self._exchange(path, body, headers)
        if reply.status >= 300:
            raise RefusedError(f"{reply.status} {answer[:200]!r}")

    def _exchange(
        self, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection(HOST, self._port, timeout=_SECONDS)
        connection: http.client.HTTPConnection = self._own.connection
        connection.request("POST", path, body, dict(headers))
        reply = connection.getresponse()
        return reply, reply.read()


def sent(request: Call | Delivery, project_id: str, path: str, *, by_rest: bool = False) -> Sent:
    """Return a request as it goes over the wire: to a function of its own, or to the gateway."""
    if isinstance(request, Delivery):
        signed = signature(request.payload, LOCAL_WEBHOOK_SECRET, int(time.time()))
        return path, request.payload, {"Stripe-Signature": signed, **_JSON}
    body = json.dumps(request.data if by_rest else {"data": request.data}).encode()
    token = id_token(project_id, request.user_id, request.claims)
    return path, body, {"Authorization": f"Bearer {token}", **_JSON}


def id_token(project_id: str, user_id: str, claims: Mapping[str, Any]) -> str:
    """Return an ID token as the Auth emulator makes them: nobody signs it."""
    now = int(time.time())
    said = {
        **claims,
        "iss": f"https://securetoken.google.com/{project_id}",
        "aud": project_id,
        "sub": user_id,
        "user_id": user_id,
        "iat": now,
        "auth_time": now,
        "exp": now + 3_600,
    }
    return ".".join((_part({"alg": "none", "typ": "JWT"}), _part(said), ""))


_JSON = {"Content-Type": "application/json"}


def _part(said: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
