"""One Stripe customer for each user, whatever happens on the way."""

from collections.abc import Callable
from typing import Any

import pytest

from firetill.customers import service
from firetill.customers.repository import customer_id_in
from firetill.database import Database, Store
from firetill.errors import Contention, PaymentProviderFailed, PaymentProviderUnavailable
from tests.costs import documented
from tests.factories import at_once
from tests.faults import LOST_REPLY, UNAVAILABLE, FaultyStore, Script
from tests.integration.till import USER, Json, Till
from tests.metering import Meter

CALLS = 50


def ensure(till: Till, user_id: str = USER) -> str:
    return service.ensure(till.database, till.stripe, user_id)


def delete(till: Till, customer_id: str) -> Json:
    """Let the operator delete a customer at Stripe; what Stripe says then."""
    till.operator.v1.customers.delete(customer_id)
    return till.event("customer.deleted")


def stored(till: Till, user_id: str = USER) -> Any:
    document = till.document(f"customers/{user_id}")
    return document and (document["stripeCustomerId"], document["generation"])


def test_the_first_time_makes_a_customer_and_later_times_find_it(
    till: Till, metered: Meter
) -> None:
    with metered.measure() as used:
        first = ensure(till)
    assert used == documented("make a Stripe customer")
    [customer] = till.double.objects("customer")
    assert first == customer["id"]
    assert customer["metadata"] == {"userId": USER, "generation": "0"}
    assert till.document(f"customers/{USER}") == {
        "userId": USER,
        "stripeCustomerId": first,
        "generation": 0,
        "createdAt": till.clock.instant,
        "updatedAt": till.clock.instant,
    }
    with metered.measure() as used:
        assert ensure(till) == first
    assert used == documented("find a Stripe customer")
    assert len(till.asked("/v1/customers")) == 1


def test_others_read_the_id_in_the_document(till: Till) -> None:
    [before] = till.database.get(f"customers/{USER}")
    made = ensure(till)
    [after] = till.database.get(f"customers/{USER}")
    assert (customer_id_in(before), customer_id_in(after)) == (None, made)


def test_users_have_customers_of_their_own(till: Till) -> None:
    assert len({ensure(till, user_id) for user_id in ("ada", "bob", "ada-1")}) == 3


def test_many_at_once_share_one_customer(till: Till) -> None:
    answers = at_once([lambda: ensure(till)] * CALLS)
    [customer] = till.double.objects("customer")
    assert set(map(repr, answers)) == {repr(customer["id"])}
    assert stored(till) == (customer["id"], 0)


