"""The whole way over HTTP: Stripe delivers twice, late, shuffled, not at all; one end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from firetill.database import Database, RetryPolicy, Store
from local.stripe_double import StripeDouble
from tests.faults import UNAVAILABLE, FaultyStore, Script
from tests.integration.till import BANK, DECLINED, SECRET, Till


@pytest.fixture(autouse=True)
def double(till: Till, url: str) -> Iterator[StripeDouble]:
    till.double.send_to(url, SECRET)
    yield till.double
    till.double.send_to(None)


def _bank(till: Till) -> int:
    payment = till.intent().purchase_id
    till.double.pay(payment, DECLINED)
    till.double.pay(payment, BANK)
    till.double.settle(payment, succeeded=True)
    return 1_000


def _everything(till: Till) -> int:
    payment = till.intent().purchase_id
    till.double.pay(payment)
    till.refund(payment, 333)
    till.refund(payment, 167)
    dispute = till.double.open_dispute(payment, amount=300)
    till.double.close_dispute(dispute["id"], "lost")
    return 200


def _dispute_won(till: Till) -> int:
    payment = till.intent().purchase_id
    till.double.pay(payment)
    dispute = till.double.open_dispute(payment)
    till.double.close_dispute(dispute["id"], "won")
    return 1_000


def _checkout_by_bank(till: Till) -> int:
    session = till.checkout().checkout_session_id
    payment = till.double.complete_checkout(session, BANK)["payment_intent"]
    till.double.settle(payment, succeeded=True)
    return 1_000


FLOWS = [_bank, _everything, _dispute_won, _checkout_by_bank]
MISHAPS: dict[str, dict[str, Any]] = {
    "as promised": {},
    "twice": {"copies": 2},
    "shuffled": {"shuffle_window": 50, "seed": 1},
    "shuffled twice": {"shuffle_window": 50, "copies": 2, "seed": 2},
    "refunds first": {"late_seconds": 0.3, "late_types": ["payment_intent.*"]},
}


@pytest.mark.parametrize("mishap", MISHAPS)
@pytest.mark.parametrize("flow", FLOWS)
def test_deliveries(flow: Callable[[Till], int], mishap: str, till: Till) -> None:
    till.double.set_delivery(**MISHAPS[mishap])
    left = flow(till)
    till.double.wait_idle()
    assert till.wallet().credits == left
    assert till.posted().count(("credits_purchase", 1_000)) == 1
    assert {one["outcome"] for one in till.double.deliveries()} == {"delivered"}
    for event in till.events():
        assert till.inbox(event)["status"] == "processed"


@pytest.mark.parametrize("flow", FLOWS)
def test_lost_events_are_sent_again_later(flow: Callable[[Till], int], till: Till) -> None:
    till.double.set_delivery(lose_probability=1.0)
    left = flow(till)
    till.double.wait_idle()
    assert till.wallet().seq == 0
    for event in reversed(till.events()):
        till.double.redeliver(event["id"])
        till.double.wait_idle()
    assert till.wallet().credits == left


def test_a_firestore_that_recovers(till: Till, store: Store) -> None:
    """The work does not commit, the door answers 500, and the next delivery succeeds."""
    payment = till.intent().purchase_id
    till.double.wait_idle()
    script = Script(commit=[UNAVAILABLE, UNAVAILABLE])
    till.database = Database(FaultyStore(store, script), till.clock, policy=RetryPolicy(attempts=2))
    till.double.set_delivery(lose_types=["charge.*"])
    till.double.pay(payment)
    till.double.wait_idle()
    paid = till.event("payment_intent.succeeded")
    tries = [one["status"] for one in till.double.deliveries() if one["event"] == paid["id"]]
    assert tries == [500, 200]
    assert (till.inbox(paid)["status"], till.inbox(paid)["attempts"]) == ("processed", 2)
    assert till.wallet().credits == 1_000


def test_a_wrong_secret_lets_nothing_in(till: Till) -> None:
    payment = till.intent().purchase_id
    till.double.wait_idle()
    till.double.set_delivery(signing_secret="whsec_wrong")
    till.double.pay(payment)
    till.double.wait_idle()
    paid = till.event("payment_intent.succeeded")
    tries = [one["status"] for one in till.double.deliveries() if one["event"] == paid["id"]]
    assert tries == [400, 400, 400]
    assert till.wallet().seq == 0
    till.double.reset_delivery()
    till.double.redeliver(paid["id"])
    till.double.wait_idle()
    assert till.wallet().credits == 1_000
