"""The Stripe double in this process: no socket, no thread, and back to the beginning at once."""

import copy
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe

from firetill.stripe_gateway import StripeGateway
from local.stripe_double.account import Account
from local.stripe_double.api import Api, Request
from local.stripe_double.payment_controls import PaymentControls
from local.stripe_double.product import stock

KEY = "sk_test_of_the_fuzzer"
URL = "http://stripe.invalid"


class _Account(Account):
    """An account that can go back to what it held."""

    def remember(self) -> None:
        self._kept = copy.deepcopy((self._objects, self.backstage, self._ids))

    def recall(self) -> None:
        self._objects, self.backstage, self._ids = copy.deepcopy(self._kept)


class StripeHere(PaymentControls):
    """A Stripe of one's own whose controls are methods."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._account = self.account = _Account(clock=clock, seed=1, publish=lambda _: None)
        self.account.base_url = URL
        self._api = Api(self.account, lambda _: None)
        self._asked = False
        stock(self.account)

    def gateway(self) -> StripeGateway:
        """Firetill's way to this Stripe."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(stripe, "RequestsClient", lambda **_: _Client(self))
            return StripeGateway(KEY, api_base=URL)

    def events(self) -> list[dict[str, Any]]:
        """All that Stripe has said so far."""
        return copy.deepcopy(self.account.all("event"))

    def answer(self, request: Request) -> tuple[bytes, int, Mapping[str, str]]:
        """Answer one request of the SDK."""
        self._asked = True
        reply = self._api.answer(request)
        return reply.body, reply.status, reply.headers

    def remember(self) -> None:
        """Keep everything as it is for what `recall` goes back to."""
        self.account.remember()
        self._asked = False

    def recall(self) -> None:
        """Go back to what was remembered; keys that were used before then are free again."""
        if self._asked:
            self._api.clear()
            self.account.recall()
            self._asked = False


class _Client(stripe.HTTPClient):
    """The SDK's transport, without one."""

    name = "here"

    def __init__(self, here: StripeHere) -> None:
        super().__init__()
        self._here = here

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> Any:
        asked = urlsplit(url)
        target = asked.path + (f"?{asked.query}" if asked.query else "")
        named = {str(name).lower(): str(value) for name, value in dict(headers or {}).items()}
        body = post_data.encode() if isinstance(post_data, str) else post_data or b""
        return self._here.answer(Request(method.upper(), target, named, body))

    def close(self) -> None:
        """There is nothing to close."""
