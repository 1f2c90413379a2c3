"""A till that sells: a database, the Stripe double, and the door for Stripe's webhooks."""

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import pytest
from flask import Flask, Response, request
from stripe import StripeClient
from werkzeug.serving import make_server

from firetill import runtime, stripe_gateway
from firetill.database import Database, Store
from firetill.ledger import service as ledger
from firetill.ledger.model import Entry, Wallet
from firetill.operations import Operation
from firetill.orders.settlement import Till as HandsOver
from firetill.purchases import service as purchases
from firetill.purchases.model import (
    CheckoutPage,
    CreateCheckoutSession,
    CreateCreditsPurchaseIntent,
    PurchaseIntent,
)
from firetill.stripe_gateway import StripeGateway
from firetill.webhooks import rules
from firetill.webhooks import service as webhooks
from firetill.webhooks.endpoints import handleStripeWebhook
from firetill.webhooks.model import Handled, StripeEvent
from local.stripe_double import StripeDouble
from tests.factories import ManualClock, codes, from_noon

USER: Final = "ada"
SECRET: Final = "whsec_of_the_till"
KEY: Final = "sk_test_of_the_till"
BANK: Final = "pm_usBankAccount"
DECLINED: Final = "pm_card_chargeDeclined"

Json = dict[str, Any]


def event_of(body: Mapping[str, Any]) -> tuple[StripeEvent, str]:
    """An event as the door reads it, and its text."""
    payload = json.dumps(body)
    return msgspec.json.decode(payload, type=StripeEvent), payload


@dataclass
class Till:
    """Calls of the app, of Stripe and of somebody who looks into the books."""

    database: Database
    clock: ManualClock
    double: StripeDouble
    stripe: StripeGateway
    hands: HandsOver = field(default_factory=lambda: HandsOver(codes()))
    operator: StripeClient = field(init=False)

    def __post_init__(self) -> None:
        self.operator = StripeClient(
            KEY, base_addresses={"api": self.double.url}, max_network_retries=0
        )

    def intent(
        self, pack_id: str = "standard", *, key: str = "buy-1", user_id: str = USER
    ) -> PurchaseIntent:
        request = CreateCreditsPurchaseIntent(pack_id=pack_id, idempotency_key=key)
        return purchases.create_intent(self.database, self.stripe, user_id, request)

    def checkout(
        self, pack_id: str = "standard", *, key: str = "buy-1", user_id: str = USER
    ) -> CheckoutPage:
        request = CreateCheckoutSession(
            pack_id=pack_id,
            success_url="https://app.example/thanks?session={CHECKOUT_SESSION_ID}",
            cancel_url="https://app.example/shop",
            idempotency_key=key,
        )
        return purchases.create_checkout(self.database, self.stripe, user_id, request)

    def handle(self, event: Mapping[str, Any]) -> Handled:
        """Handle an event without the door, as the door would."""
        parsed, payload = event_of(event)
        return webhooks.handle(self.database, self.stripe, self.hands, parsed, payload)

    def handle_all(self) -> list[Handled]:
        """Handle all that Stripe has said so far, in its order."""
        return [self.handle(event) for event in self.events()]

    def events(self) -> list[Json]:
        """The events that mean something to the till, as the double recorded them."""
        found = self.double.objects("event")
        return [event for event in found if event["type"] in rules.EVENT_TYPES]

    def event(self, kind: str) -> Json:
        """The last event of a type."""
        return [event for event in self.double.objects("event") if event["type"] == kind][-1]

    def refund(self, payment_intent_id: str, amount: int | None = None) -> None:
        params: Any = {"payment_intent": payment_intent_id}
        self.operator.v1.refunds.create(params | ({"amount": amount} if amount else {}))

    def document(self, path: str) -> Mapping[str, Any] | None:
        [snapshot] = self.database.get(path)
        return snapshot.data

    def purchase(self, payment_intent_id: str) -> Mapping[str, Any]:
        found = self.document(f"paymentIntents/{payment_intent_id}")
        assert found is not None
        return found

    def inbox(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        found = self.document(f"stripeEvents/{event['id']}")
        assert found is not None
        return found

    def operation(self, name: str, *, key: str = "buy-1", user_id: str = USER) -> Mapping[str, Any]:
        found = self.document(Operation(user_id, name, key, {}).path)
        assert found is not None
        return found

    def wallet(self, user_id: str = USER) -> Wallet:
        """The user's wallet, once its chain of entries has proved it."""
        wallet, faults = ledger.verify(self.database, user_id)
        assert faults == []
        return wallet

    def entries(self, user_id: str = USER) -> list[Entry]:
        return ledger.entries(self.database, user_id)

    def posted(self, user_id: str = USER) -> list[tuple[str, int]]:
        """The kinds and amounts of the user's entries."""
        return [(entry.kind, entry.amount) for entry in self.entries(user_id)]

    def asked(self, path: str) -> list[Json]:
        """The requests that Stripe got at a path."""
        return [one for one in self.double.requests() if one["path"] == path]


@contextlib.contextmanager
def opened(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    """A till over a store, with a Stripe of its own that sends no webhooks yet.

    The SDK's own retries are off, so that one fault is one failure.
    """
    monkeypatch.setattr(stripe_gateway, "NETWORK_RETRIES", 0)
    clock = ManualClock()
    with StripeDouble(
        clock=from_noon(), seed=1, webhook_secret=SECRET, retry_delays=(0.02, 0.05), workers=4
    ) as double:
        yield Till(
            database=Database(store, clock),
            clock=clock,
            double=double,
            stripe=StripeGateway(KEY, api_base=double.url),
        )


@contextlib.contextmanager
def door(till: Till, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve `handleStripeWebhook` over this till.

    Yields:
        Its URL.
    """
    monkeypatch.setattr(runtime, "database", lambda: till.database)
    monkeypatch.setattr(runtime, "stripe_gateway", lambda: till.stripe)
    monkeypatch.setattr(runtime, "ticket_codes", codes)
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", SECRET)
    app = Flask("door")

    @app.route("/", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def answer() -> Response:
        return handleStripeWebhook(request)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
