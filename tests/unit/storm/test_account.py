"""The account finds whatever is wrong: each discrepancy that it can name, in doctored books."""

import copy
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

import pytest

from local.layout import ROOT
from local.storm.account import discrepancies
from local.storm.books import Books
from tests.unit.storm.shop import sound

Doctor = Callable[[Books], None]


@pytest.fixture(scope="module")
def books() -> Books:
    return sound()


def only(found: Iterable[Any], **fields: Any) -> Any:
    """The first of some things that has these fields."""
    return next(one for one in found if all(one[name] == value for name, value in fields.items()))


def changed(collection: str, having: dict[str, Any], **fields: Any) -> Doctor:
    """Overwrite fields of a document."""

    def doctor(books: Books) -> None:
        only(books.all(collection), **having).update(fields)

    return doctor


def removed(collection: str, **having: Any) -> Doctor:
    """Take a document away."""

    def doctor(books: Books) -> None:
        documents: Any = books.documents[collection]
        path = next(
            at for at, one in documents.items() if one is only(documents.values(), **having)
        )
        del documents[path]

    return doctor


def doubled(collection: str, having: dict[str, Any], **fields: Any) -> Doctor:
    """Put a document there a second time, with other fields."""

    def doctor(books: Books) -> None:
        documents: Any = books.documents[collection]
        other = {**only(documents.values(), **having), **fields}
        documents[f"{collection}/another"] = other

    return doctor


def forgotten(operation: str) -> Doctor:
    """Let nobody have asked for an operation."""

    def doctor(books: Books) -> None:
        told: Any = books.told
        told[:] = [one for one in told if one.operation != operation]

    return doctor


def answered(operation: str, ok: bool | None = True, **answer: Any) -> Doctor:
    """Let somebody have been answered otherwise."""

    def doctor(books: Books) -> None:
        told: Any = books.told
        at = next(n for n, one in enumerate(told) if one.operation == operation and one.ok)
        told[at] = replace(told[at], ok=ok, answer={**told[at].answer, **answer})

    return doctor


def asked(operation: str, **data: Any) -> Doctor:
    """Let somebody have been answered for other input."""

    def doctor(books: Books) -> None:
        told: Any = books.told
        at = next(n for n, one in enumerate(told) if one.operation == operation and one.ok)
        told[at] = replace(told[at], data={**told[at].data, **data})

    return doctor


def payment(field: str, **fields: Any) -> Doctor:
    """Overwrite fields of a paid PaymentIntent at Stripe, whose metadata have a field."""

    def doctor(books: Books) -> None:
        paid = only(books.payments(field).values(), status="succeeded")
        paid.update(fields)

    return doctor


def refunded(**metadata: str) -> Doctor:
    """Let a handed-over order's payment have been given back at Stripe."""

    def doctor(books: Books) -> None:
        order = only(books.all("orders"), status="finalized")
        refunds: Any = books.stripe["refund"]
        refunds.append({"payment_intent": order["paymentIntentId"], "metadata": metadata})
        charge = only(books.stripe["charge"], payment_intent=order["paymentIntentId"])
        charge["amount_refunded"] += 0 if metadata else 100

    return doctor


def never_gone(books: Books) -> None:
    """Let a refunded order's payment have brought nothing, and its money have stayed."""
    order = only(books.all("orders"), status="refunded")
    charge = only(books.stripe["charge"], payment_intent=order["paymentIntentId"])
    charge["amount_refunded"] = 0
    removed("fulfillments", paymentIntentId=order["paymentIntentId"])(books)


def below_zero(books: Books) -> None:
    only(books.all("ledger"), kind="ash_grant")["legs"].update({"ash": -7, "world:ash": 7})


def alive_again(books: Books) -> None:
    """Let a ticket of a refunded order admit."""
    order = only(books.all("orders"), status="refunded")
    only(books.all("ragers"), orderId=order["orderId"])["ticketQuantity"] += 1


def wallet_without_user(books: Books) -> None:
    removed_users: Any = books.documents["users"]
    del removed_users["users/bob"]


def page_lost(books: Books) -> None:
    sessions: Any = books.stripe["checkout.session"]
    sessions.clear()


