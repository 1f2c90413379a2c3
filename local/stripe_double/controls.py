"""The controls: what a test or a demo does to the double, in Python or over HTTP.

Every public method of ``Controls`` is also ``POST /_control/<name>``, with its arguments as a JSON
object. So all of them take and return only what JSON can carry.
"""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

from local.stripe_double.account import Account
from local.stripe_double.api import Api
from local.stripe_double.billing_controls import BillingControls
from local.stripe_double.courier import Courier
from local.stripe_double.delivery_controls import DeliveryControls
from local.stripe_double.errors import Json
from local.stripe_double.faults import Fault
from local.stripe_double.payment_controls import PaymentControls
from local.stripe_double.product import stock


class Controls(PaymentControls, BillingControls, DeliveryControls):
    """The double's controls. Safe to use from any thread."""

    def __init__(self, account: Account, api: Api, courier: Courier) -> None:
        self._account = account
        self._api = api
        self._courier = courier

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
        """Forget every object, key, fault, switch and log; the endpoint and first prices stay."""
        with self._account.lock:
            self._courier.reset()
            self._api.clear()
            self._account.clear()
            stock(self._account)
