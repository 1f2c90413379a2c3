"""Every order of every flow of up to six events, each also twice, ends in one state.

Through the real commits, against a Stripe that answers as it was recorded. In the first test all
has happened before the first event is handled; in the second Stripe moves on between the events.
"""

import itertools
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from firetill.database import Database
from firetill.ledger import service as ledger
from tests.factories import NOON, ManualClock
from tests.simulation.memory_store import MemoryStore
from tests.unit.subscriptions.builders import END, MONTH, OPERATION, SUBSCRIPTION, invoice, state
from tests.unit.subscriptions.stripe_in_memory import (
    USER,
    Moment,
    RecordedStripe,
    begun,
    handle,
)

FIRST = invoice("in_1")
SECOND = invoice("in_2", end=END + MONTH, paid_by="pi_2")
UPGRADE = invoice("in_2", ("plus", -999), ("pro", 1_999), paid_by="pi_2")
FIRST_PLUS = invoice("in_1", ("plus", 999))
RENEWED: dict[str, Any] = {"current_period_start": END, "current_period_end": END + MONTH}


def changed(what: str, tier: str = "pro", status: str = "active", **more: Any) -> Moment:
    bills = more.pop("bills", [])
    return Moment(
        f"customer.subscription.{what}",
        {"id": SUBSCRIPTION},
        state(tier, status, **more),
        {one.invoice_id: one for one in bills},
    )


def billed(
    what: str, invoice_id: str, tier: str = "pro", status: str = "active", **more: Any
) -> Moment:
    bills = more.pop("bills", [])
    parent = {"subscription_details": {"subscription": SUBSCRIPTION}}
    return Moment(
        f"invoice.{what}",
        {"id": invoice_id, "parent": parent},
        state(tier, status, **more),
        {one.invoice_id: one for one in bills},
    )


def charged(kind: str, thing: Mapping[str, Any], before: Moment) -> Moment:
    return Moment(kind, thing, before.subscription, before.invoices)


def refund(amount: int, before: Moment, payment: str = "pi_1") -> Moment:
    charge = {"currency": "usd", "amount_refunded": amount, "payment_intent": payment}
    return charged("charge.refunded", charge, before)


def dispute(what: str, status: str, before: Moment) -> Moment:
    thing = {
        "id": "du_1",
        "status": status,
        "amount": 1_999,
        "currency": "usd",
        "payment_intent": "pi_1",
    }
    return charged(f"charge.dispute.{what}", thing, before)


STARTED = [
    changed("created", status="incomplete"),
    billed("paid", "in_1", status="incomplete", bills=[FIRST]),
    changed("updated", bills=[FIRST]),
]
PLUS = [
    changed("created", "plus", "incomplete"),
    billed("paid", "in_1", "plus", "incomplete", bills=[FIRST_PLUS]),
    changed("updated", "plus", bills=[FIRST_PLUS]),
]
RENEWAL = [
    changed("updated", bills=[FIRST], **RENEWED),
    billed("paid", "in_2", bills=[FIRST, SECOND], **RENEWED),
]
FAILURE = [
    billed("payment_failed", "in_2", bills=[FIRST], **RENEWED),
    changed("updated", status="past_due", bills=[FIRST], **RENEWED),
]

