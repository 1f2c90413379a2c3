"""Orders: stock held, paid for, handed over or given back; events with shards and without."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from firetill.access import Caller
from firetill.database import Write
from firetill.errors import Refusal
from firetill.orders import service, settlement
from firetill.orders.model import CancelOrder, CreatedOrder, CreateOrder, FinalizeOrder, OrderItem
from firetill.upkeep import inventory
from tests.integration.shop import event_fields, product_fields
from tests.simulation.room import USERS, Act, Job, Room, one_of
from tests.simulation.rooms.purchases import money_gone, stripe_says_no
from tests.simulation.world import Broken, World

Json = Mapping[str, Any]

CAPACITY: Final = {"events/gala": 5, "events/matinee": 6, "products/poster": 4}
LIMITED: Final = {"events/gala": 4}
"""How many of an item one user may have."""


class Orders(Room):
    """Buyers at a shop that has little left."""

    needs = ("payments",)

    def open(self) -> None:
        put = partial(_put, self.world)
        put("events/gala", event_fields(5, perUserLimit=LIMITED["events/gala"]))
        put("events/matinee", event_fields(6, shards=3, name="Matinee", priceCents=700))
        put("products/poster", product_fields(4))

    def acts(self) -> Mapping[str, tuple[int, Act]]:
        return {
            "order": (4, self._order),
            "order and pay": (6, self._order_and_pay),
            "cancel an order": (2, self._cancel),
            "pay an order": (4, self._pay),
            "finalize an order": (2, self._finalize),
            "refund an order": (3, self._refund),
            "dispute an order": (1, self._dispute),
            "close an order's dispute": (1, self._close_dispute),
            "change the shards": (1, self._change_shards),
            "order again with an old key": (1, self._repeat),
        }

    def jobs(self) -> Mapping[str, Job]:
        return {"auditInventory": lambda: inventory.audit_inventory(self.world.database)}

    # What people do.

    def _order(self, rng: random.Random) -> None:
        user, request = rng.choice(USERS), self._cart(rng)
        self.app(f"order {user}", lambda: _ignore(self._create(user, request)))

    def _order_and_pay(self, rng: random.Random) -> None:
        user, request = rng.choice(USERS), self._cart(rng)
        card = rng.choice(("pm_card_visa", "pm_card_visa", "pm_usBankAccount"))
        finalizes, is_slow = rng.random() < 0.5, rng.random() < 0.5

        def work() -> None:
            created = self._create(user, request)
            if not isinstance(created, CreatedOrder):
                return
            intent = created.payment_intent_id
            stripe_says_no(partial(self.world.stripe.pay, intent, card))
            if is_slow:  # a bank takes longer than the order may
                self.world.sleep(1_000)
                self.world.sleep(0)
                stripe_says_no(partial(self.world.stripe.settle, intent, succeeded=True))
            if finalizes:
                self._hand_over(user, intent)

        self.app(f"order and pay {user}", work)

    def _repeat(self, rng: random.Random) -> None:
        found = one_of(rng, self.world.known.setdefault("carts", []))
        if found is not None:
            user, request = found
            self.app(f"order again {user}", lambda: _ignore(self._create(user, request)))

    def _create(self, user: str, request: CreateOrder) -> CreatedOrder | Refusal | None:
        world = self.world
        db, stripe = world.database, world.stripe.gateway
        key = ("createOrder", user, request.idempotency_key)
        return world.ask(key, lambda: service.create(db, stripe, user, request), asked=request)

    def _cart(self, rng: random.Random) -> CreateOrder:
        items = [
            OrderItem(product_id="poster", quantity=rng.choice((1, 1, 2)))
            if what == "poster"
            else OrderItem(event_id=what, quantity=rng.choice((1, 1, 2, 3)))
            for what in rng.choices(("gala", "gala", "matinee", "poster"), k=rng.choice((1, 1, 2)))
        ]
        request = CreateOrder(items=items, idempotency_key=self.any_key(rng))
        self.world.known.setdefault("carts", []).append((rng.choice(USERS), request))
        return request

    def _cancel(self, rng: random.Random) -> None:
        order = one_of(rng, self.world.documents("orders"))
        if order is None:
            return
        user = str(order["userId"]) if rng.random() < 0.9 else rng.choice(USERS)
        request = CancelOrder(order_id=str(order["orderId"]), idempotency_key=self.key(rng))
        world = self.world
        db, stripe = world.database, world.stripe.gateway
        key = ("cancelOrder", user, request.idempotency_key)
        self.app(
            f"cancel {user}",
            lambda: _ignore(world.ask(key, lambda: service.cancel(db, stripe, user, request))),
        )

    def _pay(self, rng: random.Random) -> None:
        stripe = self.world.stripe
        waiting = [one for one in self._intents() if one["status"] == "processing"]
        unpaid = [one for one in self._intents() if one["status"] == "requires_payment_method"]
        if waiting and rng.random() < 0.5:
            intent = rng.choice(waiting)
            stripe_says_no(partial(stripe.settle, intent["id"], succeeded=rng.random() < 0.7))
        elif unpaid:
            card = rng.choice(("pm_card_visa", "pm_card_visa", "pm_card_chargeDeclined"))
            stripe_says_no(partial(stripe.pay, rng.choice(unpaid)["id"], card))

    def _finalize(self, rng: random.Random) -> None:
        intent = one_of(rng, self._intents())
        if intent is not None:
            user = str(intent["metadata"]["userId"]) if rng.random() < 0.9 else rng.choice(USERS)
            self.app(f"finalize {user}", lambda: self._hand_over(user, intent["id"]))

    def _hand_over(self, user: str, intent_id: str) -> None:
        world = self.world
        db, stripe, till = world.database, world.stripe.gateway, world.till
        request = FinalizeOrder(payment_intent_id=intent_id)
        caller = Caller(user_id=user)
        world.ask(
            ("finalizeOrder", user, intent_id),
            lambda: settlement.finalize(db, stripe, till, caller, request),
        )

    def _refund(self, rng: random.Random) -> None:
        paid = one_of(rng, [one for one in self._intents() if one["status"] == "succeeded"])
        if paid is None:
            return
        params: Any = {"payment_intent": paid["id"]}
        if rng.random() < 0.6:
            params["amount"] = rng.choice((100, 700, 1_500, 2_500, 4_000))
        operator = self.world.stripe.operator
        stripe_says_no(lambda: operator.v1.refunds.create(params))

    def _dispute(self, rng: random.Random) -> None:
        paid = one_of(rng, [one for one in self._intents() if one["status"] == "succeeded"])
        if paid is not None:
            stripe_says_no(partial(self.world.stripe.open_dispute, paid["id"]))

    def _close_dispute(self, rng: random.Random) -> None:
        found = self.world.stripe.everything("dispute")
        dispute = one_of(rng, [one for one in found if one["status"] not in {"won", "lost"}])
        if dispute is not None:
            close, won = self.world.stripe.close_dispute, rng.random() < 0.5
            stripe_says_no(partial(close, dispute["id"], "won" if won else "lost"))

    def _change_shards(self, rng: random.Random) -> None:
        path, shards, world = rng.choice(sorted(CAPACITY)), rng.choice((0, 1, 2, 3)), self.world
        key = self.key(rng)

        def work() -> None:
            def body(tx: Any) -> None:
                tx.get(path)
                tx.merge(path, {"shards": shards})

            world.ask(("shards", path, key), lambda: world.database.run_transaction(body))

        self.app(f"shards of {path}: {shards}", work)

    def _intents(self) -> list[dict[str, Any]]:
        return [
            one
            for one in self.world.stripe.everything("payment_intent")
            if "orderId" in (one.get("metadata") or {})
        ]

    # What must hold.

    def after_commit(self, writes: Sequence[Write]) -> None:
        if not any(one.path.startswith(("events/", "products/", "orders/")) for one in writes):
            return
        held, bought, has = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
        for order in self.world.documents("orders"):
            for line in order["lines"]:
                path = f"{line['kind']}s/{line['itemId']}"
                if order["status"] == "pending":
                    held[path] += line["quantity"]
                    has[path, order["userId"]] += line["quantity"]
                elif order["finalizedAt"] is not None:
                    bought[path] += line["quantity"] - line["returned"]
                    has[path, order["userId"]] += line["quantity"] - line["boughtBack"]
        _see_limits(has)
        for path, capacity in CAPACITY.items():
            places = list(self._places(path))
            left = sum(one.left for one in places)
            reserved = sum(one.reserved for one in places)
            if any(not 0 <= one.reserved <= one.left for one in places):
                raise Broken("no stock below zero", f"{path}: {places}")
            if reserved != held[path]:
                raise Broken("held is ordered", f"{path}: {reserved} held, {held[path]} ordered")
            sold = self._tickets(path) if path.startswith("events/") else bought[path]
            if left + sold != capacity:
                raise Broken("stock adds up", f"{path}: {left} left, {sold} sold, of {capacity}")

    def _places(self, path: str) -> Iterator["_Place"]:
        data = self.world.look(path) or {}
        yield _Place(data, "stock" if path.startswith("products/") else "quantity")
        for shard in self.world.documents(f"{path}/inventory"):
            yield _Place(shard, "quantity")

    def _tickets(self, path: str) -> int:
        return sum(int(one["ticketQuantity"]) for one in self.world.documents(f"{path}/ragers"))

    def at_end(self) -> None:
        world = self.world
        for order in world.documents("orders"):
            if order["status"] == "pending" and order["expiresAt"] < world.now:
                raise Broken("no reservation outlives its time", str(order["orderId"]))
            if order["stripeDue"] and not self._at_the_bank(order):
                raise Broken("what is due at Stripe is done", f"{order['stripeDue']}")
        per_order = Counter(str(one["orderId"]) for one in world.documents("fulfillments"))
        if any(count > 1 for count in per_order.values()):
            raise Broken("one fulfilment per order", str(per_order))
        for intent in self._intents():
            self._see_worth(intent)
        for data in world.documents("auditLog"):
            if data.get("kind") == "inventory_drift":
                raise Broken("stock adds up", f"a job found a drift: {dict(data)}")

    def _at_the_bank(self, order: Json) -> bool:
        """Whether all that is due waits for a bank, which nobody can hurry."""
        status = {one["id"]: one["status"] for one in self._intents()}
        return all(status[due["paymentIntentId"]] == "processing" for due in order["stripeDue"])

    def _see_worth(self, intent: Json) -> None:
        """Every payment has brought what it was for, or goes back whole."""
        world, intent_id = self.world, str(intent["id"])
        handed_over = world.look(f"fulfillments/{intent_id}")
        order = world.look(f"orders/{intent['metadata']['orderId']}")
        if order is None:
            raise Broken("every payment has its order", intent_id)
        if intent["status"] != "succeeded":
            if handed_over is not None:
                raise Broken("nothing without money", f"{intent_id} is {intent['status']}")
            return
        gone = money_gone(world.stripe.everything, dict(intent))
        if handed_over is None:
            if gone < intent["amount"]:
                raise Broken("paid or paid back", f"{intent_id}: {gone} of {intent['amount']} back")
            return
        if order["paymentIntentId"] != intent_id or handed_over["amount"] != intent["amount"]:
            raise Broken("fulfilled as paid", f"{intent_id}: {dict(handed_over)}")
        whole = all(line["boughtBack"] == line["quantity"] for line in order["lines"])
        if (gone >= intent["amount"]) and not whole:
            raise Broken("refunded as a whole", f"{intent_id}: {order['lines']}")
        if (
            not gone
            and self._never_gone(intent_id)
            and any(line["boughtBack"] for line in order["lines"])
        ):
            raise Broken("nothing taken back from who has paid", f"{intent_id}: {order['lines']}")

    def _never_gone(self, intent_id: str) -> bool:
        """Whether no money of a payment has ever left: a dispute that was won had taken it."""
        everything = self.world.stripe.everything
        return not any(
            one["payment_intent"] == intent_id
            for kind in ("refund", "dispute")
            for one in everything(kind)
        )


def _see_limits(has: Mapping[tuple[str, str], int]) -> None:
    for (path, user), count in has.items():
        if count > LIMITED.get(path, count):
            raise Broken("nobody has more than a limit allows", f"{user}: {count} of {path}")


class _Place:
    """A document that holds stock."""

    def __init__(self, data: Json, field: str) -> None:
        self.left = int(data.get(field, 0))
        self.reserved = int(data.get("reserved", 0))

    def __repr__(self) -> str:
        return f"{self.left} left, {self.reserved} of them held"


def _put(world: World, path: str, fields: Mapping[str, Any]) -> None:
    world.store.commit([Write(path, "put", fields)], seconds=1)


def _ignore(_: object) -> None:
    """What an app does with an answer that it needs no more."""
