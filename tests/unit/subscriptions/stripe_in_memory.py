"""Stripe as it was recorded, step by step, and the events that each step brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from firetill import operations
from firetill.database import Database, Transaction
from firetill.operations import Operation
from firetill.orders.settlement import Till
from firetill.stripe_gateway import StripeGateway
from firetill.subscriptions.facts import Price, StripeInvoice, StripeSubscription
from firetill.subscriptions.model import Terms
from firetill.webhooks import service
from firetill.webhooks.model import EventData, Handled, StripeEvent
from tests.factories import codes
from tests.unit.subscriptions.builders import CUSTOMER, PRICES, SUBSCRIPTION

USER = "ada"


@dataclass(frozen=True)
class Moment:
    """How Stripe stands after one step, and the event that tells of it: its type and object."""

    kind: str
    thing: Mapping[str, Any]
    subscription: StripeSubscription
    invoices: Mapping[str, StripeInvoice] = field(default_factory=dict)


class RecordedStripe:
    """Answers as Stripe did at the `moment` that the tape stands at."""

    live = False

    def __init__(self, tape: Sequence[Moment]) -> None:
        self.tape = tape
        self.moment = len(tape) - 1

    def subscription(self, subscription_id: str) -> StripeSubscription | None:
        assert subscription_id == SUBSCRIPTION
        return self.tape[self.moment].subscription

    def invoice(self, invoice_id: str) -> StripeInvoice | None:
        return self.tape[self.moment].invoices.get(invoice_id)

    def price(self, price_id: str) -> Price | None:
        return PRICES.get(price_id)

    def payment_intent_metadata(self, _: str) -> Mapping[str, str]:
        return {}

    def invoice_paid_by(self, payment_intent_id: str) -> str | None:
        found = self.tape[self.moment].invoices.values()
        return next(
            (one.invoice_id for one in found if one.payment_intent_id == payment_intent_id), None
        )


def event(tape: Sequence[Moment], number: int) -> tuple[StripeEvent, str]:
    """The event of one step, and its text."""
    moment = tape[number]
    told = StripeEvent(
        id=f"evt_{number}",
        type=moment.kind,
        livemode=False,
        data=EventData(object=dict(moment.thing)),
    )
    return told, msgspec.json.encode(told).decode()


def handle(database: Database, stripe: RecordedStripe, number: int) -> Handled:
    """Handle the event of one step as the door does."""
    told, payload = event(stripe.tape, number)
    gateway = cast("StripeGateway", stripe)
    return service.handle(database, gateway, Till(codes()), told, payload)


def begun(database: Database, operation_id: str) -> None:
    """Record the request that began the subscription, under a given id."""
    terms = Terms(
        user_id=USER,
        tier="pro",
        step="create",
        flow="payment",
        price_id="price_pro",
        customer_id=CUSTOMER,
        idempotency_key="sub-1",
        nonce="n",
    )

    def body(tx: Transaction) -> None:
        operation = _Named(USER, "subscribe", "sub-1", {}, operation_id)
        operations.begin(tx, operation, terms)

    database.run_transaction(body)


@dataclass(frozen=True)
class _Named(Operation):
    """An operation under an id of the test's own."""

    named: str

    @property
    def path(self) -> str:
        return operations.operation_path(self.named)