FLOWS: Mapping[str, tuple[list[Moment], str, int]] = {
    "renewed, then canceled": (
        [*STARTED, *RENEWAL, changed("deleted", status="canceled", bills=[FIRST, SECOND])],
        "free",
        3_000,
    ),
    "refunded in steps": (
        [
            *STARTED,
            refund(500, STARTED[-1]),
            refund(1_000, STARTED[-1]),
            changed("deleted", status="canceled", bills=[FIRST]),
        ],
        "free",
        1_500 - 1_500 * 1_000 // 1_999,
    ),
    "dispute won": (
        [
            *STARTED,
            dispute("created", "needs_response", STARTED[-1]),
            dispute("closed", "won", STARTED[-1]),
            changed("updated", bills=[FIRST], cancel_at_period_end=True),
        ],
        "pro",
        1_500,
    ),
    "dispute lost": (
        [
            *STARTED,
            dispute("created", "needs_response", STARTED[-1]),
            dispute("closed", "lost", STARTED[-1]),
            changed("deleted", status="canceled", bills=[FIRST]),
        ],
        "free",
        0,
    ),
    "upgraded, and the difference refunded": (
        [
            *PLUS,
            changed("updated", bills=[FIRST_PLUS]),
            billed("paid", "in_2", bills=[FIRST_PLUS, UPGRADE]),
            refund(1_000, billed("paid", "in_2", bills=[FIRST_PLUS, UPGRADE]), "pi_2"),
        ],
        "pro",
        500,
    ),
    "not renewed, then paid": (
        [
            STARTED[1],
            STARTED[2],
            *FAILURE,
            RENEWAL[1],
            changed("updated", bills=[FIRST, SECOND], **RENEWED),
        ],
        "pro",
        3_000,
    ),
    "given up": (
        [*STARTED, *FAILURE, changed("deleted", status="canceled", bills=[FIRST], **RENEWED)],
        "free",
        1_500,
    ),
    "downgraded": (
        [
            *STARTED,
            changed("updated", "plus", bills=[FIRST]),
        ],
        "pro",
        1_500,
    ),
}


class World:
    """One history: a database of its own, and Stripe at some moment of the tape."""

    def __init__(self, tape: list[Moment]) -> None:
        self.store = MemoryStore()
        self.database = Database(self.store, ManualClock(NOON + timedelta(hours=1)))
        self.stripe = RecordedStripe(tape)
        begun(self.database, OPERATION)

    def handle(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            assert handle(self.database, self.stripe, number).result in {"processed", "duplicate"}

    def essence(self) -> dict[str, Any]:
        """All that is stored, but for what counts steps: entries, inbox, revisions, stamps."""
        counted = {"revision", "adjustments", "wallet", "updatedAt", "createdAt"}
        stored = self.store.everything()
        # A user who never had a tier has the free one.
        stored[f"users/{USER}"] = {"tier": "free", "subscriptions": {}, **stored[f"users/{USER}"]}
        return {
            path: {name: value for name, value in data.items() if name not in counted}
            for path, data in stored.items()
            if not path.startswith(("ledger/", "stripeEvents/"))
        }

    def credits(self) -> int:
        wallet, faults = ledger.verify(self.database, USER)
        assert faults == []
        return wallet.credits

    def tier(self) -> Any:
        return self.store.everything()[f"users/{USER}"].get("tier", "free")


@pytest.mark.parametrize("name", FLOWS)
def test_every_order_ends_in_one_state(name: str) -> None:
    tape, tier, expected = FLOWS[name]
    ends: list[dict[str, Any]] = []
    for order in itertools.permutations(range(len(tape))):
        world = World(tape)
        world.handle(order)
        world.handle(reversed(order))  # each once more
        assert (world.tier(), world.credits()) == (tier, expected), order
        if not ends:
            ends.append(world.essence())
        assert world.essence() == ends[0], order


@pytest.mark.parametrize("name", FLOWS)
def test_stripe_may_move_on_between_any_two_events(name: str) -> None:
    """An event is handled as soon as it has happened, or as late as the order has it."""
    tape, tier, expected = FLOWS[name]
    in_one_go = World(tape)
    in_one_go.handle(range(len(tape)))
    for order in itertools.permutations(range(len(tape))):
        world = World(tape)
        world.stripe.moment = 0
        for number in order:
            # As early as the event can come in this order.
            world.stripe.moment = max(world.stripe.moment, number)
            world.handle([number])
        assert (world.tier(), world.credits()) == (tier, expected), order
        assert world.essence() == in_one_go.essence(), order
