"""What people do while it storms: buy, pledge, order, go in, pass on, ask, take back."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from firetill.catalog import PACKS, SHOP_ITEMS
from firetill.config import TERMS_VERSION
from firetill.database import Database, Query
from local.storm.calls import Line, Person, Told
from local.storm.doors import Json

SHIELD: Final = SHOP_ITEMS["streak_shield"]

_PLEDGE_SECONDS: Final = 57.0
"""A pledge of a minute, less what the till tolerates."""

_DECLINED: Final = "pm_card_chargeDeclined"
_TEXTS: Final = ("Is there a cloakroom?", "What shall I wear?", "[refuse] that", "[fail] twice")
_GOODS: Final = ("gala", "gala", "matinee", "poster", "shirt")
EVENTS: Final = ("gala", "matinee")
FUNCTIONS: Final = (
    "api",
    "startSession",
    "heartbeatSession",
    "resolveSession",
    "processAction",
    "handleStripeWebhook",
)
"""The functions that people need."""


@dataclass
class Town:
    """What all people share: who there is, what is sold, who stands at the doors."""

    line: Line
    database: Database
    people: list[Person]
    stewards: list[Person]


@dataclass
class Life:
    """One person's life; all of it in one thread.

    The session that is running, if any, and what the person is known to hold, are as this person
    was told.
    """

    town: Town
    person: Person
    chance: random.Random
    think_seconds: float
    _count: int = 0
    _session: str | None = None
    _redeems: bool = False
    _since: float = 0.0
    _silent: bool = False
    _frozen: bool = False
    _scans: list[tuple[str, str]] = field(default_factory=list)

    def live(self, is_over: Callable[[], bool]) -> None:
        """Do one thing after another until it is over; what was begun is finished."""
        self._call("acceptTerms", termsVersion=TERMS_VERSION.default)
        self._buy()
        acts: Mapping[Callable[[], object], int] = {
            self._buy: 3,
            self._check_out: 1,
            self._pledge: 6,
            self._order: 5,
            self._go_in: 6,
            self._come_out_again: 1,
            self._pass_on: 2,
            self._ask: 4,
            self._shop: 1,
            self._look: 1,
        }
        while not is_over():
            [act] = self.chance.choices(list(acts), list(acts.values()))
            act()
            time.sleep(self.chance.expovariate(1 / self.think_seconds))

    def _call(self, operation: str, /, **data: Any) -> Told:
        return self.town.line.call(self.person, operation, **data)

    def _key(self) -> str:
        self._count += 1
        return f"{self.person.uid}-{self._count}"

    def _likely(self, share: float) -> bool:
        return self.chance.random() < share

    def _pay(self, payment_intent: str, card: str = "pm_card_visa") -> bool:
        """Pay in the app; whether the money is gone."""
        return pay(self.town.line, self.person, payment_intent, card)

    def _buy(self) -> None:
        pack = self.chance.choice(["starter", "standard", "value"])
        made = self._call("createCreditsPurchaseIntent", packId=pack, idempotencyKey=self._key())
        if not made.ok or self._likely(0.05):
            return
        if self._likely(0.1):
            self._pay(made.answer["purchaseId"], _DECLINED)
            if self._likely(0.5):
                return
        self._pay(made.answer["purchaseId"])

    def _check_out(self) -> None:
        opened = self._call(
            "createCheckoutSession",
            packId=self.chance.choice(list(PACKS)),
            successUrl="https://app.example/thanks",
            cancelUrl="https://app.example/shop",
            idempotencyKey=self._key(),
        )
        if not opened.ok or self._likely(0.1):
            return
        session = opened.answer["checkoutSessionId"]
        done = self.town.line.stripe("complete_checkout", session=session)
        paid = done["payment_status"] == "paid"
        bought = done["payment_intent"]
        self.town.line.note(self.person.uid, "pay", done, ok=paid, paymentIntentId=bought)

    def _pledge(self) -> None:
        if self._session is not None:
            self._live_with(self._session)
        elif not self._silent:
            self._begin()

    def _begin(self) -> None:
        self._redeems = self._frozen and self._likely(0.7)
        wish: Json = (
            {"type": "REDEMPTION"}
            if self._redeems
            else {"type": "PLEDGE", "pledgeAmount": self.chance.randint(1, 120)}
        )
        started = self._call("startSession", **wish, durationMinutes=1, idempotencyKey=self._key())
        if started.ok:
            self._session, self._since = started.answer["sessionId"], time.monotonic()
            self._silent = self._likely(0.03)

    def _live_with(self, session: str) -> None:
        if self._silent:
            self._session = None  # never heard of again
            return
        if self._likely(0.4):
            self._call("heartbeatSession", sessionId=session)
            return
        ripe = time.monotonic() - self._since > _PLEDGE_SECONDS
        resolution = "SUCCESS" if ripe or self._likely(0.1) else "FAILURE"
        if not ripe and resolution == "FAILURE" and self._likely(0.5):
            return  # keep it up for a while
        settled = self._call(
            "resolveSession",
            sessionId=session,
            resolution=resolution,
            idempotencyKey=self._key(),
        )
        if settled.ok:
            self._session = None
            self._frozen = bool(settled.answer["redemptionExpiry"])
        elif settled.answer["reason"] != "session_not_elapsed":
            self._session = None

    def _order(self) -> None:
        goods = self.chance.sample(sorted(set(_GOODS)), self.chance.choice([1, 1, 2]))
        items = [
            {
                "eventId" if one in EVENTS else "productId": one,
                "quantity": self.chance.choice([1, 1, 2, 3]),
            }
            for one in goods
        ]
        made = self._call("createOrder", items=items, idempotencyKey=self._key())
        if not made.ok:
            return
        order, payment = made.answer["orderId"], made.answer["paymentIntentId"]
        what = self.chance.random()
        if what < 0.1:
            return  # abandoned
        if what < 0.2:
            self._call("cancelOrder", orderId=order, idempotencyKey=self._key())
            return
        if what < 0.3:
            self._call("finalizeOrder", paymentIntentId=payment)  # not paid yet
        if not self._pay(payment):
            return
        if what < 0.45:
            self._call("cancelOrder", orderId=order, idempotencyKey=self._key())  # too late
        if what < 0.7:
            self._call("finalizeOrder", paymentIntentId=payment)

    def _batches(self) -> list[Mapping[str, Any]]:
        """The tickets that the app shows, which listens to these documents."""
        uid = self.person.uid
        queries = [
            Query(f"events/{one}/ragers", 50, where=(("userId", "==", uid),)) for one in EVENTS
        ]
        found = [one.data or {} for query in queries for one in self.town.database.query(query)]
        return [batch for batch in found if batch["ticketQuantity"]]

    def _go_in(self) -> None:
        batches = self._batches()
        if not batches:
            self._order()
            return
        batch, steward = self.chance.choice(batches), self.chance.choice(self.town.stewards)
        scan = {"token": batch["code"], "eventId": batch["eventId"], "scanId": self._key()}
        self._scan(steward, scan)
        if self._likely(0.4):
            self._scan(steward, scan)  # the device was not sure
        if self._likely(0.2):
            self._scan(steward, {**scan, "scanId": self._key()})  # a friend with a photograph

    def _scan(self, steward: Person, scan: Json) -> None:
        told = self.town.line.call(steward, "scanTicket", **scan)
        if told.ok and (scanned := (scan["eventId"], scan["scanId"])) not in self._scans:
            self._scans.append(scanned)

    def _come_out_again(self) -> None:
        if not self._scans:
            return
        event, scan = self._scans.pop(self.chance.randrange(len(self._scans)))
        steward = self.chance.choice(self.town.stewards)
        self.town.line.call(steward, "undoScan", scanId=scan, eventId=event, reason="wrong guest")

    def _pass_on(self) -> None:
        others = [one for one in self.town.people if one is not self.person]
        left = [one for one in self._batches() if one["ticketQuantity"] > one["usedCount"]]
        if not left or not others:
            return
        batch = self.chance.choice(left)
        self._call(
            "transferTicket",
            eventId=batch["eventId"],
            ragerId=batch["ragerId"],
            quantity=1,
            toUserId=self.chance.choice(others).uid,
            idempotencyKey=self._key(),
        )

    def _ask(self) -> None:
        kind = self.chance.choice(["short_chat", "short_chat", "long_chat"])
        text = self.chance.choice(_TEXTS)
        queued = self._call(
            "runAction", kind=kind, input={"text": text}, idempotencyKey=self._key()
        )
        if queued.ok and self._likely(0.5):
            time.sleep(self.chance.uniform(0.2, 1))
            self._call("getAction", actionId=queued.answer["actionId"])

    def _shop(self) -> None:
        self._call("purchaseShopItem", itemId=SHIELD.item_id, idempotencyKey=self._key())

    def _look(self) -> None:
        self._call("getCredits")


def pay(line: Line, person: Person, payment_intent: str, card: str = "pm_card_visa") -> bool:
    """Pay a PaymentIntent at Stripe; whether the money is gone."""
    try:
        paid = line.stripe("pay", payment_intent=payment_intent, payment_method=card)
    except RuntimeError:  # it was canceled meanwhile, or paid before
        return False
    ok: bool = paid["status"] == "succeeded"
    line.note(person.uid, "pay", paid, ok=ok, paymentIntentId=payment_intent)
    return ok


def payments(told: Sequence[Told]) -> list[str]:
    """The payments that people know of."""
    return [str(one.data["paymentIntentId"]) for one in told if one.operation == "pay" and one.ok]
