"""Subscriptions: begun in the app or on Stripe's page, paid, changed, ended, renewed by time."""

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from firetill.database import Write
from firetill.errors import Refusal
from firetill.subscriptions import canceling, service
from firetill.subscriptions.model import (
    CancelSubscription,
    CreatePortalLink,
    Flow,
    Subscribe,
    SubscriptionState,
)
from firetill.upkeep import grace
from local.stripe_double.account import Dunning
from tests.simulation.room import USERS, Act, Job, Room, one_of
from tests.simulation.rooms.purchases import stripe_says_no
from tests.simulation.rooms.subscription_promises import Promises
from tests.simulation.weather import CALM
from tests.simulation.world import Broken, World

Json = dict[str, Any]

DAY: Final = 86_400
_DAYS: Final = 38
"""Through a trial and its grace, or a month and its grace."""

_FLOWS: Final[tuple[Flow, ...]] = ("payment", "checkout")
_DUNNING: Final[tuple[Dunning, ...]] = ("cancel", "mark_unpaid", "leave_past_due")
_CARDS: Final = ("pm_card_visa", "pm_card_visa", "pm_card_visa", "pm_card_chargeDeclined")


class Subscriptions(Room):
    """Subscribers, their cards, an operator at Stripe's dashboard, and the months."""

    needs = ("payments",)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        rng = random.Random(f"{world.seed}/rhythm")
        self._daily = rng.random() < 0.5
        self._sees_months = not self._daily and rng.random() < 0.3
        self._rounds = 0
        self._looks = 0
        self.promises = Promises(world)

    def open(self) -> None:
        """Let periods last for a day in half of all runs, so that they end in bad weather, too."""
        if self._daily:
            for tier, amount in (("plus", 999), ("pro", 1_999)):
                params: Any = {
                    "currency": "usd",
                    "unit_amount": amount,
                    "recurring": {"interval": "day"},
                    "product_data": {"name": tier},
                    "lookup_key": f"firetill_{tier}_monthly",
                    "transfer_lookup_key": True,
                }
                self.world.stripe.operator.v1.prices.create(params)
        self.promises.open()

    def acts(self) -> Mapping[str, tuple[int, Act]]:
        return {
            "subscribe": (2, partial(self._subscribe, pays=False)),
            "subscribe and pay": (3, partial(self._subscribe, pays=True)),
            "pay an invoice": (2, self._pay),
            "take a card for a trial": (1, self._set_up),
            "complete a subscription's page": (2, self._complete),
            "change the card": (1, self._change_card),
            "cancel a subscription": (1, self._cancel),
            "subscribe, change and cancel": (2, self._see_through),
            "see to it in the portal": (1, self._portal),
            "refund an invoice": (2, self._refund),
            "cancel at Stripe": (1, self._cancel_at_stripe),
            "lose a customer": (1, self._lose_customer),
            "look at a subscription": (1, self._look),
        }

    def jobs(self) -> Mapping[str, Job]:
        return {"endGracePeriods": self._end_grace, "months pass": self._months_pass}

    def _end_grace(self) -> object:
        return grace.end_grace_periods(self.world.database, self.world.stripe.gateway)

    # What people do.

    def _subscribe(self, rng: random.Random, *, pays: bool) -> None:
        self.subscribe(rng.choice(USERS), rng, pays=pays)

    def subscribe(self, user: str, rng: random.Random, *, pays: bool) -> None:
        """Have a user subscribe, and pay at once what is to be paid."""
        tier, flow = rng.choice(("plus", "plus", "pro")), rng.choice(_FLOWS)
        key, card = self.key(rng), rng.choice(_CARDS)

        def work() -> None:
            self._ask(user, key, tier, flow)
            if pays:
                self._pay_all_of(user, card)

        self.app(f"subscribe {tier} {user}", work)

    def _ask(self, user: str, key: str, tier: str, flow: Flow) -> object:
        world = self.world
        page = "https://app.example/page" if flow == "checkout" else None
        request = Subscribe(
            tier=tier, flow=flow, idempotency_key=key, success_url=page, cancel_url=page
        )
        return world.ask(
            ("subscribe", user, key),
            lambda: service.subscribe(world.database, world.stripe.gateway, user, request),
        )

    def _see_through(self, rng: random.Random) -> None:
        """All that one can do with a subscription, in one sitting."""
        user, keys, when = rng.choice(USERS), [self.key(rng) for _ in range(4)], rng.random()
        tiers = rng.choice((("plus", "pro", "plus"), ("pro", "plus", "pro"), ("plus", "pro", "")))

        def work() -> None:
            for tier, key in zip(tiers, keys, strict=False):
                if tier:
                    self._ask(user, key, tier, "payment")
                    self._pay_all_of(user, "pm_card_visa")
                    self.world.sleep(30)
            self._ask_cancel(user, keys[-1], later=when < 0.5)

        self.app(f"subscribe and more {user}", work)

    def _pay_all_of(self, user: str, card: str) -> None:
        """Pay a user's open invoices, and leave a card for the time behind a trial."""
        stripe = self.world.stripe
        for one in self.promises.subscriptions_of(user):
            for invoice in self._invoices("open", one["id"]):
                stripe_says_no(partial(stripe.pay_invoice, invoice["id"], card))
            if one["pending_setup_intent"]:
                stripe_says_no(partial(stripe.set_up, one["pending_setup_intent"], card))

    def _cancel(self, rng: random.Random) -> None:
        user, key, later = rng.choice(USERS), self.key(rng), rng.random() < 0.5
        self.app(f"cancel {user}", lambda: self._ask_cancel(user, key, later=later))

    def _ask_cancel(self, user: str, key: str, *, later: bool) -> None:
        world = self.world
        request = CancelSubscription(when="period_end" if later else "now", idempotency_key=key)
        world.ask(
            ("cancelSubscription", user, key),
            lambda: canceling.cancel(world.database, world.stripe.gateway, user, request),
        )

    def _look(self, rng: random.Random) -> None:
        user, world = rng.choice(USERS), self.world
        self._looks += 1
        key = ("getSubscription", user, f"look-{self._looks}")

        def work() -> None:
            seen = world.ask((*key, "anew"), lambda: service.get(world.database, user))
            if not isinstance(seen, SubscriptionState | Refusal | None):
                raise Broken("tells how it stands", f"{user}: {seen}")

        world.tasks.spawn(f"look {user}", work)

    # What happens at Stripe: at once, or not at all.

    def _pay(self, rng: random.Random) -> None:
        invoice = one_of(rng, self._invoices("open"))
        if invoice is not None:
            pay = self.world.stripe.pay_invoice
            stripe_says_no(partial(pay, invoice["id"], rng.choice(_CARDS)))

    def _set_up(self, rng: random.Random) -> None:
        waiting = one_of(rng, [one for one in self._all("setup_intent") if _waits(one)])
        if waiting is not None:
            stripe_says_no(partial(self.world.stripe.set_up, waiting["id"], rng.choice(_CARDS)))

    def _complete(self, rng: random.Random) -> None:
        pages = [one for one in self._all("checkout.session") if one["mode"] == "subscription"]
        page = one_of(rng, [one for one in pages if one["status"] == "open"])
        if page is not None:
            done = partial(self.world.stripe.complete_checkout, page["id"], rng.choice(_CARDS))
            stripe_says_no(done)

    def _change_card(self, rng: random.Random) -> None:
        customer = one_of(rng, self._all("customer"))
        if customer is not None:
            card = rng.choice(("pm_card_visa", "pm_card_chargeCustomerFail"))
            stripe_says_no(partial(self.world.stripe.set_payment_method, customer["id"], card))

    def _portal(self, rng: random.Random) -> None:
        """Ask for the page, and press its button: to end with the period, or to go on."""
        user, world, wish = rng.choice(USERS), self.world, rng.random() < 0.6
        request = CreatePortalLink(return_url="https://app.example/account")
        self._looks += 1
        key = ("createPortalLink", user, f"link-{self._looks}")

        def call() -> bool:
            return bool(service.portal(world.database, world.stripe.gateway, user, request).url)

        def work() -> None:
            if world.ask(key, call) is True:
                for one in self.promises.subscriptions_of(user):
                    update: Any = {"cancel_at_period_end": wish}
                    press = partial(world.stripe.operator.v1.subscriptions.update, one["id"])
                    stripe_says_no(partial(self._by_hand, partial(press, update)))

        self.app(f"portal {user}", work)

    def _refund(self, rng: random.Random) -> None:
        intents = [
            one
            for one in self._all("payment_intent")
            if one["status"] == "succeeded" and not one["metadata"]
        ]
        paid = one_of(rng, intents)
        if paid is None:
            return
        params: Any = {"payment_intent": paid["id"]}
        if rng.random() < 0.5:
            params["amount"] = rng.randint(1, paid["amount"])
        refunds = self.world.stripe.operator.v1.refunds
        stripe_says_no(lambda: refunds.create(params))

    def _cancel_at_stripe(self, rng: random.Random) -> None:
        found = one_of(rng, self._all("subscription"))
        if found is not None:
            subscriptions = self.world.stripe.operator.v1.subscriptions
            stripe_says_no(lambda: subscriptions.cancel(found["id"]))

    def _lose_customer(self, rng: random.Random) -> None:
        customer = one_of(rng, self._all("customer"))
        if customer is not None and rng.random() < 0.3:
            customers = self.world.stripe.operator.v1.customers
            stripe_says_no(lambda: customers.delete(customer["id"]))

    def _by_hand(self, act: Callable[[], object]) -> None:
        """Do at Stripe's own pages what nothing on the way to them can disturb."""
        running, self.world.tasks.running = self.world.tasks.running, None
        try:
            act()
        finally:
            self.world.tasks.running = running

    def _all(self, kind: str) -> list[Json]:
        return self.world.stripe.everything(kind)

    def _invoices(self, status: str, subscription_id: str | None = None) -> list[Json]:
        return [
            one
            for one in self._all("invoice")
            if one["status"] == status
            and subscription_id in {None, one["parent"]["subscription_details"]["subscription"]}
        ]

    # Time.

    def _months_pass(self) -> None:
        """In calm weather, let a trial or a month run out day by day, with its grace.

        Only once what the weather has kept from the till is made good: Stripe does not list it for
        longer than three days.
        """
        world = self.world
        if world.weather.climate is not CALM:
            return
        self._rounds += 1
        if not self._sees_months or self._rounds != 3 or not self.promises.live():
            return
        rng = random.Random(f"{world.seed}/months")
        stripe = world.stripe
        stripe.set_dunning(rng.choice(_DUNNING))
        for customer in self._all("customer"):
            card = rng.choice(("pm_card_visa", "pm_card_chargeCustomerFail"))
            stripe_says_no(partial(stripe.set_payment_method, customer["id"], card))
        for day in range(_DAYS):
            if day == _DAYS - 3:  # late, but paid
                for invoice in self._invoices("open"):
                    stripe_says_no(partial(stripe.pay_invoice, invoice["id"]))
            world.advance(DAY)
            stripe.advance_clock(int(world.unix_seconds()))
            while world.messages or len(world.tasks.waiting) > 1:
                world.tasks.pass_on()
            self._end_grace()
            self.promises.see_tiers()

    # What must hold.

    def after_commit(self, writes: Sequence[Write]) -> None:
        self.promises.after_commit(writes)

    def at_end(self) -> None:
        self.promises.at_end()


def _waits(setup_intent: Json) -> bool:
    return bool(setup_intent["status"] == "requires_payment_method")
