"""Stripe's side of the history: customers who pay, and the events that tell of it."""

import json
import threading
from datetime import datetime
from typing import Any, Final

import httpx
import msgspec

from firetill.webhooks.model import StripeEvent
from firetill.webhooks.rules import EVENT_TYPES

_SECONDS: Final = 30
_PAGE: Final = 100

Told = tuple[StripeEvent, str]
"""An event as the webhook's door reads it, and its text."""


class Bank:
    """The Stripe double of a stack, whose clock is set to the past while the history is made.

    It sends no webhooks meanwhile: they would reach functions that live today.
    """

    def __init__(self, url: str, secret_key: str) -> None:
        """Talk to the double at `url`."""
        self._http = httpx.Client(
            base_url=url, timeout=_SECONDS, headers={"Authorization": f"Bearer {secret_key}"}
        )
        self._heard: set[str] = set()
        self._hearing = threading.Lock()

    def go_back(self, webhook_url: str | None) -> None:
        """Send webhooks there from now on; None keeps them back."""
        self._control("send_to", url=webhook_url)

    def set_time(self, moment: datetime, now: datetime) -> None:
        """Let Stripe's clock show `moment`, and go on from there."""
        self._control("set_clock_offset", seconds=(moment - now).total_seconds())

    def pay(self, payment_intent_id: str) -> None:
        """Let a customer pay with a card that works."""
        self._control("pay", payment_intent=payment_intent_id)

    def charge_by_hand(self, amount: int) -> str:
        """Take a payment that the till knows nothing of; returns the PaymentIntent's id.

        Somebody typed it into Stripe's dashboard, say. `amount` in US cents.
        """
        made = self._http.post("/v1/payment_intents", data={"amount": amount, "currency": "usd"})
        made.raise_for_status()
        payment_intent_id: str = made.json()["id"]
        self.pay(payment_intent_id)
        return payment_intent_id

    def news_of(self, *ids: str, since: datetime) -> list[Told]:
        """Each event about any of these objects that was not heard before, oldest first.

        Args:
            ids: of Stripe's objects.
            since: no earlier than this by Stripe's clock; bounds how much is read.
        """
        found = self._http.get(
            "/v1/events",
            params={
                "created[gte]": int(since.timestamp()),
                "types[]": sorted(EVENT_TYPES),
                "limit": _PAGE,
            },
        )
        found.raise_for_status()
        told = list[Told]()
        with self._hearing:
            for event in reversed(found.json()["data"]):
                payload = json.dumps(event)
                if event["id"] not in self._heard and any(one in payload for one in ids):
                    self._heard.add(event["id"])
                    told.append((msgspec.json.decode(payload, type=StripeEvent), payload))
        return told

    def _control(self, name: str, **arguments: Any) -> None:
        done = self._http.post(f"/_control/{name}", json=arguments)
        if done.status_code != httpx.codes.OK:
            raise RuntimeError(f"The Stripe double refused {name}: {done.text}")
