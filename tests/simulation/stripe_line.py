"""Stripe without a network: the real SDK on one end, the double on the other, troubles between.

The double keeps its objects, keys and rules; only its socket and its courier are left out. What it
would send goes to whoever the simulation names.
"""

import json
from collections.abc import Callable
from typing import Any, Final

import stripe

from firetill.stripe_gateway import StripeGateway
from local.stripe_double.account import Account
from local.stripe_double.api import Api
from local.stripe_double.controls import Controls
from local.stripe_double.product import stock
from tests.stripe_line import Answered, Line, answered

KEY: Final = "sk_test_simulation"
_BASE: Final = "http://stripe.test"

Json = dict[str, Any]
Carry = Callable[[Callable[[], Answered]], Answered]
"""Carries a request to Stripe and its answer back, or loses either."""


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
        line = Line(lambda request: carry(lambda: answered(api.answer(request))))
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


def unavailable(status: int) -> Answered:
    """What Stripe answers when it is broken."""
    body = {"error": {"type": "api_error", "message": "Sorry! There was an error."}}
    return json.dumps(body).encode(), status, {"Content-Type": "application/json"}
