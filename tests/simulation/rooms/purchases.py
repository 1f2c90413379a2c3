"""Credit packs: bought in the app or on Stripe's page, paid, refunded, disputed."""

import random
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import stripe

from firetill.catalog import PACKS
from firetill.purchases import service
from firetill.purchases.model import (
    CreateCheckoutSession,
    CreateCreditsPurchaseIntent,
    PurchaseIntent,
)
from local.stripe_double.errors import ApiError
from tests.simulation.room import USERS, Act, Room, one_of
from tests.simulation.world import Broken

Json = dict[str, Any]


class Purchases(Room):
    """Buyers of credits, and the bank behind them."""

    needs = ("payments",)

    def acts(self) -> Mapping[str, tuple[int, Act]]:
        return {
            "buy in the app": (4, self._intent),
            "buy on Stripe's page": (2, self._checkout),
            "pay for credits": (6, self._pay),
            "refund credits": (2, self._refund),
            "dispute credits": (1, self._dispute),
            "close a dispute": (2, self._close_dispute),
            "complete a page": (3, self._complete),
            "change a payment at Stripe": (1, self._tamper),
            "buy, and want the money back": (4, self._regret),
        }

    def _intent(self, rng: random.Random) -> None:
        user = rng.choice(USERS)
        request = CreateCreditsPurchaseIntent(
            pack_id=rng.choice(sorted(PACKS)), idempotency_key=self.any_key(rng)
        )
        self._buy(user, "createCreditsPurchaseIntent", request.idempotency_key, request)

    def _checkout(self, rng: random.Random) -> None:
        user = rng.choice(USERS)
        request = CreateCheckoutSession(
            pack_id=rng.choice(sorted(PACKS)),
            success_url="https://app.example/thanks",
            cancel_url="https://app.example/shop",
            idempotency_key=self.any_key(rng),
        )
        self._buy(user, "createCheckoutSession", request.idempotency_key, request)

    def _buy(
        self,
        user: str,
        name: str,
        key: str,
        request: CreateCreditsPurchaseIntent | CreateCheckoutSession,
    ) -> None:
        world, db, stripe = self.world, self.world.database, self.world.stripe.gateway

        def call() -> object:
            if isinstance(request, CreateCheckoutSession):
                return service.create_checkout(db, stripe, user, request)
            return service.create_intent(db, stripe, user, request)

        def work() -> None:
            world.ask((name, user, key), call, asked=request)

        self.app(f"{name} {user}", work)

    def _pay(self, rng: random.Random) -> None:
        intent = one_of(rng, [one for one in self._intents() if _is_open(one)])
        if intent is not None:
            card = rng.choice(
                ("pm_card_visa", "pm_card_visa", "pm_card_chargeDeclined", "pm_usBankAccount")
            )
            self._at_stripe(partial(self.world.stripe.pay, intent["id"], card))
            return
        waiting = one_of(rng, [one for one in self._intents() if one["status"] == "processing"])
        if waiting is not None:
            succeeded = rng.random() < 0.7
            settle = partial(self.world.stripe.settle, waiting["id"], succeeded=succeeded)
            self._at_stripe(settle)

    def _complete(self, rng: random.Random) -> None:
        sessions = self.world.stripe.everything("checkout.session")
        page = one_of(rng, [one for one in sessions if one["status"] == "open"])
        if page is not None:
            card = rng.choice(("pm_card_visa", "pm_card_visa", "pm_usBankAccount"))
            self._at_stripe(partial(self.world.stripe.complete_checkout, page["id"], card))

    def _regret(self, rng: random.Random) -> None:
        """A purchase whose money goes back in parts, or is fought over."""
        user = rng.choice(USERS)
        request = CreateCreditsPurchaseIntent(
            pack_id=rng.choice(sorted(PACKS)), idempotency_key=self.key(rng)
        )
        key = ("createCreditsPurchaseIntent", user, request.idempotency_key)
        db, stripe = self.world.database, self.world.stripe
        parts = [rng.choice((1, 33, 100, 250)) for _ in range(rng.choice((0, 1, 2, 3)))]
        ends: Literal["won", "lost"] | None = rng.choice((None, "won", "lost"))

        def work() -> None:
            call = partial(service.create_intent, db, stripe.gateway, user, request)
            made = self.world.ask(key, call, asked=request)
            if not isinstance(made, PurchaseIntent):
                return
            payment = made.purchase_id
            stripe_says_no(partial(stripe.pay, payment, "pm_card_visa"))
            for part in parts:
                self.world.sleep(0.05)
                params: Any = {"payment_intent": payment, "amount": part}
                refund = partial(stripe.operator.v1.refunds.create, params)
                self.world.ask(
                    ("refund", user, payment), partial(stripe_says_no, refund), keyed=False
                )
            if ends is not None:
                stripe_says_no(partial(stripe.open_dispute, payment))
                self.world.sleep(0.05)
                for dispute in stripe.everything("dispute"):
                    if dispute["payment_intent"] == payment:
                        stripe_says_no(partial(stripe.close_dispute, dispute["id"], ends))

        self.app(f"regret {user}", work)

    def _tamper(self, rng: random.Random) -> None:
        """Somebody with access to Stripe makes a payment cheaper, or somebody else's."""
        intent = one_of(rng, [one for one in self._intents() if _is_open(one)])
        if intent is None:
            return
        user = rng.choice([one for one in USERS if one != intent["metadata"]["userId"]])
        params: Any = rng.choice(({"amount": 50}, {"metadata": {"userId": user}}))
        operator = self.world.stripe.operator
        self._at_stripe(lambda: operator.v1.payment_intents.update(intent["id"], params))
        if intent["amount"] == params.get("amount") or intent["metadata"]["userId"] == user:
            self.world.tampered.add(intent["id"])

    def _refund(self, rng: random.Random) -> None:
        paid = one_of(rng, [one for one in self._intents() if one["status"] == "succeeded"])
        if paid is None:
            return
        params: Any = {"payment_intent": paid["id"]}
        if rng.random() < 0.5:
            params["amount"] = rng.randint(1, paid["amount"])
        operator = self.world.stripe.operator
        self._at_stripe(lambda: operator.v1.refunds.create(params))

    def _dispute(self, rng: random.Random) -> None:
        paid = one_of(rng, [one for one in self._intents() if one["status"] == "succeeded"])
        if paid is not None:
            self._at_stripe(partial(self.world.stripe.open_dispute, paid["id"]))

    def _close_dispute(self, rng: random.Random) -> None:
        found = self.world.stripe.everything("dispute")
        open_ones = [one for one in found if one["status"] not in {"won", "lost"}]
        dispute = one_of(rng, open_ones)
        if dispute is not None:
            close = self.world.stripe.close_dispute
            won = rng.random() < 0.5
            self._at_stripe(partial(close, dispute["id"], "won" if won else "lost"))

    def _at_stripe(self, act: Any) -> None:
        """What happens at Stripe happens at once; what it refuses does not happen."""
        stripe_says_no(act)

    def _intents(self) -> list[Json]:
        """The payments of credits, in the app or on a page."""
        return [
            one
            for one in self.world.stripe.everything("payment_intent")
            if "packId" in (one.get("metadata") or {})
        ]

    def at_end(self) -> None:
        for intent in self._intents():
            self._see_credited(intent)

    def _see_credited(self, intent: Json) -> None:
        """Every payment has brought its credits once, less the share that went back."""
        world, intent_id = self.world, str(intent["id"])
        entries = [
            one
            for one in world.documents("ledger")
            if (one["metadata"] or {}).get("paymentIntentId") == intent_id
        ]
        bought = [one for one in entries if one["kind"] == "credits_purchase"]
        if intent["status"] != "succeeded" or intent_id in world.tampered:
            if entries:
                raise Broken("credited as paid", f"{intent_id} has {entries}")
            return
        worth = PACKS[intent["metadata"]["packId"]].credits
        if [one["amount"] for one in bought] != [worth]:
            raise Broken("credited as paid", f"{intent_id} was paid and brought {bought}")
        gone = money_gone(world.stripe.everything, intent)
        clawed = sum(
            int(one["amount"]) * (1 if one["kind"] == "credits_clawback" else -1)
            for one in entries
            if one["kind"] in {"credits_clawback", "credits_reinstate"}
        )
        if clawed != worth * gone // intent["amount"]:
            raise Broken("taken back as refunded", f"{intent_id}: {gone} gone, {clawed} taken back")


def stripe_says_no(act: Any) -> None:
    """Do something at Stripe; what it refuses does not happen."""
    try:
        act()
    except (ApiError, ValueError, stripe.StripeError):
        return


def money_gone(everything: Any, intent: Json) -> int:
    """How much of a payment has gone back, by Stripe's own objects."""
    refunds = sum(
        one["amount"]
        for one in everything("refund")
        if one["payment_intent"] == intent["id"] and one["status"] in {"succeeded", "pending"}
    )
    disputes = sum(
        one["amount"]
        for one in everything("dispute")
        if one["payment_intent"] == intent["id"]
        and one["status"] not in {"won", "warning_needs_response", "warning_closed"}
    )
    return int(min(intent["amount"], refunds + disputes))


def _is_open(intent: Json) -> bool:
    return intent["status"] in {"requires_payment_method", "requires_confirmation"}
