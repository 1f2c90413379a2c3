"""What happens to webhooks on their way."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

from local.stripe_double.account import Account
from local.stripe_double.courier import Courier
from local.stripe_double.errors import Json
from local.stripe_double.post import post
from local.stripe_double.signing import signature
from local.stripe_double.switches import Switches


class DeliveryControls:
    """The controls of events and their delivery."""

    _account: Account
    _courier: Courier

    def send_to(self, url: str | None, secret: str | None = None) -> None:
        """Deliver to another endpoint from now on; without a secret, the present one stays."""
        endpoint = self._courier.endpoint
        self._courier.endpoint = dataclasses.replace(
            endpoint, url=url, secret=secret or endpoint.secret
        )

    def set_delivery(self, **switches: Any) -> Json:
        """Change delivery switches, by the names of ``Switches``; returns all of them.

        Raises:
            TypeError: there is no such switch.
            ValueError: a value makes no sense.
        """
        changed = dataclasses.replace(self._courier.switches, **switches)
        self._courier.set_switches(changed)
        return dataclasses.asdict(changed)

    def reset_delivery(self) -> None:
        """Deliver as Stripe promises again; what a pause held is released."""
        self._courier.set_switches(Switches())

    def flush(self) -> int:
        """Deliver what a pause or a shuffling window holds, once; returns how many."""
        return self._courier.flush()

    def redeliver(self, event: str) -> None:
        """Deliver an event again, whatever the switches say.

        Raises:
            ApiError: it is not there.
        """
        with self._account.lock:
            self._courier.submit(self._account.get("event", event), anyway=True)

    def set_livemode(self, *, on: bool) -> None:
        """Let new events say that they come from live mode."""
        with self._account.lock:
            self._account.livemode_events = on

    def forge(
        self,
        type: str,  # noqa: A002 - Stripe's name for it
        object: Json,  # noqa: A002 - Stripe's name for it
        *,
        overrides: Json | None = None,
        listed: bool = True,
    ) -> Json:
        """Send an event that nothing caused, properly signed; returns it.

        Args:
            type: the event's type.
            object: its ``data.object``, which need not exist.
            overrides: any of the event's own fields, such as ``id``, ``created``, ``livemode``.
            listed: whether the API knows the event too.
        """
        with self._account.lock:
            data = {"object": copy.deepcopy(object)}
            event = self._account.event(type, data, **(overrides or {}))
            if listed:
                self._account.add(event)
            self._courier.submit(event, anyway=True)
            return copy.deepcopy(event)

    def post_webhook(
        self,
        body: str,
        *,
        secret: str | None = None,
        offset_seconds: int = 0,
        header: str | None = None,
    ) -> Json:
        """Post any body to the endpoint, now and once; returns how it answered.

        Args:
            body: sent as it is, be it JSON or not.
            secret: signs it; absent, the endpoint's.
            offset_seconds: shifts the signature's timestamp.
            header: the whole ``Stripe-Signature`` instead.

        Raises:
            ValueError: there is no endpoint.
        """
        endpoint = self._courier.endpoint
        if endpoint.url is None:
            raise ValueError("no webhook endpoint is set")
        moment = self._courier.signing_time() + offset_seconds
        signed = signature(body.encode(), secret or endpoint.secret, moment)
        return post(
            endpoint.url,
            body.encode(),
            signed if header is None else header,
            timeout_seconds=endpoint.timeout_seconds,
        )
