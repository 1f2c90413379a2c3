"""The double itself: start it, talk to it over HTTP, stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from local.stripe_double import control_room, pages
from local.stripe_double.account import Account
from local.stripe_double.api import Api, Request
from local.stripe_double.controls import Controls
from local.stripe_double.courier import Courier, Endpoint
from local.stripe_double.product import stock
from local.stripe_double.reply import Reply, json_reply
from local.stripe_double.server import Server

_FOR_BROWSERS = {
    "Access-Control-Allow-Headers": "authorization, content-type, idempotency-key, stripe-version",
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Origin": "*",
}


class StripeDouble(Controls):
    """A Stripe of one's own on 127.0.0.1, with its controls as methods.

    Use it as a context manager, or call ``start`` and ``stop``.
    """

    def __init__(
        self,
        *,
        webhook_url: str | None = None,
        webhook_secret: str = "whsec_firetill_local",
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], float] = time.time,
        seed: int | None = None,
        retry_delays: Sequence[float] = (0.2, 0.5, 1.0, 2.0, 5.0),
        delivery_timeout_seconds: float = 10.0,
        workers: int = 1,
    ) -> None:
        """Prepare a double.

        Args:
            webhook_url: where events go; absent, they are only recorded.
            webhook_secret: signs them.
            host: the address to serve on.
            port: the port to serve on; 0 finds a free one.
            clock: the time in Unix seconds, also for signatures.
            seed: makes ids repeat from run to run.
            retry_delays: seconds before each further webhook attempt.
            delivery_timeout_seconds: how long the endpoint may take to answer.
            workers: how many webhooks may be under way at once; 1 keeps them in order.
        """
        self._stopped = threading.Event()
        endpoint = Endpoint(
            webhook_url, webhook_secret, delivery_timeout_seconds, tuple(retry_delays)
        )
        courier = Courier(endpoint, clock=clock, delivered=self._delivered, workers=workers)
        account = Account(clock=clock, seed=seed, publish=courier.submit)
        super().__init__(account, Api(account, self._stopped.wait), courier)
        self._server = Server(host, port, self._answer, self._stopped)
        bound_host, bound_port = self._server.server_address[:2]
        self.url = f"http://{bound_host!s}:{bound_port}"
        account.base_url = self.url
        stock(account)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="stripe-double", daemon=True
        )

    def start(self) -> Self:
        """Serve and deliver in the background."""
        self._courier.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and every connection; what was not delivered is dropped."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()
        self._courier.stop()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _answer(self, request: Request) -> Reply:
        if request.path == "/health":
            return json_reply(200, {"status": "ok"})
        if request.path.startswith(control_room.PREFIX):
            return control_room.answer(self, request.path, request.body)
        if request.path.startswith("/c/"):
            with self._account.lock:
                form = request.body.decode(errors="replace")
                return pages.show(self._account, request.method, urlsplit(request.path).path, form)
        if request.method == "OPTIONS":
            return Reply(204, headers=_FOR_BROWSERS)
        reply = self._api.answer(request)
        reply.headers.update(_FOR_BROWSERS)
        return reply

    def _delivered(self, event_id: str) -> None:
        with self._account.lock:
            event = self._account.find("event", event_id)
            if event is not None:
                event["pending_webhooks"] = 0
