"""The controls: what a test or a demo does to the double, in Python or over HTTP.

Every public method of ``Controls`` is also ``POST /_control/<name>``, with its arguments as a JSON
object. So all of them take and return only what JSON can carry.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import Any, Literal

from local.stripe_double import checkout, disputes, payment_intents, payments, refunds
from local.stripe_double.account import Account
from local.stripe_double.api import Api
from local.stripe_double.courier import Courier
from local.stripe_double.errors import ApiError, Json
from local.stripe_double.faults import Fault
from local.stripe_double.post import post
from local.stripe_double.signing import signature
from local.stripe_double.switches import Switches


class Controls:
    """The double's controls. Safe to use from any thread."""

    def __init__(self, account: Account, api: Api, courier: Courier) -> None:
        self._account = account
        self._api = api
        self._courier = courier

    def pay(self, payment_intent: str, payment_method: str = "pm_card_visa") -> Json:
        """Confirm a PaymentIntent as the customer's app would.

        Returns:
            The PaymentIntent afterwards; a decline shows in it and is no error here.

        Raises:
            ApiError: it is not there, or cannot be confirmed.
        """
        with self._account.lock:
            intent = self._account.get("payment_intent", payment_intent)
            try:
                payment_intents.confirm(self._account, intent, {"payment_method": payment_method})
            except ApiError as refusal:
                if refusal.status != 402:
                    raise
            return copy.deepcopy(intent)

    def authenticate(self, payment_intent: str, *, succeeded: bool = True) -> Json:
        """Finish a PaymentIntent's 3-D Secure challenge; returns the PaymentIntent.

        Raises:
            ApiError: it is not there.
            ValueError: it waits for no challenge.
        """
        with self._account.lock:
            intent = self._account.get("payment_intent", payment_intent)
            payments.authenticate(self._account, intent, succeeded=succeeded)
            checkout.follow(self._account, intent)
            return copy.deepcopy(intent)

    def settle(self, payment_intent: str, *, succeeded: bool | None = None) -> Json:
        """Settle a PaymentIntent that is processing; returns the PaymentIntent.

        Args:
            payment_intent: its id.
            succeeded: the bank's answer; absent, the one that its test method stands for.

        Raises:
            ApiError: it is not there.
            ValueError: it is not processing.
        """
        with self._account.lock:
            intent = self._account.get("payment_intent", payment_intent)
            payments.settle(self._account, intent, succeeded=succeeded)
            checkout.follow(self._account, intent)
            return copy.deepcopy(intent)

    def complete_checkout(
        self,
        session: str,
        payment_method: str = "pm_card_visa",
        email: str = "customer@example.com",
    ) -> Json:
        """Press Pay on a Checkout Session's page; returns the session.

        A decline leaves the session open, a challenge leaves it open until ``authenticate``, a
        bank debit completes it unpaid until ``settle``.

        Raises:
            ApiError: it is not there, or the payment method is unknown.
            ValueError: it is not open.
        """
        with self._account.lock:
            thing = self._account.get("checkout.session", session)
            try:
                checkout.pay(self._account, thing, payment_method, email)
            except ApiError as refusal:
                if refusal.status != 402:
                    raise
            return copy.deepcopy(thing)

    def expire_checkout(self, session: str) -> Json:
        """Let a Checkout Session's time run out; returns the session.

        Raises:
            ApiError: it is not there, or not open.
        """
        with self._account.lock:
            thing = self._account.get("checkout.session", session)
            checkout.expire(self._account, thing)
            return copy.deepcopy(thing)

    def open_dispute(
        self, payment: str, *, amount: int | None = None, reason: str = "fraudulent"
    ) -> Json:
        """Dispute a payment; returns the dispute.

        Args:
            payment: the id of a charge, or of a PaymentIntent that succeeded.
            amount: in minor units; absent, all of it.
            reason: Stripe's word, such as ``product_not_received``.

        Raises:
            ApiError: it is not there.
            ValueError: it took no money, or is disputed already.
        """
        with self._account.lock:
            charge_id = payment
            if payment.startswith("pi_"):
                charge_id = self._account.get("payment_intent", payment)["latest_charge"] or ""
            charge = self._account.get("charge", charge_id)
            dispute = disputes.open_dispute(self._account, charge, amount=amount, reason=reason)
            return copy.deepcopy(dispute)

    def close_dispute(self, dispute: str, outcome: Literal["won", "lost"]) -> Json:
        """Decide a dispute; returns it.

        Raises:
            ApiError: it is not there.
            ValueError: it is closed already.
        """
        if outcome not in ("won", "lost"):
            raise ValueError("outcome must be won or lost")
        with self._account.lock:
            thing = self._account.get("dispute", dispute)
            disputes.close_dispute(self._account, thing, outcome)
            return copy.deepcopy(thing)

    def settle_refund(self, refund: str, outcome: Literal["succeeded", "failed"]) -> Json:
        """Settle a pending refund, or fail one that had succeeded; returns it.

        Raises:
            ApiError: it is not there.
            ValueError: it cannot come out that way.
        """
        with self._account.lock:
            thing = self._account.get("refund", refund)
            refunds.settle_refund(self._account, thing, outcome)
            return copy.deepcopy(thing)

    def set_clock_offset(self, seconds: float) -> int:
        """Shift the account's time against the real one; returns it in Unix seconds.

        It moves ``created``, Checkout expiry and the life of idempotency keys, but not webhook
        signatures, whose receiver has a clock of its own.
        """
        with self._account.lock:
            self._account.clock_offset = seconds
            checkout.expire_due(self._account)
            return self._account.now()

    def alter(self, object_id: str, changes: Json) -> Json:
        """Overwrite an object's fields behind the API's back, without an event; returns it.

        Raises:
            KeyError: there is no such object.
        """
        with self._account.lock:
            thing = self._account.locate(object_id)
            thing.update(copy.deepcopy(changes))
            return copy.deepcopy(thing)

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

    def fault(self, kind: str, **details: Any) -> None:
        """Let API requests fail, by the names of ``Fault``.

        Raises:
            TypeError: a fault has no such detail.
            ValueError: a value makes no sense.
        """
        self._api.faults.add(Fault(kind, **details))  # type: ignore[arg-type]  # Fault checks it

    def faults(self) -> list[Json]:
        """The faults that still wait for requests."""
        return [dataclasses.asdict(fault) for fault in self._api.faults.waiting()]

    def clear_faults(self) -> None:
        """Let no request fail any more."""
        self._api.faults.clear()

    def retrieve(self, object_id: str) -> Json:
        """Any object as it is now.

        Raises:
            KeyError: there is no such object.
        """
        with self._account.lock:
            return copy.deepcopy(self._account.locate(object_id))

    def objects(self, kind: str) -> list[Json]:
        """All objects of a kind, such as ``payment_intent``, oldest first."""
        with self._account.lock:
            return copy.deepcopy(self._account.all(kind))

    def deliveries(self) -> list[Json]:
        """Every webhook attempt and every lost event, oldest first.

        Each has ``event``, ``type``, ``at``, and ``outcome``: ``delivered``, ``refused``,
        ``timed_out``, ``unreachable`` or ``lost``. Attempts also have ``attempt``, ``status``,
        ``reply``, ``seconds`` and ``signature``.
        """
        return self._courier.log()

    def requests(self) -> list[Json]:
        """Every API request, oldest first.

        Each has ``id``, ``method``, ``path``, ``params``, ``idempotency_key``, ``status``,
        ``replayed`` and ``fault``.
        """
        return self._api.log()

    def wait_idle(self, timeout_seconds: float = 10.0) -> None:
        """Wait until every event is delivered or given up; a pause's events do not count.

        Raises:
            TimeoutError: it took longer.
        """
        self._courier.wait_idle(timeout_seconds)

    def reset(self) -> None:
        """Forget every object, key, fault, switch and log; the endpoint stays."""
        with self._account.lock:
            self._courier.reset()
            self._api.clear()
            self._account.clear()