def user(**fields: Any) -> Doctor:
    def doctor(books: Books) -> None:
        found: Any = books.documents["users"]["users/ada"]
        found.update(fields)

    return doctor


def more_credits(books: Books) -> None:
    found: Any = books.documents["users"]["users/ada"]
    found["wallet"]["credits"] += 1


def from_nowhere(books: Books) -> None:
    only(books.all("ledger"), kind="credits_purchase")["metadata"]["paymentIntentId"] = "pi_none"


def unpaid_and_payable(books: Books) -> None:
    order = only(books.all("orders"), status="canceled")
    books.payments("orderId")[order["paymentIntentId"]].update(  # type: ignore[attr-defined]  # a dict here
        status="requires_payment_method"
    )


def line_returned(books: Books) -> None:
    only(books.all("orders"), status="refunded")["lines"][0]["returned"] = 0


def code_revoked(books: Books) -> None:
    batch = only(books.all("ragers"), closed=None)
    token: Any = books.documents["ticketTokens"][f"ticketTokens/{batch['token']}"]
    token.update(revokedAt="now", revokedReason="revoked")


def old_code_alive(books: Books) -> None:
    only(books.all("ticketTokens"), revokedReason="transferred")["revokedAt"] = None


CASES: Final[tuple[tuple[str, Doctor], ...]] = (
    ("chain_broken", changed("ledger", {"kind": "credits_lock"}, amount=7)),
    ("chain_broken", removed("ledger", kind="ash_grant")),
    ("wallet_not_its_ledger", more_credits),
    ("below_zero", below_zero),
    ("ledger_without_wallet", wallet_without_user),
    ("checkout_missing", page_lost),
    ("purchase_missing", answered("createCreditsPurchaseIntent", purchaseId="pi_none")),
    ("purchase_unasked", forgotten("createCreditsPurchaseIntent")),
    ("wrong_price", payment("packId", amount_received=1)),
    ("wrong_price", payment("orderId", amount_received=9_001)),
    ("credits_not_money", payment("packId", status="canceled")),
    ("credits_not_money", removed("ledger", kind="credits_purchase")),
    ("credits_not_money", doubled("ledger", {"kind": "credits_purchase"})),
    ("clawback_not_money", removed("ledger", kind="credits_clawback")),
    ("credits_from_nowhere", from_nowhere),
    ("payment_missing", asked("pay", paymentIntentId="pi_none")),
    ("session_missing", removed("sessions", status="FAILED")),
    ("session_unasked", doubled("sessions", {"status": "FAILED"}, sessionId="another")),
    ("session_unfinished", changed("sessions", {"status": "FAILED"}, status="ACTIVE")),
    ("session_not_its_ledger", changed("sessions", {"status": "FAILED"}, status="COMPLETED")),
    ("session_not_its_ledger", doubled("ledger", {"kind": "credits_lock"})),
    ("settlement_missing", answered("resolveSession", burned=1)),
    ("action_missing", removed("actions", status="done")),
    ("action_unasked", doubled("actions", {"status": "done"}, actionId="another")),
    ("action_unfinished", changed("actions", {"status": "done"}, status="queued")),
    ("action_not_its_ledger", changed("actions", {"status": "failed"}, status="done")),
    ("action_not_its_ledger", doubled("ledger", {"kind": "credits_spend_refund"})),
    ("action_changed", answered("getAction", status="failed")),
    ("action_held_open", user(openActions=["one"])),
    ("welcome_not_once", doubled("ledger", {"kind": "credits_grant"})),
    ("shop_not_once", forgotten("purchaseShopItem")),
    ("shop_not_once", removed("ledger", kind="obsidian_spend")),
    ("order_missing", removed("orders", status="finalized")),
    ("order_unasked", doubled("orders", {"status": "canceled"}, orderId="another")),
    ("order_changed", answered("createOrder", amount=1)),
    ("order_unfinished", changed("orders", {"status": "canceled"}, status="pending")),
    ("order_unfinished", changed("orders", {"status": "canceled"}, stripeDue=["cancel"])),
    ("handed_over_unpaid", payment("orderId", status="canceled")),
    ("handed_over_unpaid", doubled("fulfillments", {"userId": "ada"}, paymentIntentId="pi_none")),
    ("cancel_missing", changed("orders", {"status": "canceled"}, status="expired")),
    ("handed_over_twice", doubled("fulfillments", {"userId": "ada"}, paymentIntentId="pi_2")),
    ("fulfilment_missing", removed("fulfillments", userId="ada")),
    ("fulfilment_missing", answered("finalizeOrder", amount=1)),
    ("payable_after_its_end", unpaid_and_payable),
    ("paid_for_nothing", never_gone),
    ("order_not_its_payment", changed("orders", {"status": "refunded"}, status="finalized")),
    ("refund_unheard_of", refunded()),
    ("handed_over_and_refunded", refunded(orderId="of ours")),
    ("stock_not_capacity", changed("events", {"active": True}, quantity=9)),
    ("stock_not_capacity", changed("products", {"active": True}, stock=8)),
    ("stock_still_held", changed("products", {"active": True}, reserved=1)),
    ("batch_missing", removed("ragers", userId="ada")),
    ("batch_unasked", forgotten("transferTicket")),
    ("batch_unasked", doubled("ragers", {"userId": "ada"}, ragerId="another")),
    ("tickets_not_sold", changed("ragers", {"userId": "ada"}, ticketQuantity=9)),
    ("dead_not_returned", line_returned),
    ("refunded_and_alive", alive_again),
    ("token_missing", changed("ragers", {"userId": "ada"}, token="unknown")),
    ("token_not_its_batch", code_revoked),
    ("token_alive", old_code_alive),
    ("scan_missing", removed("scans", scanId="scan-1")),
    ("scan_unasked", doubled("scans", {"scanId": "scan-1"}, scanId="scan-9")),
    ("verdict_not_told", answered("scanTicket", ragerId="another")),
    ("verdict_not_told", changed("scans", {"scanId": "scan-1"}, result="denied")),
    ("undo_missing", changed("scans", {"scanId": "scan-2"}, undoneAt=None)),
    ("undo_unasked", forgotten("undoScan")),
    ("used_not_scanned", changed("scans", {"scanId": "scan-1"}, counted=2)),
    ("used_not_scanned", changed("ragers", {"usedCount": 1}, usedCount=2)),
    ("used_too_often", changed("ragers", {"usedCount": 1}, usedCount=4)),
    ("summary_not_batches", changed("summaries", {"usedCount": 1}, usedCount=0)),
    ("summary_not_batches", removed("summaries", usedCount=1)),
    ("unanswered", answered("acceptTerms", None)),
    ("event_unfinished", changed("stripeEvents", {"status": "processed"}, status="failed")),
    ("operation_unfinished", changed("operations", {"userId": "ada"}, pendingSince="now")),
    ("alarm", changed("auditLog", {"kind": "order_event"}, kind="stripe_drift")),
)
"""What is wrong, and books in which it is."""


def test_sound_books_have_nothing(books: Books) -> None:
    assert [str(one) for one in discrepancies(books)] == []
    assert len(books.all("ragers")) == 3  # so that there was something to get wrong


@pytest.mark.parametrize(("name", "doctor"), CASES, ids=[name for name, _ in CASES])
def test_each_discrepancy_is_found(name: str, doctor: Doctor, books: Books) -> None:
    doctored = copy.deepcopy(books)
    doctor(doctored)
    assert name in {one.name for one in discrepancies(doctored)}


def test_no_discrepancy_was_forgotten_here() -> None:
    sources = [path.read_text() for path in (ROOT / "local" / "storm").glob("*.py")]
    told = {name for text in sources for name in re.findall(r'Discrepancy\(\s*"(\w+)"', text)}
    pairs = {name for text in sources for name in re.findall(r'differences\(\s*"(\w+)"', text)}
    both = {f"{name}_{end}" for name in pairs for end in ("missing", "unasked")}
    dynamic = {"welcome_not_once", "shop_not_once"}
    elsewhere = {"job_failed"}  # of the run itself, not of its books
    assert {name for name, _ in CASES} == (told | both | dynamic) - elsewhere
