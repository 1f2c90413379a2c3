"""What Stripe says of an account while it is deleted, and long after."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from firetill import operations
from firetill.accounts import welcome
from firetill.catalog import TIERS, WELCOME_CREDITS
from firetill.database import Database, Transaction, Version, Write
from firetill.errors import AccountDeleted, PaymentProviderUnavailable
from firetill.estates import deletion, handing_over
from firetill.estates.chunks import Chunks
from firetill.estates.deletion import Means
from firetill.estates.deletion_model import DeleteAccount
from firetill.ledger import service as ledger
from firetill.ledger.rules import pseudonym
from firetill.upkeep.stripe_events import retry_stripe_events
from firetill.webhooks import service as webhooks
from firetill.webhooks.rules import MOST_ATTEMPTS
from tests.factories import posting
from tests.integration.estates.lives import Crash, Doomed
from tests.integration.shop import POSTER, TICKET, Shop
from tests.integration.subscriptions.subscribers import Subscribers
from tests.integration.tickets.holders import People
from tests.integration.till import USER, Till, event_of, opened
from tests.simulation.memory_store import MemoryStore

HEIR = pseudonym(USER)


@pytest.fixture
def memory() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def till(memory: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with opened(memory, monkeypatch) as till:
        yield till


def leave(till: Till) -> None:
    means = Means(till.database, till.stripe, People())
    done = deletion.delete(means, USER, DeleteAccount(confirm=True))
    assert done.status == "deleted"


def test_the_customer_is_gone_at_stripe(till: Till, shop: Shop) -> None:
    shop.order(TICKET)
    assert len(till.double.objects("customer")) == 1
    leave(till)
    assert [one for one in till.double.objects("customer") if not one.get("deleted")] == []
    assert till.document(f"customers/{USER}") is None
    till.handle_all()
    assert till.document(f"customers/{USER}") is None


def test_what_was_unpaid_cannot_be_paid_any_more(till: Till) -> None:
    bought = till.intent()
    leave(till)
    [intent] = till.double.objects("payment_intent")
    assert (intent["id"], intent["status"]) == (bought.purchase_id, "canceled")
    assert [one.result for one in till.handle_all()] == ["processed"]
    assert till.purchase(bought.purchase_id)["status"] == "canceled"
    assert till.purchase(bought.purchase_id)["userId"] == HEIR


def test_a_payment_that_was_under_way_is_credited_to_the_pseudonym(till: Till) -> None:
    bought = till.intent()
    till.double.pay(bought.purchase_id)  # and nobody has heard of it
    leave(till)
    assert {one.result for one in till.handle_all()} == {"processed"}
    assert till.wallet(HEIR).credits == bought.credits
    assert till.document(f"users/{USER}") == {"deleting": True}


def test_a_refund_finds_the_pseudonym(till: Till) -> None:
    bought = till.intent()
    till.double.pay(bought.purchase_id)
    till.handle_all()
    assert till.wallet().credits == bought.credits
    leave(till)
    till.refund(bought.purchase_id)
    till.handle_all()
    assert till.wallet(HEIR).credits == 0
    assert [kind for kind, _ in till.posted(HEIR)] == ["credits_purchase", "credits_clawback"]


def test_an_order_is_refunded_after_its_buyer_has_gone(till: Till, shop: Shop) -> None:
    order = shop.order(TICKET, POSTER)
    till.double.pay(order.payment_intent_id)
    till.handle_all()
    leave(till)
    assert (shop.stock(), shop.poster_stock()) == ((9, 0), (9, 0))
    till.refund(order.payment_intent_id)
    assert {one.result for one in till.handle_all()} <= {"processed", "duplicate"}
    assert shop.status(order.order_id) == "refunded"
    assert (shop.stock(), shop.poster_stock()) == ((10, 0), (10, 0))
    assert shop.document(f"orders/{order.order_id}")["userId"] == HEIR


def test_an_order_paid_while_its_buyer_goes(till: Till, shop: Shop) -> None:
    """The money came before anybody could cancel: it is handed over to nobody's name."""
    order = shop.order(TICKET)
    till.double.pay(order.payment_intent_id)
    leave(till)
    till.handle_all()
    found = shop.document(f"orders/{order.order_id}")
    assert (found["status"], found["userId"]) == ("finalized", HEIR)


