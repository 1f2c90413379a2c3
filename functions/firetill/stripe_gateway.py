"""What Firetill asks of Stripe, in Firetill's own terms; only this and its parts import stripe.

Importing stripe takes longer than everything else together, so only functions that need it
import this module, through `firetill.runtime`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import stripe

from firetill.payments.model import (
    CancelOutcome,
    Charge,
    ClientIntent,
    CustomerGone,
    IntentState,
    RefundReason,
    RefundRefused,
)
from firetill.purchases.model import CheckoutPage, Terms
from firetill.stripe_billing import Billing
from firetill.stripe_faults import NOT_FOUND, translated
from firetill.stripe_listing import Listing

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCreateParams, RefundCreateParams
    from stripe.params.checkout import SessionCreateParams

REQUEST_SECONDS: Final = 8
NETWORK_RETRIES: Final = 1
CLOCK_TOLERANCE: Final = timedelta(seconds=300)


class BadSignatureError(Exception):
    """A webhook that Stripe did not sign, or signed at another time."""


class StripeGateway(Billing, Listing):
    """Requests to one Stripe account; safe to share between threads."""

    def __init__(
        self,
        secret_key: str,
        *,
        api_base: str = "",
        http_client: stripe.HTTPClient | None = None,
        network_retries: int | None = None,
    ) -> None:
        """Make a client; no request yet.

        Args:
            secret_key: `sk_test_…`, `sk_live_…` or a restricted `rk_…` key.
            api_base: where the API is; empty for Stripe itself.
            http_client: carries the requests; the SDK's own unless told.
            network_retries: how often the SDK itself tries again; `NETWORK_RETRIES` unless told.
        """
        self.live = secret_key.startswith(("sk_live_", "rk_live_"))
        """Whether the key moves real money."""
        self._stripe = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base} if api_base else {},
            http_client=http_client or stripe.RequestsClient(timeout=REQUEST_SECONDS),
            max_network_retries=NETWORK_RETRIES if network_retries is None else network_retries,
        ).v1

    def create_payment_intent(
        self, charge: Charge, metadata: Mapping[str, str], *, idempotency_key: str
    ) -> ClientIntent:
        """Create a PaymentIntent; the same key always gives the same one.

        Raises:
            CustomerGone: the customer was deleted at Stripe; go on with a new one and another key.
            PaymentProviderUnavailable: Stripe did not answer; nothing is known to be lost.
        """
        params: PaymentIntentCreateParams = {
            "amount": charge.amount,
            "currency": charge.currency,
            "automatic_payment_methods": {"enabled": True},
            "description": charge.title,
            "metadata": dict(metadata),
        }
        if charge.customer_id is not None:
            params["customer"] = charge.customer_id
        with translated():
            intent = self._stripe.payment_intents.create(
                params, {"idempotency_key": idempotency_key}
            )
        assert intent.client_secret is not None  # noqa: S101 - only ephemeral keys lack it
        return ClientIntent(payment_intent_id=intent.id, client_secret=intent.client_secret)

    def create_checkout_session(
        self,
        terms: Terms,
        metadata: Mapping[str, str],
        *,
        idempotency_key: str,
    ) -> CheckoutPage:
        """Create a Checkout Session; the same key always gives the same one.

        Raises:
            InvalidField: Stripe takes no such address.
            PaymentProviderUnavailable: Stripe did not answer; nothing is known to be lost.
        """
        params: SessionCreateParams = {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": terms.currency,
                        "unit_amount": terms.amount,
                        "product_data": {"name": terms.title},
                    },
                }
            ],
            # A switch in the dashboard must not make the buyer pay in another currency than agreed.
            "adaptive_pricing": {"enabled": False},
            "success_url": terms.success_url or "",
            "cancel_url": terms.cancel_url or "",
            "client_reference_id": terms.user_id,
            "metadata": dict(metadata),
            "payment_intent_data": {"metadata": dict(metadata)},
        }
        with translated():
            session = self._stripe.checkout.sessions.create(
                params, {"idempotency_key": idempotency_key}
            )
        assert session.url is not None  # noqa: S101 - only embedded pages lack it
        return CheckoutPage(checkout_session_id=session.id, url=session.url)

    def payment_intent_metadata(self, payment_intent_id: str) -> Mapping[str, str] | None:
        """Return a PaymentIntent's metadata; None if Stripe knows no such intent.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        intent = self.payment_intent(payment_intent_id)
        return None if intent is None else intent.metadata

    def payment_intent(self, payment_intent_id: str) -> IntentState | None:
        """Return how a PaymentIntent stands; None if Stripe knows no such intent.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        try:
            with translated():
                intent = self._stripe.payment_intents.retrieve(payment_intent_id)
        except stripe.InvalidRequestError as error:
            if error.http_status == NOT_FOUND:
                return None
            raise
        return IntentState(
            payment_intent_id=intent.id,
            status=intent.status,
            amount_received=intent.amount_received or 0,
            currency=intent.currency,
            metadata=intent.metadata.to_dict(),
        )

    def cancel_payment_intent(
        self, payment_intent_id: str, *, idempotency_key: str
    ) -> CancelOutcome:
        """Cancel a PaymentIntent, so that nobody can pay it any more.

        Stripe repeats a refusal to its key, so one that was answered `open` needs another key.

        Returns:
            The state it is in afterwards. One that was paid or canceled before stays so; `open`
            is one that cannot be canceled now, as while a bank takes its days over a payment.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer; nothing is known to be canceled.
        """
        try:
            with translated():
                self._stripe.payment_intents.cancel(
                    payment_intent_id, options={"idempotency_key": idempotency_key}
                )
        except stripe.InvalidRequestError as error:
            if error.http_status == NOT_FOUND:
                return "gone"
            if error.code != "payment_intent_unexpected_state":
                raise
            # The refusal may be a repeated one and its copy of the intent an old one.
            intent = self.payment_intent(payment_intent_id)
            match intent and intent.status:
                case None:
                    return "gone"
                case "canceled" | "succeeded" as status:
                    return status
                case _:
                    return "open"
        return "canceled"

    def refund_payment(
        self,
        payment_intent_id: str,
        metadata: Mapping[str, str],
        *,
        idempotency_key: str,
        reason: RefundReason | None = None,
    ) -> str | None:
        """Refund all that is left of a payment; the same key never refunds twice.

        Returns:
            The refund's id; None if everything had gone back before.

        Raises:
            RefundRefused: Stripe cannot refund this, now or ever; `code` says why.
            PaymentProviderUnavailable: Stripe did not answer; the same key works later.
        """
        params: RefundCreateParams = {
            "payment_intent": payment_intent_id,
            "metadata": dict(metadata),
        }
        if reason is not None:
            params["reason"] = reason
        try:
            with translated():
                refund = self._stripe.refunds.create(params, {"idempotency_key": idempotency_key})
        except stripe.InvalidRequestError as error:
            if error.code == "charge_already_refunded":
                return None
            raise RefundRefused(error.code or "not_refundable") from error
        return refund.id

    def create_customer(
        self, user_id: str, metadata: Mapping[str, str], *, idempotency_key: str
    ) -> str:
        """Create a customer that says whose it is and nothing about the person.

        Returns:
            The customer's id; the same key always gives the same one.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer; the same key works later.
        """
        with translated():
            customer = self._stripe.customers.create(
                {"metadata": {**metadata, "userId": user_id}},
                {"idempotency_key": idempotency_key},
            )
        return customer.id

    def delete_customer(self, customer_id: str) -> None:
        """Delete a customer, with its payment methods and subscriptions; harmless when repeated.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer; a later call may succeed.
        """
        try:
            with translated():
                self._stripe.customers.delete(customer_id)
        except CustomerGone:
            return
        except stripe.InvalidRequestError as error:
            if error.http_status != NOT_FOUND:
                raise


def verify_webhook(body: bytes, signature: str, secret: str, now: datetime) -> None:
    """Make sure that Stripe signed these very bytes within 300 s of now, either way.

    Stripe's own check accepts any time in the future, so the time is checked here.

    Raises:
        BadSignatureError: the signature or its time is wrong.
    """
    try:
        signature.encode("ascii")  # the comparison below would fail on anything else
        stripe.WebhookSignature.verify_header(body.decode(), signature, secret)
    except (stripe.SignatureVerificationError, UnicodeError):
        raise BadSignatureError("the signature does not match the body") from None
    # As Stripe's check reads it: the first of several, and no further than a second "=".
    signed_at = next(int(part.split("=")[1]) for part in signature.split(",") if part[:2] == "t=")
    if abs(now.timestamp() - signed_at) > CLOCK_TOLERANCE.total_seconds():
        raise BadSignatureError("the signature is too old, or from the future")
