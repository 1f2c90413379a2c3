"""Stripe without a network: the real SDK on one end, the double on the other, troubles between.

The double keeps its objects, keys and rules; only its socket and its courier are left out. What it
would send goes to whoever the simulation names.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import stripe

from firetill.stripe_gateway import StripeGateway
from local.stripe_double.account import Account
from local.stripe_double.api import Api, Request
from local.stripe_double.controls import Controls
from local.stripe_double.product import stock

KEY: Final = "sk_test_simulation"
_BASE: Final = "http://stripe.test"

Json = dict[str, Any]
Carry = Callable[[Callable[[], tuple[str, int, Mapping[str, str]]]], Any]
"""Carries a request to Stripe and its answer back, or loses either."""


class Line(stripe.HTTPClient):
    """The SDK's way to the double: no sockets, but whatever trouble there is on the way."""

    name = "simulation"

    def __init__(self, api: Api, carry: Carry) -> None:
        super().__init__()
        self._api = api
        self._carry = carry

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        body = post_data.encode() if isinstance(post_data, str) else post_data or b""
        named = {name.lower(): value for name, value in (headers or {}).items()}
        asked = Request(method.upper(), url.removeprefix(_BASE), named, body)

        def answer() -> tuple[str, int, Mapping[str, str]]:
            reply = self._api.answer(asked)
            return reply.body.decode(), reply.status, reply.headers

        found: tuple[str, int, Mapping[str, str]] = self._carry(answer)
        return found

    def close(self) -> None:
        """Nothing is open."""


class Stripe(Controls):
    """The double's controls, and a gateway that leads to it."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        seed: int,
        publish: Callable[[Json], None],
        carry: Carry,
    ) -> None:
        account = Account(clock=clock, seed=seed, publish=publish)
        api = Api(account, lambda _: None)
        super().__init__(account, api, _NoCourier())  # type: ignore[arg-type]  # nothing is sent
        account.base_url = _BASE
        stock(account)
        line = Line(api, carry)
        self.gateway = StripeGateway(KEY, api_base=_BASE, http_client=line, network_retries=0)
        self.operator = stripe.StripeClient(
            KEY, base_addresses={"api": _BASE}, http_client=line, max_network_retries=0
        )

    def everything(self, kind: str) -> list[Json]:
        """The objects of one kind, not copies; for eyes only."""
        return self._account.all(kind)


class _NoCourier:
    """Stands where the double keeps its courier; nobody may ask it for anything."""


def no_connection() -> stripe.APIConnectionError:
    """What the SDK raises when it got no answer."""
    error: stripe.APIConnectionError = stripe.APIConnectionError("injected")  # type: ignore[no-untyped-call]  # the SDK's
    return error


def unavailable(status: int) -> tuple[str, int, Mapping[str, str]]:
    """What Stripe answers when it is broken."""
    body = {"error": {"type": "api_error", "message": "Sorry! There was an error."}}
    return json.dumps(body), status, {"Content-Type": "application/json"}
