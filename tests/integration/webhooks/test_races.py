"""Events that arrive at the same moment, and what happens without the guards."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import pytest

from firetill.database import Database, Query, RetryPolicy, Snapshot, Store, Version, Write
from firetill.errors import Contention
from firetill.webhooks.model import Handled
from tests.factories import at_once
from tests.faults import WithoutPreconditions
from tests.integration.pledges.meetings import MeetBeforeCommit
from tests.integration.till import Json, Till

COPIES = 16
PURCHASES = 8
PAID = "payment_intent.succeeded"

INBOX = "stripeEvents/"
MIRROR = "paymentIntents/"
ENTRY = "ledger/"


class Forgetful:
    """Negative control: what was written in some collections is never seen again."""

    def __init__(self, store: Store, *forgotten: str) -> None:
        self._store = store
        self._forgotten = forgotten

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        found = self._store.read(paths, seconds=seconds)
        return [self._seen(snapshot) for snapshot in found]

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        return self._store.query(query, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        return self._store.commit([self._freed(write) for write in writes], seconds=seconds)

    def _seen(self, snapshot: Snapshot) -> Snapshot:
        forgotten = snapshot.path.startswith(self._forgotten)
        return Snapshot(snapshot.path, None, None) if forgotten else snapshot

    def _freed(self, write: Write) -> Write:
        forgotten = write.path.startswith(self._forgotten)
        return replace(write, version=None, exists=None) if forgotten else write


@pytest.fixture
def paid(till: Till) -> Json:
    till.double.pay(till.intent().purchase_id)
    return till.event(PAID)


def _results(answers: Sequence[Handled | Exception]) -> Counter[str]:
    return Counter(one.result if isinstance(one, Handled) else repr(one) for one in answers)


def _balance(till: Till) -> int:
    user = till.document("users/ada")
    return user["wallet"]["credits"] if user else 0


def test_copies_at_once_credit_once(till: Till, paid: Json) -> None:
    answers = at_once([partial(till.handle, paid)] * COPIES)
    assert _results(answers) == {"processed": 1, "duplicate": COPIES - 1}
    assert till.posted() == [("credits_purchase", 1_000)]
    assert till.wallet().credits == 1_000


def test_without_any_guard_copies_credit_each_time(till: Till, paid: Json, store: Store) -> None:
    """Negative control: no inbox, no mirror, and an entry's id may be taken twice."""
    forgetful = Forgetful(store, INBOX, MIRROR, ENTRY)
    till.database = Database(forgetful, till.clock)
    answers = at_once([partial(till.handle, paid)] * COPIES)
    assert _results(answers) == {"processed": COPIES}
    assert _balance(till) == 1_000 * COPIES


@pytest.mark.parametrize("forgotten", [[INBOX], [INBOX, ENTRY]], ids=["inbox", "inbox, entry"])
def test_without_the_inbox_the_mirror_credits_once(
    till: Till, paid: Json, store: Store, forgotten: list[str]
) -> None:
    till.database = Database(Forgetful(store, *forgotten), till.clock)
    answers = at_once([partial(till.handle, paid)] * COPIES)
    assert _results(answers) == {"processed": COPIES}
    assert till.posted() == [("credits_purchase", 1_000)]
    assert till.wallet().credits == 1_000


def test_without_inbox_and_mirror_the_entrys_id_credits_once(
    till: Till, paid: Json, store: Store
) -> None:
    till.handle(paid)
    forgetful = Forgetful(store, INBOX, MIRROR)
    till.database = Database(forgetful, till.clock, policy=RetryPolicy(attempts=3))
    with pytest.raises(Contention):
        till.handle(paid)
    assert till.posted() == [("credits_purchase", 1_000)]
    assert till.wallet().credits == 1_000


@pytest.mark.parametrize("guarded", [True, False])
def test_copies_that_meet_before_their_commits(
    till: Till, paid: Json, store: Store, *, guarded: bool
) -> None:
    """All have read that nothing happened yet. Without preconditions each has its effect."""
    meeting = MeetBeforeCommit(store if guarded else WithoutPreconditions(store), COPIES)
    till.database = Database(meeting, till.clock)
    answers = at_once([partial(till.handle, paid)] * COPIES)
    expected = {"processed": 1, "duplicate": COPIES - 1} if guarded else {"processed": COPIES}
    assert _results(answers) == expected


@pytest.mark.parametrize("guarded", [True, False])
def test_purchases_of_one_user_that_meet(till: Till, store: Store, *, guarded: bool) -> None:
    """All have read the same wallet. Without preconditions all but one purchase are lost."""
    payments = [till.intent(key=f"buy-{n}").purchase_id for n in range(PURCHASES)]
    for payment in payments:
        till.double.pay(payment)
    meeting = MeetBeforeCommit(store if guarded else WithoutPreconditions(store), PURCHASES)
    till.database = Database(meeting, till.clock)
    events = till.events()
    assert _results(at_once([partial(till.handle, one) for one in events]))["processed"] == 8
    if guarded:
        assert till.wallet().credits == 1_000 * PURCHASES
        assert till.wallet().lifetime_purchased == 1_000 * PURCHASES
    else:
        assert _balance(till) < 1_000 * PURCHASES


def _refunded_and_disputed(till: Till) -> int:
    payment = till.intent().purchase_id
    till.double.pay(payment)
    till.refund(payment, 333)
    till.refund(payment, 167)
    dispute = till.double.open_dispute(payment, amount=300)
    till.double.close_dispute(dispute["id"], "lost")
    return 200


def _checkout(till: Till) -> int:
    till.double.complete_checkout(till.checkout().checkout_session_id)
    return 1_000


@pytest.mark.parametrize("flow", [_refunded_and_disputed, _checkout])
def test_all_events_of_a_purchase_at_once_twice(flow: Callable[[Till], int], till: Till) -> None:
    left = flow(till)
    events = till.events()
    answers = at_once([partial(till.handle, one) for one in (*events, *events)])
    assert _results(answers) == {"processed": len(events), "duplicate": len(events)}
    assert till.wallet().credits == left
    assert till.posted().count(("credits_purchase", 1_000)) == 1


def test_an_event_while_the_app_still_waits_for_its_intent(till: Till) -> None:
    """The reply to the app was lost, the buyer paid all the same, and the app asks again."""
    till.intent()
    [intent] = till.double.objects("payment_intent")
    till.double.pay(intent["id"])
    calls: list[Callable[[], object]] = [partial(till.handle, till.event(PAID)), till.intent]
    assert not [one for one in at_once(calls * 4) if isinstance(one, Exception)]
    assert till.wallet().credits == 1_000
    assert till.purchase(intent["id"])["status"] == "succeeded"


def test_the_mirror_that_comes_late_takes_nothing_back(till: Till) -> None:
    """The function died before it wrote the mirror; Stripe's event came before the retry."""
    till.double.fault("lose_reply")
    with pytest.raises(Exception, match="payment provider"):
        till.intent()
    [intent] = till.double.objects("payment_intent")
    till.double.pay(intent["id"])
    assert till.handle(till.event(PAID)).result == "processed"
    assert till.intent().purchase_id == intent["id"]
    mirror = till.purchase(intent["id"])
    assert (mirror["status"], mirror["credited"]) == ("succeeded", True)
    assert till.wallet().credits == 1_000
