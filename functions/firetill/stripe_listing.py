"""What Firetill asks of Stripe in order to find what a lost webhook has left behind."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import stripe

from firetill.payments.model import ListedIntent
from firetill.stripe_faults import NOT_FOUND, translated

if TYPE_CHECKING:
    from stripe._v1_services import V1Services
    from stripe.params import EventListParams, PaymentIntentListParams

PAGE: Final = 100
"""Objects in one answer; Stripe gives no more."""


class Listing:
    """The part of the gateway that pages through what Stripe has, the newest first."""

    _stripe: "V1Services"

    def event_payload(self, event_id: str) -> str | None:
        """Return an event as JSON, as Stripe's webhook had it; None if Stripe has it no more.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        try:
            with translated():
                return _payload(self._stripe.events.retrieve(event_id))
        except stripe.InvalidRequestError as error:
            if error.http_status == NOT_FOUND:
                return None
            raise

    def events_since(
        self, since: datetime, until: datetime, types: Sequence[str], after: str | None
    ) -> list[tuple[str, str]]:
        """Return a page of events that happened from `since` to `until`: each id, and its JSON.

        Args:
            since: the first instant.
            until: the last instant.
            types: of which types; Stripe takes twenty at most.
            after: the last id of the page before; None for the first page.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        params: EventListParams = {
            "created": _within(since, until),
            "types": list(types),
            "limit": PAGE,
        }
        if after is not None:
            params["starting_after"] = after
        with translated():
            found = self._stripe.events.list(params)
        return [(event.id, _payload(event)) for event in found.data]

    def payment_intents_since(
        self, since: datetime, until: datetime, after: str | None
    ) -> list[ListedIntent]:
        """Return a page of PaymentIntents that were made from `since` to `until`.

        Args:
            since: the first instant.
            until: the last instant.
            after: the last id of the page before; None for the first page.

        Raises:
            InvalidField: Stripe has no such `after`.
            PaymentProviderUnavailable: Stripe did not answer.
        """
        params: PaymentIntentListParams = {
            "created": _within(since, until),
            "limit": PAGE,
            "expand": ["data.latest_charge"],
        }
        if after is not None:
            params["starting_after"] = after
        with translated():
            found = self._stripe.payment_intents.list(params)
        return [_listed(intent) for intent in found.data]

    def listed_payment_intent(self, payment_intent_id: str) -> ListedIntent | None:
        """Return a PaymentIntent as lists have it; None if Stripe knows no such intent.

        Raises:
            PaymentProviderUnavailable: Stripe did not answer.
        """
        try:
            with translated():
                found = self._stripe.payment_intents.retrieve(
                    payment_intent_id, {"expand": ["latest_charge"]}
                )
        except stripe.InvalidRequestError as error:
            if error.http_status == NOT_FOUND:
                return None
            raise
        return _listed(found)


def _within(since: datetime, until: datetime) -> Any:
    return {"gte": int(since.timestamp()), "lte": int(until.timestamp())}


def _payload(event: stripe.Event) -> str:
    return json.dumps(event.to_dict(), default=str)  # the SDK's decimals are texts at Stripe


def _listed(intent: stripe.PaymentIntent) -> ListedIntent:
    charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
    return ListedIntent(
        payment_intent_id=intent.id,
        status=intent.status,
        amount_received=intent.amount_received or 0,
        amount_refunded=charge.amount_refunded if charge else 0,
        charged_at=datetime.fromtimestamp(charge.created, UTC) if charge else None,
        currency=intent.currency,
        metadata=intent.metadata.to_dict(),
    )
