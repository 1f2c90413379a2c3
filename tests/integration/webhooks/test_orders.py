"""Every order of every flow that Stripe tells, every event also a second time at the end.

The events are those that the double sends when the flow happens. They are handled in memory.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

import pytest

from firetill.database import Database
from firetill.ledger import service as ledger
from firetill.orders.settlement import Till as HandsOver
from firetill.stripe_gateway import StripeGateway
from firetill.webhooks import service
from firetill.webhooks.model import StripeEvent
from tests.factories import ManualClock, codes
from tests.integration.replaying import Documents, Remembering, copy_of
from tests.integration.till import BANK, DECLINED, USER, Till, event_of
from tests.simulation.memory_store import MemoryStore

Flow = Callable[[Till], None]

ONE_SECOND = 10.0
IN_PASSING = {"createdAt", "updatedAt", "adjustments"}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def _bank(till: Till) -> None:
    payment = till.intent().purchase_id
    till.double.pay(payment, BANK)
    till.double.settle(payment, succeeded=True)


def _third_try(till: Till) -> None:
    payment = till.intent().purchase_id
    till.double.pay(payment, DECLINED)
    till.double.pay(payment, DECLINED)
    till.double.pay(payment, BANK)
    till.double.settle(payment, succeeded=True)


def _bank_declines(till: Till) -> None:
    payment = till.intent().purchase_id
    till.double.pay(payment, BANK)
    till.double.settle(payment, succeeded=False)


def _canceled(till: Till) -> None:
    payment = till.intent().purchase_id
    till.double.pay(payment, DECLINED)
    till.operator.v1.payment_intents.cancel(payment)


def _paid(till: Till) -> str:
    payment = till.intent().purchase_id
    till.double.pay(payment)
    return payment


def _refunded_in_parts(till: Till) -> None:
    payment = _paid(till)
    till.refund(payment, 100)
    till.refund(payment, 233)
    till.refund(payment)


def _refunded_in_part(till: Till) -> None:
    payment = _paid(till)
    till.refund(payment, 100)
    till.refund(payment, 233)


def _dispute_won(till: Till) -> None:
    dispute = till.double.open_dispute(_paid(till))
    till.double.close_dispute(dispute["id"], "won")


def _dispute_lost(till: Till) -> None:
    dispute = till.double.open_dispute(_paid(till))
    till.double.close_dispute(dispute["id"], "lost")


def _refund_and_dispute_won(till: Till) -> None:
    payment = _paid(till)
    till.refund(payment, 333)
    dispute = till.double.open_dispute(payment, amount=666)
    till.double.close_dispute(dispute["id"], "won")


def _everything(till: Till) -> None:
    _bank(till)
    [payment] = till.double.objects("payment_intent")
    till.refund(payment["id"], 333)
    till.refund(payment["id"], 167)
    dispute = till.double.open_dispute(payment["id"], amount=300)
    till.double.close_dispute(dispute["id"], "lost")


def _refunded_and_lost(till: Till) -> None:
    payment = _paid(till)
    till.refund(payment)
    dispute = till.double.open_dispute(payment)
    till.double.close_dispute(dispute["id"], "lost")


def _checkout(till: Till) -> None:
    till.double.complete_checkout(till.checkout().checkout_session_id)


def _checkout_refunded(till: Till) -> None:
    _checkout(till)
    [payment] = till.double.objects("payment_intent")
    till.refund(payment["id"])


def _checkout_by_bank(till: Till) -> None:
    session = till.checkout().checkout_session_id
    payment = till.double.complete_checkout(session, BANK)["payment_intent"]
    till.double.settle(payment, succeeded=True)


def _checkout_by_bank_disputed(till: Till) -> None:
    _checkout_by_bank(till)
    [payment] = till.double.objects("payment_intent")
    dispute = till.double.open_dispute(payment["id"])
    till.double.close_dispute(dispute["id"], "lost")


def _checkout_bank_declines(till: Till) -> None:
    session = till.checkout().checkout_session_id
    payment = till.double.complete_checkout(session, BANK)["payment_intent"]
    till.double.settle(payment, succeeded=False)


def _checkout_left(till: Till) -> None:
    till.double.expire_checkout(till.checkout().checkout_session_id)


def _checkout_left_after_a_decline(till: Till) -> None:
    session = till.checkout().checkout_session_id
    till.double.complete_checkout(session, DECLINED)
    till.double.expire_checkout(session)


PAID = "payment_intent.succeeded"
PROCESSING = "payment_intent.processing"
DECLINE = "payment_intent.payment_failed"
REFUND = "charge.refunded"
DISPUTE = ["charge.dispute.created", "charge.dispute.closed"]

FLOWS: Mapping[str, tuple[Flow, list[str], int, str | None, str | None]] = {
    "by bank": (_bank, [PROCESSING, PAID], 1_000, "succeeded", None),
    "at the third try": (
        _third_try,
        [DECLINE, DECLINE, PROCESSING, PAID],
        1_000,
        "succeeded",
        None,
    ),
    "bank declines": (_bank_declines, [PROCESSING, DECLINE], 0, "payment_failed", None),
    "canceled": (_canceled, [DECLINE, "payment_intent.canceled"], 0, "canceled", None),
    "refunded in part": (_refunded_in_part, [PAID, REFUND, REFUND], 667, "succeeded", None),
    "refunded in parts": (
        _refunded_in_parts,
        [PAID, REFUND, REFUND, REFUND],
        0,
        "succeeded",
        None,
    ),
    "dispute won": (_dispute_won, [PAID, *DISPUTE], 1_000, "succeeded", None),
    "dispute lost": (_dispute_lost, [PAID, *DISPUTE], 0, "succeeded", None),
    "refund and dispute won": (
        _refund_and_dispute_won,
        [PAID, REFUND, *DISPUTE],
        667,
        "succeeded",
        None,
    ),
    "everything": (
        _everything,
        [PROCESSING, PAID, REFUND, REFUND, *DISPUTE],
        200,
        "succeeded",
        None,
    ),
    "refunded and lost": (_refunded_and_lost, [PAID, REFUND, *DISPUTE], 0, "succeeded", None),
    "checkout": (
        _checkout,
        [PAID, "checkout.session.completed"],
        1_000,
        "succeeded",
        "complete",
    ),
    "checkout refunded": (
        _checkout_refunded,
        [PAID, "checkout.session.completed", REFUND],
        0,
        "succeeded",
        "complete",
    ),
    "checkout by bank": (
        _checkout_by_bank,
        [
            PROCESSING,
            "checkout.session.completed",
            PAID,
            "checkout.session.async_payment_succeeded",
        ],
        1_000,
        "succeeded",
        "complete",
    ),
    "checkout by bank, disputed": (
        _checkout_by_bank_disputed,
        [
            PROCESSING,
            "checkout.session.completed",
            PAID,
            "checkout.session.async_payment_succeeded",
            *DISPUTE,
        ],
        0,
        "succeeded",
        "complete",
    ),
    "checkout, bank declines": (
        _checkout_bank_declines,
        [
            PROCESSING,
            "checkout.session.completed",
            DECLINE,
            "checkout.session.async_payment_failed",
        ],
        0,
        "payment_failed",
        "payment_failed",
    ),
    "checkout left": (_checkout_left, ["checkout.session.expired"], 0, None, "expired"),
    "checkout left after a decline": (
        _checkout_left_after_a_decline,
        [DECLINE, "payment_intent.canceled", "checkout.session.expired"],
        0,
        "canceled",
        "expired",
    ),
}


def _mirrors(store: MemoryStore) -> dict[str, Any]:
    """What Stripe's objects and the wallet have come to, but for the way there."""
    return {
        path: {name: value for name, value in fields.items() if name not in IN_PASSING}
        for path, fields in store.everything().items()
        if path.startswith(("paymentIntents/", "checkoutSessions/"))
    }