def test_without_a_derived_key_many_at_once_make_several(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: each request has a key that nothing derives from."""
    numbers = iter(range(CALLS))
    monkeypatch.setattr(service, "derived_id", lambda *_: f"any-{next(numbers)}")
    answers = at_once([lambda: ensure(till)] * CALLS)
    assert len(till.double.objects("customer")) > 1
    # The document still lets only one of them out.
    assert len(set(map(repr, answers))) == 1


@pytest.mark.parametrize(
    ("commits", "refused"), [([LOST_REPLY], False), ([UNAVAILABLE] * 60, True)]
)
def test_a_commit_that_fails_leaves_no_second_customer(
    till: Till, store: Store, commits: list[Any], *, refused: bool
) -> None:
    whole = till.database
    faulty = FaultyStore(store, Script(commit=commits))
    till.database = Database(faulty, till.clock, sleep=lambda _: None)
    if refused:
        with pytest.raises(Contention):
            ensure(till)
        assert stored(till) is None
    else:
        ensure(till)
    till.database = whole
    made = ensure(till)
    [customer] = till.double.objects("customer")
    assert stored(till) == (made, 0) == (customer["id"], 0)


def test_a_lost_reply_of_stripes_leaves_no_second_customer(till: Till) -> None:
    till.double.fault("lose_reply")
    with pytest.raises(PaymentProviderUnavailable):
        ensure(till)
    assert stored(till) is None
    assert ensure(till) == till.double.objects("customer")[0]["id"]
    assert len(till.double.objects("customer")) == 1


def test_stripes_own_fault_is_passed_over(till: Till) -> None:
    till.double.fault("refuse", status=500, saved=True)
    with pytest.raises(PaymentProviderFailed):
        ensure(till)
    assert stored(till) == (None, 1)
    made = ensure(till)
    assert stored(till) == (made, 1)


def test_a_fault_that_others_met_too_is_passed_over_once(till: Till) -> None:
    till.double.fault("refuse", status=500, saved=True)
    answers = at_once([lambda: ensure(till)] * 8)
    assert any(isinstance(answer, PaymentProviderFailed) for answer in answers)
    made = ensure(till)
    assert stored(till) == (made, 1)
    assert {one for one in answers if isinstance(one, str)} <= {made}


def test_a_deleted_customer_is_replaced(till: Till) -> None:
    first = ensure(till)
    assert till.handle(delete(till, first)).result == "processed"
    assert stored(till) == (None, 1)
    second = ensure(till)
    assert second != first
    assert stored(till) == (second, 1)
    assert till.double.retrieve(second)["metadata"] == {"userId": USER, "generation": "1"}


def _again(event: Json) -> Json:
    return event


def _as_another(event: Json) -> Json:
    return {**event, "id": "evt_another"}


@pytest.mark.parametrize("sent", [_again, _as_another])
def test_late_and_repeated_news_of_an_older_customer_change_nothing(
    till: Till, sent: Callable[[Json], Json]
) -> None:
    event = delete(till, ensure(till))
    till.handle(event)
    second = ensure(till)
    till.handle(sent(event))
    assert stored(till) == (second, 1)
    assert ensure(till) == second


def test_news_of_a_customer_before_it_was_stored(till: Till, store: Store) -> None:
    """The function died before its commit, and somebody deleted the customer meanwhile."""
    faulty = FaultyStore(store, Script(commit=[UNAVAILABLE] * 60))
    whole, till.database = till.database, Database(faulty, till.clock, sleep=lambda _: None)
    with pytest.raises(Contention):
        ensure(till)
    till.database = whole
    [customer] = till.double.objects("customer")
    assert till.handle(delete(till, customer["id"])).result == "processed"
    assert stored(till) is None
    # Stripe repeats the deleted customer to its key. Whoever uses it is told, and forgets it.
    gone = ensure(till)
    assert gone == customer["id"]
    assert till.database.run_transaction(lambda tx: service.forget(tx, gone, USER))
    assert ensure(till) != gone


def test_forgetting_while_others_ask(till: Till) -> None:
    """However they meet, there is one present customer, and it exists."""
    event = delete(till, ensure(till))
    calls: list[Callable[[], object]] = [lambda: ensure(till), lambda: till.handle(event)]
    answers = at_once(calls * 8)
    assert not [one for one in answers if isinstance(one, Exception)]
    present = ensure(till)
    [customer] = till.double.objects("customer")
    assert stored(till) == (present, 1) == (customer["id"], 1)


def test_a_customer_that_went_while_stripe_was_asked_is_not_kept(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another call keeps it, and it is deleted and forgotten, before this one hears of it."""
    create, asked = till.stripe.create_customer, list[str]()

    def slow(user_id: str, metadata: Any, *, idempotency_key: str) -> str:
        made = create(user_id, metadata, idempotency_key=idempotency_key)
        asked.append(made)
        if len(asked) == 1:
            ensure(till)
            till.handle(delete(till, made))
        return made

    monkeypatch.setattr(till.stripe, "create_customer", slow)
    present = ensure(till)
    assert present not in asked[:2]
    assert stored(till) == (present, 1)
    assert [one["id"] for one in till.double.objects("customer")] == [present]


@pytest.mark.parametrize("user_id", [None, "", "a/b", "__ada__"])
def test_a_customer_of_nobodys_is_not_our_business(till: Till, user_id: str | None) -> None:
    event = delete(till, till.operator.v1.customers.create({}).id)
    event["data"]["object"]["metadata"] = {} if user_id is None else {"userId": user_id}
    assert till.handle(event).result == "ignored"


def test_a_customer_that_claims_another_user(till: Till) -> None:
    present = ensure(till)
    made = till.operator.v1.customers.create({"metadata": {"userId": USER}})
    assert till.handle(delete(till, made.id)).result == "processed"
    assert stored(till) == (present, 0)


def test_an_event_without_a_customer_is_refused(till: Till) -> None:
    event = delete(till, ensure(till))
    event["data"]["object"]["id"] = "../users/ada"
    handled = till.handle(event)
    assert (handled.result, handled.reason) == ("refused", "unreadable")
