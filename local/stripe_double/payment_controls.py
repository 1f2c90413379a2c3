"""What customers, banks and time do."""

from __future__ import annotations

import copy
from typing import Literal

from local.stripe_double import (
    checkout,
    disputes,
    following,
    payment_intents,
    payments,
    refunds,
    timeline,
)
from local.stripe_double.account import Account
from local.stripe_double.errors import ApiError, Json


class PaymentControls:
    """The controls of payments."""

    _account: Account

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
            following.follow(self._account, intent)
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
            following.follow(self._account, intent)
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

        What is due by then happens, as with ``advance_clock``. The offset counts for ``created``,
        for expiry and for the life of idempotency keys, but not for webhook signatures, whose
        receiver has a clock of its own.
        """
        with self._account.lock:
            self._account.clock_offset = seconds
            timeline.run(self._account, self._account.now())
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
