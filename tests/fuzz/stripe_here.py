"""The Stripe double in this process: no socket, no thread, and back to the beginning at once."""

import copy
from collections.abc import Callable
from typing import Any

from firetill.stripe_gateway import StripeGateway
from local.stripe_double.account import Account
from local.stripe_double.api import Api, Request
from local.stripe_double.payment_controls import PaymentControls
from local.stripe_double.product import stock
from tests.stripe_line import Answered, Line, answered

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
        return StripeGateway(KEY, api_base=URL, http_client=Line(self.answer))

    def events(self) -> list[dict[str, Any]]:
        """All that Stripe has said so far."""
        return copy.deepcopy(self.account.all("event"))

    def answer(self, request: Request) -> Answered:
        """Answer one request of the SDK."""
        self._asked = True
        return answered(self._api.answer(request))

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
