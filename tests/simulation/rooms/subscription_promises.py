"""What must hold of subscriptions, by Stripe's own objects: tiers, credits of periods, trials."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from firetill.catalog import TIERS
from firetill.database import Write
from tests.simulation.rooms.purchases import money_gone
from tests.simulation.world import Broken, World

Json = dict[str, Any]

_ENDED: Final = frozenset({"canceled", "incomplete_expired"})
_GRACE: Final = timedelta(days=7)
_NEAR: Final = timedelta(hours=1)
"""So close to the end of a grace the job may not have been there yet."""

_RANKS: Final = {tier_id: rank for rank, tier_id in enumerate(TIERS)}


class Promises:
    """Holds the till against what Stripe has."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tiers: dict[str, str] = {}
        self._prices: dict[str, int] = {}
        self._posted: dict[str, int] = {}
        self._seen: set[str] = set()

    def open(self) -> None:
        """Learn which price is for which tier."""
        for price in self._world.stripe.everything("price"):
            for tier in TIERS.values():
                if tier.amount and price["unit_amount"] == tier.amount:
                    self._tiers[price["id"]] = tier.tier_id
                    self._prices[price["id"]] = tier.amount

    def subscriptions_of(self, user: str) -> list[Json]:
        """A user's subscriptions at Stripe."""
        return [
            one
            for one in self._world.stripe.everything("subscription")
            if one["metadata"].get("userId") == user
        ]

    def live(self) -> bool:
        """Whether any subscription goes on."""
        found = self._world.stripe.everything("subscription")
        return any(one["status"] not in _ENDED for one in found)

    # At every commit.

    def after_commit(self, writes: Sequence[Write]) -> None:
        """Tiers follow from standings, credits from periods, whatever else is going on."""
        touched = []
        for one in writes:
            if one.kind == "check":
                continue
            collection, _, name = one.path.partition("/")
            if collection == "subscriptions":
                touched.append(name)
            elif collection == "ledger":
                self._add(one.path)
            elif collection == "users" and one.fields.keys() & {"tier", "subscriptions"}:
                self._see_standings(one.path)
        for name in touched:
            mirror = self._world.look(f"subscriptions/{name}") or {}
            granted = sum(int(period["granted"]) for period in mirror["periods"].values())
            if granted != self._posted.get(name, 0):
                says = f"{name}: {granted} granted, {self._posted.get(name, 0)} posted"
                raise Broken("credits are what periods brought", says)

    def _add(self, path: str) -> None:
        entry = self._world.look(path)
        name = entry and (entry["metadata"] or {}).get("subscriptionId")
        if entry and name and path not in self._seen:
            self._seen.add(path)
            moved = int(entry["legs"]["credits"])
            self._posted[name] = self._posted.get(name, 0) + moved

    def _see_standings(self, path: str) -> None:
        data, now = self._world.look(path) or {}, self._world.now
        if data.get("deleting"):
            return
        best, near = "free", False
        for one in (data.get("subscriptions") or {}).values():
            near = near or bool(one["until"] and abs(one["until"] - now) < _NEAR)
            if one["until"] is None or now < one["until"]:
                best = max(best, one["tier"], key=_rank)
        if not near and data.get("tier", "free") != best:
            raise Broken("the tier follows", f"{path}: {data.get('tier')}, not {best}")

    # When all is calm.

    def at_end(self) -> None:
        """Everything is as Stripe has it."""
        self.see_tiers()
        trials: dict[str, list[Json]] = {}
        pages = {one["subscription"] for one in self._world.stripe.everything("checkout.session")}
        for one in self._world.stripe.everything("subscription"):
            mirror = self._world.look(f"subscriptions/{one['id']}")
            if mirror is None or mirror["status"] != one["status"]:
                says = f"{one['id']} is {one['status']}, known as {mirror and mirror['status']}"
                raise Broken("subscriptions are as at Stripe", says)
            if one["trial_start"] and one["id"] not in pages:
                trials.setdefault(one["metadata"]["userId"], []).append(one)
            self._see_credits(one)
        for user, found in trials.items():
            if len(found) > 1:
                raise Broken("one trial", f"{user}: {[one['id'] for one in found]}")

    def see_tiers(self) -> None:
        """Every user has the tier that open subscriptions confer, and no better one."""
        for path in self._world.store.paths_in("users"):
            data = self._world.look(path) or {}
            user = path.partition("/")[2]
            if user.startswith("~") or data.get("deleting"):
                continue
            conferred = [self._confers(one) for one in self.subscriptions_of(user)]
            if None in conferred:
                continue
            best = max(["free", *(one for one in conferred if one)], key=_rank)
            if data.get("tier", "free") != best:
                raise Broken(
                    "the tier that was paid for", f"{user}: {data.get('tier')}, not {best}"
                )

    def _confers(self, subscription: Json) -> str | None:
        """What a subscription confers now; None where a grace has just ended, or is about to."""
        [item] = subscription["items"]["data"]
        tier = self._tiers[item["price"]["id"]]
        match subscription["status"]:
            case "trialing" | "active":
                end = item["current_period_end"]
                paid = [
                    self._tiers[_price_of(line)]
                    for invoice in self._invoices(subscription, "paid")
                    for line in invoice["lines"]["data"]
                    if line["period"]["end"] == end and line["amount"] > 0
                ]
                return max([tier, *paid], key=_rank)
            case "past_due":
                began = datetime.fromtimestamp(item["current_period_start"], UTC)
                left = began + _GRACE - self._world.now
                if abs(left) < _NEAR:
                    return None
                return tier if left > timedelta() else "free"
        return "free"

    def _see_credits(self, subscription: Json) -> None:
        """Each paid period has brought its credits once, less the share that was refunded."""
        shares: dict[int, int] = {}
        most: dict[int, int] = {}
        for invoice in self._invoices(subscription, "paid"):
            for end, brought in self._brought(invoice, most).items():
                shares[end] = shares.get(end, 0) + brought - self._gone(invoice, brought)
        due = sum(min(shares[end], most[end]) for end in shares)
        posted = self._posted.get(subscription["id"], 0)
        if due != posted:
            raise Broken("credits as paid", f"{subscription['id']}: {posted}, not {due}")

    def _brought(self, invoice: Json, most: dict[int, int]) -> Mapping[int, int]:
        worth: dict[int, Fraction] = {}
        charged: dict[int, None] = {}
        for line in invoice["lines"]["data"]:
            price, end = _price_of(line), line["period"]["end"]
            credits_of = TIERS[self._tiers[price]].period_credits
            part = Fraction(credits_of * line["amount"], self._prices[price])
            worth[end] = worth.get(end, Fraction()) + part
            if line["amount"] > 0:
                charged[end] = None
                most[end] = max(most.get(end, 0), credits_of)
        return {end: max(0, math.floor(worth[end])) for end in charged}

    def _gone(self, invoice: Json, brought: int) -> int:
        everything = self._world.stripe.everything
        for payment in everything("invoice_payment"):
            if payment["invoice"] == invoice["id"] and payment["status"] == "paid":
                wanted = payment["payment"]["payment_intent"]
                intent = next(one for one in everything("payment_intent") if one["id"] == wanted)
                return int(brought * money_gone(everything, intent) // intent["amount"])
        return 0

    def _invoices(self, subscription: Json, status: str) -> list[Json]:
        return [
            one
            for one in self._world.stripe.everything("invoice")
            if one["status"] == status
            and one["parent"]["subscription_details"]["subscription"] == subscription["id"]
        ]


def _price_of(line: Json) -> str:
    return str(line["pricing"]["price_details"]["price"])


def _rank(tier_id: str) -> int:
    return _RANKS[tier_id]
