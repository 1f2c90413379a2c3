"""Tickets that are bought, used in part, and bought back while their guests are outside."""

import random
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from firetill.access import Caller
from firetill.door.model import Direction, ScanTicket
from firetill.orders import service, settlement
from firetill.orders.model import CreatedOrder, CreateOrder, FinalizeOrder, Fulfillment, OrderItem
from tests.simulation.room import USERS, Act, Room
from tests.simulation.rooms.door import Door, steward
from tests.simulation.rooms.purchases import stripe_says_no
from tests.simulation.rooms.showing import scan_id


class MoneyBack(Room):
    """Guests who want their money back, and to dance on."""

    needs = ("payments", "orders", "tickets", "door")

    def acts(self) -> Mapping[str, tuple[int, Act]]:
        return {"bought, used, and the money back": (5, self._evening)}

    def _evening(self, rng: random.Random) -> None:
        user, event = rng.choice(USERS), rng.choice(("gala", "matinee"))
        units = rng.choice((1, 2, 2, 3))
        order = CreateOrder(
            items=[OrderItem(event_id=event, quantity=units)], idempotency_key=self.key(rng)
        )
        directions: tuple[Direction, ...] = ("in", "out", "in", "in")
        scans = [
            ScanTicket(scan_id=scan_id(rng), token="?", direction=one, count=rng.randint(1, units))
            for one in directions
        ]
        money = rng.choice((700, 2_500, None))
        caller, wait = steward(rng), rng.choice((1, 20))

        def work() -> None:
            intent, token = self._buy(user, order)
            if token is None:
                return
            shown = [msgspec.structs.replace(one, token=token) for one in scans]
            self._door.scan(caller, shown[0])
            self._door.scan(caller, shown[1])
            self._give_back(user, intent, money)
            for _ in range(wait):
                self.world.sleep(0.05)
            self._door.scan(caller, shown[2])
            self._door.scan(caller, shown[3])

        self.app(f"{user} at {event}, and the money back", work)

    @property
    def _door(self) -> Door:
        door: Door = self.world.known["door"]
        return door

    def _buy(self, user: str, order: CreateOrder) -> tuple[str, str | None]:
        """Order, pay and take what was bought; return the payment and the code's token."""
        world = self.world
        db, stripe = world.database, world.stripe.gateway
        made = world.ask(
            ("createOrder", user, order.idempotency_key),
            lambda: service.create(db, stripe, user, order),
        )
        if not isinstance(made, CreatedOrder):
            return "", None
        intent = made.payment_intent_id
        stripe_says_no(lambda: world.stripe.pay(intent, "pm_card_visa"))
        request, caller = FinalizeOrder(payment_intent_id=intent), Caller(user_id=user)
        done = world.ask(
            ("finalizeOrder", user, intent),
            lambda: settlement.finalize(db, stripe, world.till, caller, request),
        )
        if not isinstance(done, Fulfillment):
            return intent, None
        line = done.lines[0]
        batch = world.look(f"events/{line.item_id}/ragers/{line.rager_id}") or {}
        return intent, str(batch["token"])

    def _give_back(self, user: str, intent: str, money: int | None) -> None:
        refund: Any = {"payment_intent": intent}
        if money is not None:
            refund["amount"] = money
        create = partial(self.world.stripe.operator.v1.refunds.create, refund)
        key = ("refund", user, intent)
        self.world.ask(key, partial(stripe_says_no, create), keyed=False)