def _end(
    start: Documents, stripe: StripeGateway, told: Sequence[tuple[StripeEvent, str]]
) -> tuple[dict[str, int], dict[str, Any]]:
    """Handle events in their order, then each of them again; the wallet, and the mirrors."""
    store = copy_of(start)
    db = Database(store, ManualClock())
    for event, payload in told:
        assert service.handle(db, stripe, HandsOver(codes()), event, payload).result == "processed"
    before = store.everything()
    for event, payload in told:  # none changes anything, so each is as if it alone came twice
        assert service.handle(db, stripe, HandsOver(codes()), event, payload).result == "duplicate"
    assert store.everything() == before
    wallet, faults = ledger.verify(db, USER)
    assert faults == []
    purchases = [one for one in ledger.entries(db, USER) if one.kind == "credits_purchase"]
    assert len(purchases) == (1 if wallet.lifetime_purchased else 0)
    return {**wallet.balances(), "lifetimePurchased": wallet.lifetime_purchased}, _mirrors(store)


def _ends(till: Till, store: MemoryStore, flow: Flow) -> Iterator[tuple[Any, Any]]:
    """Let a flow happen, and yield the end of each order of what Stripe then tells."""
    flow(till)
    events = [event_of(body) for body in till.events()]
    intents = till.double.objects("payment_intent")
    known = Remembering({intent["id"]: intent["metadata"] for intent in intents})
    start = store.everything()
    return (_end(start, known, order) for order in permutations(events))


@pytest.mark.parametrize("name", FLOWS)
def test_every_order_ends_in_one_state(name: str, till: Till, store: MemoryStore) -> None:
    flow, types, balance, status, checkout = FLOWS[name]
    ends = list(_ends(till, store, flow))
    assert sorted(event["type"] for event in till.events()) == sorted(types)
    assert all(end == ends[0] for end in ends)
    wallet, mirrors = ends[0]
    assert wallet["credits"] == balance
    assert wallet["lifetimePurchased"] == (1_000 if status == "succeeded" else 0)
    found = {path.partition("/")[0]: mirror["status"] for path, mirror in mirrors.items()}
    assert found == {
        collection: expected
        for collection, expected in (("paymentIntents", status), ("checkoutSessions", checkout))
        if expected
    }


@pytest.mark.parametrize("name", ["by bank", "dispute won", "checkout by bank"])
def test_without_ranks_orders_disagree(
    name: str, till: Till, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: a rule that lets statuses fall back."""
    monkeypatch.setattr("firetill.payments.rules.higher", lambda _rank, _known, new: new)
    ends = list(_ends(till, store, FLOWS[name][0]))
    assert any(end != ends[0] for end in ends)
