"""People who subscribe: what they ask of us, what they do at Stripe, and what they have then."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from firetill.database import Transaction
from firetill.ledger.repository import user_path
from firetill.subscriptions import canceling, service
from firetill.subscriptions.model import (
    CanceledSubscription,
    CancelSubscription,
    Flow,
    Subscribe,
    Subscribed,
    SubscriptionState,
    When,
)
from firetill.upkeep.grace import end_grace_periods
from firetill.upkeep.model import Run
from firetill.webhooks.model import Handled
from tests.integration.till import USER, Json, Till

DAY = timedelta(days=1)
ABOUT_SUBSCRIPTIONS = (
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "invoice.paid",
    "invoice.payment_failed",
    "checkout.session.completed",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
    "customer.deleted",
)


@dataclass
class Subscribers:
    """A till, seen by those who subscribe."""

    till: Till

    def subscribe(
        self,
        tier: str = "plus",
        flow: Flow = "payment",
        *,
        key: str = "sub-1",
        user_id: str = USER,
    ) -> Subscribed:
        urls = (
            {
                "success_url": "https://app.example/thanks",
                "cancel_url": "https://app.example/plans",
            }
            if flow == "checkout"
            else {}
        )
        request = Subscribe(tier=tier, flow=flow, idempotency_key=key, **urls)
        return service.subscribe(self.till.database, self.till.stripe, user_id, request)

    def cancel(
        self, when: When = "now", *, key: str = "cancel-1", user_id: str = USER
    ) -> CanceledSubscription:
        request = CancelSubscription(when=when, idempotency_key=key)
        return canceling.cancel(self.till.database, self.till.stripe, user_id, request)

    def subscribed(self, tier: str = "pro", *, key: str = "sub-1", user_id: str = USER) -> str:
        """Subscribe, pay the first period, and let all events arrive; return the id."""
        made = self.subscribe(tier, key=key, user_id=user_id)
        assert made.subscription_id is not None
        self.pay(made.subscription_id)
        self.handle_all()
        return made.subscription_id

    def subscribed_to_plus(self) -> str:
        """Subscribe to plus without a trial, pay, and let all events arrive; return the id."""
        self.change(user_path(USER), {"trialUsedAt": self.till.clock.instant})
        return self.subscribed("plus")

    def pay(self, subscription_id: str, card: str = "pm_card_visa") -> str:
        """Pay the latest invoice as the app does; return its PaymentIntent."""
        [intent] = self.intents(self.invoice(subscription_id)["id"])
        self.till.double.pay(intent, card)
        return intent

    def invoice(self, subscription_id: str) -> Json:
        latest = self.till.double.retrieve(subscription_id)["latest_invoice"]
        return self.till.double.retrieve(latest)

    def intents(self, invoice_id: str) -> list[str]:
        return [
            one["payment"]["payment_intent"]
            for one in self.till.double.objects("invoice_payment")
            if one["invoice"] == invoice_id
        ]

    def customer(self, user_id: str = USER) -> str:
        found = self.till.document(f"customers/{user_id}")
        assert found is not None
        return str(found["stripeCustomerId"])

    def later(self, **duration: float) -> None:
        """Let time go by, at Stripe and here; what it does is told, and not handled yet."""
        self.till.clock.advance(**duration)
        self.till.double.advance_clock(int(self.till.clock.instant.timestamp()))

    def events(self) -> list[Json]:
        return [one for one in self.till.events() if one["type"] in ABOUT_SUBSCRIPTIONS]

    def handle_all(self) -> list[Handled]:
        """Handle all that Stripe has said so far, in its order."""
        return self.handle(self.events())

    def handle(self, events: Iterable[Mapping[str, Any]]) -> list[Handled]:
        return [self.till.handle(event) for event in events]

    def end_grace_periods(self) -> Run:
        return end_grace_periods(self.till.database, self.till.stripe)

    def user(self, user_id: str = USER) -> Mapping[str, Any]:
        return self.till.document(user_path(user_id)) or {}

    def tier(self, user_id: str = USER) -> str:
        """The tier that counts, as the user's document and `getSubscription` both say."""
        tier = str(self.user(user_id).get("tier", "free"))
        assert self.state(user_id).tier == tier
        return tier

    def state(self, user_id: str = USER) -> SubscriptionState:
        return service.get(self.till.database, user_id)

    def credits(self, user_id: str = USER) -> int:
        return self.till.wallet(user_id).credits

    def change(self, path: str, fields: Mapping[str, Any]) -> None:
        """Change a document behind everybody's back."""

        def body(tx: Transaction) -> None:
            tx.get(path)
            tx.merge(path, fields)

        self.till.database.run_transaction(body)

    def mirror(self, subscription_id: str) -> Mapping[str, Any]:
        found = self.till.document(f"subscriptions/{subscription_id}")
        assert found is not None
        return found
