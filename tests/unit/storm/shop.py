"""A small day in which everything happens that an account has to do with, and its sound books."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from firetill import access, runtime
from firetill.api import OPERATIONS
from firetill.database import Database
from firetill.directory import Directory
from firetill.errors import Refusal
from firetill.metering import work
from firetill.metering.providers.mock import MockProvider
from firetill.pledges import endpoints as pledges
from firetill.stripe_gateway import StripeGateway
from firetill.transport import inputs, outputs
from local.storm import books
from local.storm.books import Books
from local.storm.calls import Told
from local.stripe_double import StripeDouble
from tests.factories import ManualClock, codes, from_noon
from tests.integration.shop import event_fields, product_fields, write
from tests.integration.till import KEY, Till
from tests.simulation.memory_store import MemoryStore

_DECLARED: Final = {one.name: one for one in (*OPERATIONS, *pledges.OPERATIONS)}
_OPENED: Final = {("event", "gala"): 10, ("product", "poster"): 10}


class _Everybody(Directory):
    """An account for each id."""

    def exists(self, user_id: str) -> bool:
        return bool(user_id)


@dataclass
class Day:
    """Calls as the doors make them, and what each was told."""

    till: Till
    told: list[Told] = field(default_factory=list)
    _count: int = 0

    def call(self, user_id: str, operation: str, /, **data: Any) -> dict[str, Any]:
        declared = _DECLARED[operation]
        caller = access.user(user_id, {"supervisor": True})
        try:
            result = declared.run(caller, inputs.parse(data, declared.takes))
            ok, answer = True, outputs.to_json(result)
        except Refusal as refusal:
            ok, answer = False, refusal.details()
        self.told.append(Told(user_id, operation, data, ok, answer))
        found: dict[str, Any] = dict(answer)
        return found

    def once(self, user_id: str, operation: str, /, **data: Any) -> dict[str, Any]:
        self._count += 1
        return self.call(user_id, operation, **data, idempotencyKey=f"key-{self._count}")

    def pay(self, user_id: str, payment_intent: str) -> None:
        paid = self.till.double.pay(payment_intent)
        self.told.append(Told(user_id, "pay", {"paymentIntentId": payment_intent}, True, paid))

    def hear(self) -> None:
        self.till.handle_all()

    def enqueue(self, function: str, task_id: str, payload: Mapping[str, str]) -> None:
        assert (function, bool(task_id)) == ("processAction", True)
        work.process(self.till.database, MockProvider(), payload["actionId"])


def _buy(day: Day) -> None:
    paid = day.once("ada", "createCreditsPurchaseIntent", packId="standard")["purchaseId"]
    day.pay("ada", paid)
    day.once("ada", "createCreditsPurchaseIntent", packId="starter")  # never paid
    refunded = day.once("bob", "createCreditsPurchaseIntent", packId="value")["purchaseId"]
    day.pay("bob", refunded)
    page = day.once(
        "ada",
        "createCheckoutSession",
        packId="starter",
        successUrl="https://app.example/thanks",
        cancelUrl="https://app.example/shop",
    )
    done = day.till.double.complete_checkout(page["checkoutSessionId"])
    day.told.append(Told("ada", "pay", {"paymentIntentId": done["payment_intent"]}, True, {}))
    day.hear()
    day.till.refund(refunded, 500)
    dispute = day.till.double.open_dispute(done["payment_intent"])
    day.till.double.close_dispute(dispute["id"], "lost")
    day.hear()


def _pledge(day: Day) -> None:
    first = day.once("ada", "startSession", pledgeAmount=100, durationMinutes=1)["sessionId"]
    kept = day.once("bob", "startSession", pledgeAmount=50, durationMinutes=1)["sessionId"]
    day.once("ada", "resolveSession", sessionId=first, resolution="FAILURE")
    again = day.once("ada", "startSession", type="REDEMPTION", durationMinutes=1)["sessionId"]
    day.call("ada", "heartbeatSession", sessionId=again)
    day.till.clock.advance(minutes=1)
    day.once("ada", "resolveSession", sessionId=again, resolution="SUCCESS")
    day.once("bob", "resolveSession", sessionId=kept, resolution="SUCCESS")
    day.once("ada", "purchaseShopItem", itemId="streak_shield")
    day.once("bob", "purchaseShopItem", itemId="streak_shield")  # cannot
    done = day.once("ada", "runAction", kind="short_chat", input={"text": "Hello"})
    day.once("bob", "runAction", kind="short_chat", input={"text": "[refuse]"})
    day.call("ada", "getAction", actionId=done["actionId"])


def _order(day: Day) -> None:
    tickets = {"eventId": "gala", "quantity": 3}
    both = day.once("ada", "createOrder", items=[tickets, {"productId": "poster", "quantity": 1}])
    gone = day.once("bob", "createOrder", items=[{"eventId": "gala", "quantity": 2}])
    left = day.once("bob", "createOrder", items=[{"productId": "poster", "quantity": 2}])
    day.once("bob", "cancelOrder", orderId=left["orderId"])
    day.pay("ada", both["paymentIntentId"])
    day.pay("bob", gone["paymentIntentId"])
    fulfilled = day.call("ada", "finalizeOrder", paymentIntentId=both["paymentIntentId"])
    day.hear()
    day.till.refund(gone["paymentIntentId"])
    day.hear()
    [bought] = [line["ragerId"] for line in fulfilled["lines"] if line["ragerId"]]
    day.once("ada", "transferTicket", eventId="gala", ragerId=bought, quantity=1, toUserId="bob")
    batch = day.till.document(f"events/gala/ragers/{bought}")
    assert batch is not None
    for scan_id in ("scan-1", "scan-1", "scan-2", "scan-3"):
        scan = {"token": batch["code"], "eventId": "gala", "scanId": scan_id}
        day.call("steward", "scanTicket", **scan)
    day.call("steward", "undoScan", scanId="scan-2", eventId="gala", reason="wrong guest")


@contextlib.contextmanager
def _till(patch: pytest.MonkeyPatch) -> Iterator[Till]:
    clock = ManualClock()
    database = Database(MemoryStore(), clock)
    with StripeDouble(clock=from_noon(), seed=1) as double:
        stripe = StripeGateway(KEY, api_base=double.url, network_retries=0)
        patch.setattr(runtime, "database", lambda: database)
        patch.setattr(runtime, "stripe_gateway", lambda: stripe)
        patch.setattr(runtime, "ticket_codes", codes)
        patch.setattr(runtime, "directory", _Everybody)
        yield Till(database, clock, double, stripe)


def sound() -> Books:
    """Play the day, and read its books as after a storm."""
    with pytest.MonkeyPatch.context() as patch, _till(patch) as till:
        day = Day(till)
        patch.setattr(runtime, "task_queue", lambda: day)
        write(till.database, "events/gala", event_fields(10))
        write(till.database, "products/poster", product_fields(10))
        for user_id in ("ada", "bob"):
            day.call(user_id, "acceptTerms", termsVersion="2026-11")
        _buy(day)
        _pledge(day)
        _order(day)
        return books.read(till.database, till.double.objects, day.told, _OPENED)
