"""One webhook attempt over HTTP."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from local.stripe_double.errors import Json

_REPLY_LIMIT = 2000


def post(url: str, body: bytes, signature: str, *, timeout_seconds: float) -> Json:
    """Post a body as Stripe does, and say how it went.

    Args:
        url: the endpoint, http or https.
        body: the event's JSON.
        signature: the ``Stripe-Signature`` header.
        timeout_seconds: how long the endpoint may take.

    Returns:
        ``outcome`` (``delivered``, ``refused``, ``timed_out`` or ``unreachable``), ``status``,
        the start of the ``reply``, ``seconds`` and the ``signature`` that was sent.
    """
    began = time.monotonic()
    status, reply = None, ""
    try:
        status, reply = _send(url, body, signature, timeout_seconds)
    except TimeoutError:
        outcome = "timed_out"
    except (OSError, http.client.HTTPException) as problem:
        outcome, reply = "unreachable", repr(problem)
    else:
        outcome = "delivered" if 200 <= status < 300 else "refused"
    return {
        "outcome": outcome,
        "status": status,
        "reply": reply,
        "seconds": round(time.monotonic() - began, 4),
        "signature": signature,
    }


def _send(url: str, body: bytes, signature: str, timeout_seconds: float) -> tuple[int, str]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(parts.netloc, timeout=timeout_seconds)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature,
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    try:
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        return response.status, response.read(_REPLY_LIMIT).decode(errors="replace")
    finally:
        connection.close()