def test_events_are_kept_waiting_while_the_wallet_is_on_its_way(
    till: Till, memory: MemoryStore
) -> None:
    welcome.sign_up(till.database, USER, anonymous=False)
    bought = till.intent()
    till.double.pay(bought.purchase_id)
    [paid] = [one for one in till.events() if one["type"] == "payment_intent.succeeded"]
    _stop_behind_the_ledger(till, memory)
    event, payload = event_of(paid)
    for attempt in range(1, 2 * MOST_ATTEMPTS):
        with pytest.raises(AccountDeleted):
            till.handle(paid)
        waiting = webhooks.file_failure(till.database, event, payload, AccountDeleted())
        assert (waiting.status, waiting.attempts) == ("failed", attempt)
    leave(till)
    till.clock.advance(minutes=64)
    retry_stripe_events(till.database, till.stripe, till.hands)
    assert till.inbox(paid)["status"] == "processed"
    assert till.wallet(HEIR).credits == WELCOME_CREDITS + bought.credits


class _StopsBehindTheWallet(Doomed):
    """A store whose process ends once the wallet has moved."""

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        done = super().commit(writes, seconds=seconds)
        if any(one.path == f"users/{HEIR}" and "wallet" in one.fields for one in writes):
            raise Crash
        return done


def _stop_behind_the_ledger(till: Till, memory: MemoryStore) -> None:
    store = _StopsBehindTheWallet(memory, 0, after=False)
    means = Means(Database(store, till.clock), till.stripe, People())
    with pytest.raises(Crash):
        deletion.delete(means, USER, DeleteAccount(confirm=True))
    assert till.document(f"users/{USER}") == {"deleting": True}


def test_nothing_is_posted_to_a_wallet_that_has_left(till: Till) -> None:
    leave(till)

    def body(tx: Transaction) -> None:
        ledger.post(tx, USER, [posting("credits_grant", 5)])

    with pytest.raises(AccountDeleted):
        till.database.run_transaction(body)


def test_a_subscription_ends_with_the_account(till: Till) -> None:
    subscription_id = Subscribers(till).subscribed("pro")
    assert till.wallet().credits == TIERS["pro"].period_credits
    leave(till)
    [subscription] = till.double.objects("subscription")
    assert subscription["status"] == "canceled"
    mirror = till.document(f"subscriptions/{subscription_id}")
    assert mirror is not None
    assert (mirror["status"], mirror["userId"]) == ("canceled", HEIR)
    # Stripe tells of all of it, and of the customer: it finds nobody by that name.
    assert {one.result for one in till.handle_all()} <= {"processed", "duplicate"}
    assert till.document(f"users/{USER}") == {"deleting": True}
    assert set(till.document(f"users/{HEIR}") or {}) == {"wallet"}
    assert till.wallet(HEIR).credits == TIERS["pro"].period_credits


def test_a_period_is_refunded_after_its_subscriber_has_gone(till: Till) -> None:
    Subscribers(till).subscribed("pro")
    [intent] = till.double.objects("payment_intent")
    leave(till)
    till.refund(intent["id"])
    assert {one.result for one in till.handle_all()} <= {"processed", "duplicate"}
    assert till.wallet(HEIR).credits == 0
    assert till.document(f"users/{USER}") == {"deleting": True}


def test_a_subscription_that_nobody_had_heard_of_when_the_account_went(till: Till) -> None:
    """The reply was lost, and the events came late: Stripe knows it, we have only the terms."""
    till.double.fault("lose_reply", path="/v1/subscriptions", method="POST")
    with pytest.raises(PaymentProviderUnavailable):
        Subscribers(till).subscribe("plus")
    leave(till)
    [made] = till.double.objects("subscription")
    assert made["status"] == "canceled"
    assert {one.result for one in till.handle_all()} <= {"processed", "duplicate"}
    mirror = till.document(f"subscriptions/{made['id']}") or {}
    assert (mirror["status"], mirror["userId"]) == ("canceled", HEIR)
    later = till.clock.instant + timedelta(days=1)
    assert till.database.query(operations.pending(later, limit=1)) == []
    assert till.document(f"users/{USER}") == {"deleting": True}


def test_tickets_that_come_after_their_step_keep_their_summary(
    till: Till, shop: Shop, memory: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They wait for the second round, in which both take the pseudonym at once."""
    order = shop.order(TICKET)
    till.double.pay(order.payment_intent_id)
    mirrors = handing_over.mirrors

    def late(chunks: Chunks, user_id: str) -> None:
        till.handle_all()
        mirrors(chunks, user_id)

    monkeypatch.setattr(handing_over, "mirrors", late)
    leave(till)
    [path] = memory.paths_in("events/gala/ragers")
    for name in (USER, HEIR):
        assert shop.document(path)["userId"] == name
        assert shop.document(f"eventUsers/gala/users/{name}")["totalTickets"] == 1
        till.clock.advance(hours=3)
        leave(till)
    assert till.document(f"eventUsers/gala/users/{USER}") is None
