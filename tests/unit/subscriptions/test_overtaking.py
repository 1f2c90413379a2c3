"""A handler that has seen an older state than somebody else's commit must not win."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from firetill.database import Database, Transaction
from firetill.errors import Contention
from firetill.subscriptions import learning
from firetill.subscriptions.facts import Looked, StripeSubscription
from firetill.subscriptions.repository import subscription_path
from tests.factories import NOON, ManualClock
from tests.simulation.memory_store import MemoryStore
from tests.unit.subscriptions.builders import OPERATION, SUBSCRIPTION, state
from tests.unit.subscriptions.stripe_in_memory import Moment, RecordedStripe, begun, handle

TAPE = [
    Moment("customer.subscription.updated", {"id": SUBSCRIPTION}, state("pro")),
    Moment("customer.subscription.deleted", {"id": SUBSCRIPTION}, state("pro", "canceled")),
    Moment("customer.subscription.updated", {"id": SUBSCRIPTION}, state("pro", "canceled")),
]


class SlowStripe(RecordedStripe):
    """Answers, and before the answer arrives `meanwhile` happens."""

    meanwhile: Callable[[], object] | None = None

    def subscription(self, subscription_id: str) -> StripeSubscription | None:
        answer = super().subscription(subscription_id)
        happens, self.meanwhile = self.meanwhile, None
        if happens:
            happens()
        return answer


@pytest.fixture
def database() -> Database:
    database = Database(MemoryStore(), ManualClock(NOON + timedelta(hours=1)))
    begun(database, OPERATION)
    return database


def _overtaken(database: Database) -> tuple[str, str]:
    """Handle the update slowly, and the cancellation in its middle; the status and tier then."""
    stripe = SlowStripe(TAPE)
    stripe.moment = 0

    def cancel() -> None:
        stripe.moment = 1
        handle(database, stripe, 1)

    stripe.meanwhile = cancel
    assert handle(database, stripe, 0).result == "processed"
    mirror, user = database.get(subscription_path(SUBSCRIPTION), "users/ada")
    return (mirror.data or {})["status"], (user.data or {}).get("tier", "free")


@pytest.mark.parametrize("is_known", [False, True])
def test_a_slow_handler_looks_again(database: Database, *, is_known: bool) -> None:
    if is_known:
        first = RecordedStripe(TAPE)
        first.moment = 0
        handle(database, first, 2)
    assert _overtaken(database) == ("canceled", "free")


def test_without_the_revision_a_canceled_subscription_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the commit takes whatever revision it finds for the one that was read."""
    honest = learning.learn

    def careless(tx: Transaction, looked: Looked) -> None:
        [mirror] = tx.get(subscription_path(SUBSCRIPTION))
        found = (mirror.data or {}).get("revision", 0)
        honest(tx, msgspec.structs.replace(looked, revision=found))

    monkeypatch.setattr(learning, "learn", careless)
    assert _overtaken(database) == ("active", "pro")


def test_who_is_always_overtaken_gives_up(database: Database) -> None:
    class Busy(RecordedStripe):
        def subscription(self, subscription_id: str) -> StripeSubscription | None:
            other = RecordedStripe(TAPE)
            learning.sync(database, other, subscription_id)  # type: ignore[arg-type]  # the tape's
            return super().subscription(subscription_id)

    with pytest.raises(Contention):
        handle(database, Busy(TAPE), 0)
