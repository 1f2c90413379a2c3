"""What Firetill asks of Stripe Billing: prices, subscriptions, their invoices, the portal."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import stripe

from firetill.errors import PaymentNotSucceeded
from firetill.stripe_faults import NOT_FOUND, translated
from firetill.subscriptions.facts import (
    InvoiceLine,
    Prepared,
    Price,
    StripeInvoice,
    StripeSubscription,
    SubscriptionEnded,
)
from firetill.subscriptions.model import Terms
from firetill.subscriptions.rules import ENDED

if TYPE_CHECKING:
    from stripe._v1_services import V1Services
    from stripe.params import SubscriptionCreateParams, SubscriptionUpdateParams
    from stripe.params.checkout import SessionCreateParams


class Billing:
    """The part of the gateway that knows subscriptions."""

    _stripe: "V1Services"

    def price_of(self, lookup_key: str) -> Price | None:
        """Return the price on sale under a lookup key; None if there is none.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        with translated():
            found = self._stripe.prices.list(
                {"lookup_keys": [lookup_key], "active": True, "limit": 1}
            )
        return _price(found.data[0]) if found.data else None

    def price(self, price_id: str) -> Price | None:
        """Return a price; None if Stripe knows no such price.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        try:
            with translated():
                return _price(self._stripe.prices.retrieve(price_id))
        except stripe.InvalidRequestError as error:
            if error.http_status == NOT_FOUND:
                return None
            raise

    def create_subscription(
        self, terms: Terms, metadata: Mapping[str, str], *, idempotency_key: str
    ) -> Prepared:
        """Create a subscription that its first payment sets going; the same key gives the same one.

        On trial it goes from the beginning, and ends with the trial unless there is a card by then.

        Raises:
            CustomerGone: the customer was deleted at Stripe.
            PaymentProviderUnavailable: Stripe did not answer; the same key works later.
        """
        params: SubscriptionCreateParams = {
            "customer": terms.customer_id,
            "items": [{"price": terms.price_id}],
            "metadata": dict(metadata),
            "payment_behavior": "default_incomplete",
            "payment_settings": {"save_default_payment_method": "on_subscription"},
            "expand": ["latest_invoice.confirmation_secret", "pending_setup_intent"],
        }
        if terms.trial_days:
            params["trial_period_days"] = terms.trial_days
            params["trial_settings"] = {"end_behavior": {"missing_payment_method": "cancel"}}
        with translated():
            made = self._stripe.subscriptions.create(params, {"idempotency_key": idempotency_key})
        return Prepared(subscription_id=made.id, client_secret=_client_secret(made))

    def subscription_made_for(self, customer_id: str, operation_id: str) -> Prepared | None:
        """Return the subscription that an operation has made; None if none, or nobody paid for it.

        Raises:
            CustomerGone: the customer was deleted at Stripe.
            PaymentProviderUnavailable: Stripe did not answer; a later call may succeed.
        """
        with translated():
            found = self._stripe.subscriptions.list(
                {"customer": customer_id, "status": "all", "limit": 100}
            )
            made = [
                one.id
                for one in found.auto_paging_iter()
                if one.metadata.to_dict().get("operationId") == operation_id
                and one.status != "incomplete_expired"
            ]
            if not made:
                return None
            one = self._stripe.subscriptions.retrieve(
                made[0],
                {"expand": ["latest_invoice.confirmation_secret", "pending_setup_intent"]},
            )
        return Prepared(subscription_id=one.id, client_secret=_client_secret(one))

    def create_subscription_page(
        self, terms: Terms, metadata: Mapping[str, str], *, idempotency_key: str
    ) -> Prepared:
        """Create a Checkout Session that makes a subscription; the same key gives the same one.

        Raises:
            CustomerGone: the customer was deleted at Stripe.
            InvalidField: Stripe takes no such address.
            PaymentProviderUnavailable: Stripe did not answer; the same key works later.
        """
        params: SessionCreateParams = {
            "mode": "subscription",
            "customer": terms.customer_id,
            "line_items": [{"price": terms.price_id, "quantity": 1}],
            "success_url": terms.success_url or "",
            "cancel_url": terms.cancel_url or "",
            "client_reference_id": terms.user_id,
            "metadata": dict(metadata),
            "subscription_data": {"metadata": dict(metadata)},
        }
        if terms.trial_days:
            params["subscription_data"]["trial_period_days"] = terms.trial_days
        with translated():
            session = self._stripe.checkout.sessions.create(
                params, {"idempotency_key": idempotency_key}
            )
        return Prepared(checkout_session_id=session.id, url=session.url)

    def change_subscription(self, terms: Terms, *, idempotency_key: str) -> None:
        """Give a subscription another price, and take a cancellation of it back.

        An upgrade is charged at once for what is left of the period, or nothing changes.

        Raises:
            PaymentNotSucceeded: the charge was declined, needs its owner, or there is nothing to
                charge; `status` says why.
            SubscriptionEnded: it has come to its end.
            PaymentProviderUnavailable: Stripe did not answer; the same key works later.
        """
        params: SubscriptionUpdateParams = {
            "cancel_at_period_end": False,
            "proration_behavior": "always_invoice" if terms.step == "upgrade" else "none",
        }
        if terms.item_id is not None:
            params["items"] = [{"id": terms.item_id, "price": terms.price_id}]
        if terms.step == "upgrade":
            params["payment_behavior"] = "error_if_incomplete"
        if terms.ends_trial:
            params["trial_end"] = "now"
        self._update(terms.subscription_id or "", params, idempotency_key)

    def end_with_period(self, subscription_id: str, *, idempotency_key: str) -> None:
        """Let a subscription end with the period that it is in; one that has ended stays so.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer; the same key works later.
        """
        try:
            self._update(subscription_id, {"cancel_at_period_end": True}, idempotency_key)
        except SubscriptionEnded:
            return

    def cancel_subscription(self, subscription_id: str, *, idempotency_key: str) -> None:
        """End a subscription at once, without a refund; one that has ended stays so.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer; the same key works later.
        """
        try:
            with translated():
                self._stripe.subscriptions.cancel(
                    subscription_id, options={"idempotency_key": idempotency_key}
                )
        except stripe.InvalidRequestError as error:
            if error.http_status != NOT_FOUND:
                raise

    def subscription(self, subscription_id: str) -> StripeSubscription | None:
        """Return how a subscription stands; None if Stripe knows no such subscription.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        try:
            with translated():
                found = self._stripe.subscriptions.retrieve(subscription_id)
        except stripe.InvalidRequestError as error:
            if error.http_status == NOT_FOUND:
                return None
            raise
        [item, *_] = found["items"].data  # `items` alone is a method of every Stripe object
        return StripeSubscription(
            subscription_id=found.id,
            customer_id=_id(found.customer),
            status=found.status,
            item_id=item.id,
            price=_price(item.price),
            current_period_start=_instant(item.current_period_start),
            current_period_end=_instant(item.current_period_end),
            cancel_at_period_end=found.cancel_at_period_end or found.cancel_at is not None,
            trial_start=_instant(found.trial_start) if found.trial_start else None,
            trial_end=_instant(found.trial_end) if found.trial_end else None,
            metadata=found.metadata.to_dict(),
        )

    def invoice(self, invoice_id: str) -> StripeInvoice | None:
        """Return how a subscription's invoice stands; None if it is none, or not known.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        try:
            with translated():
                found = self._stripe.invoices.retrieve(invoice_id, {"expand": ["payments"]})
        except stripe.InvalidRequestError as error:
            if error.http_status == NOT_FOUND:
                return None
            raise
        details = found.parent.subscription_details if found.parent else None
        if details is None:
            return None
        return StripeInvoice(
            invoice_id=found.id,
            subscription_id=_id(details.subscription),
            status=found.status or "draft",
            currency=found.currency,
            amount_paid=found.amount_paid,
            lines=[
                InvoiceLine(
                    price_id=_id(line.pricing.price_details.price),
                    amount=line.amount,
                    period_end=_instant(line.period.end),
                )
                for line in found.lines.data
                if line.pricing and line.pricing.price_details
            ],
            payment_intent_id=next(
                (
                    _id(payment.payment.payment_intent)
                    for payment in (found.payments.data if found.payments else [])
                    if payment.status == "paid" and payment.payment.payment_intent
                ),
                None,
            ),
        )

    def invoice_paid_by(self, payment_intent_id: str) -> str | None:
        """Return the invoice that a PaymentIntent is to pay; None if it is for something else.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        with translated():
            found = self._stripe.invoice_payments.list(
                {
                    "payment": {"type": "payment_intent", "payment_intent": payment_intent_id},
                    "limit": 1,
                }
            )
        return _id(found.data[0].invoice) if found.data else None

    def create_portal_link(self, customer_id: str, return_url: str) -> str:
        """Return a page of Stripe's on which a customer sees to cards and invoices.

        Raises:
            CustomerGone: the customer was deleted at Stripe.
            InvalidField: Stripe takes no such address.
            PaymentProviderUnavailable: Stripe did not answer.
        """
        with translated():
            session = self._stripe.billing_portal.sessions.create(
                {"customer": customer_id, "return_url": return_url}
            )
        return session.url

    def _update(
        self, subscription_id: str, params: "SubscriptionUpdateParams", idempotency_key: str
    ) -> None:
        try:
            with translated():
                self._stripe.subscriptions.update(
                    subscription_id, params, {"idempotency_key": idempotency_key}
                )
        except stripe.CardError as error:
            raise PaymentNotSucceeded(error.code or "declined") from error
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing" and error.param is None:
                raise PaymentNotSucceeded("no_payment_method") from error
            # Stripe has no code for this refusal, so it is asked what has become of it.
            state = self.subscription(subscription_id)
            if state is None or state.status in ENDED:
                raise SubscriptionEnded from error
            raise


def _client_secret(made: stripe.Subscription) -> str | None:
    setup = made.pending_setup_intent
    if isinstance(setup, stripe.SetupIntent):
        return setup.client_secret
    invoice = made.latest_invoice
    if isinstance(invoice, stripe.Invoice) and invoice.confirmation_secret:
        return invoice.confirmation_secret.client_secret
    return None


def _price(price: stripe.Price) -> Price:
    return Price(
        price_id=price.id,
        amount=price.unit_amount or 0,
        currency=price.currency,
        lookup_key=price.lookup_key,
        tier=price.metadata.to_dict().get("tier"),
    )


def _id(thing: Any) -> str:
    """Return the id of what Stripe names, or gives whole."""
    found: str = thing if isinstance(thing, str) else thing.id
    return found


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
