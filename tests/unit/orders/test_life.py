"""How an order that is not paid ends, and what Stripe is then to be asked for."""

from datetime import timedelta

import msgspec
import pytest

from firetill.orders import rules
from firetill.orders.model import OrderStatus, StripeDue
from tests.factories import NOON
from tests.unit.orders.builders import LATER, order


def test_an_order_that_ends_before_its_payment_owes_stripe_nothing() -> None:
    ended = rules.ended(order(), "expired", LATER)
    assert (ended.status, ended.ended_at, ended.stripe_due) == ("expired", LATER, [])
    assert ended.stripe_due_since is None


def test_the_payment_of_an_order_that_ends_is_canceled() -> None:
    ended = rules.ended(rules.prepared(order(), "pi_1", NOON), "canceled", LATER)
    assert ended.stripe_due == [StripeDue(action="cancel", payment_intent_id="pi_1")]
    assert ended.stripe_due_since == LATER


@pytest.mark.parametrize("status", ["expired", "canceled", "rejected"])
def test_a_payment_that_comes_too_late_revives_nothing(status: OrderStatus) -> None:
    ended = rules.ended(order(), status, NOON)
    late = rules.prepared(ended, "pi_1", LATER)
    assert (late.status, late.payment_intent_id) == (status, None)
    assert rules.is_to_be_canceled(late, "pi_1")


def test_a_payment_that_a_webhook_knew_before_is_left_alone() -> None:
    paid = msgspec.structs.replace(order(), status="finalized", payment_intent_id="pi_1")
    assert rules.prepared(paid, "pi_1", LATER) == paid
    assert not rules.is_to_be_canceled(paid, "pi_1")


def test_the_payment_that_an_order_was_finalized_by_stays() -> None:
    paid = msgspec.structs.replace(order(), status="finalized", payment_intent_id="pi_1")
    other = rules.prepared(paid, "pi_2", LATER)
    assert (other.status, other.payment_intent_id) == ("finalized", "pi_1")
    assert rules.is_to_be_canceled(other, "pi_2")


def test_what_is_due_is_due_once_and_since_the_first() -> None:
    due = rules.with_due(order(), "cancel", "pi_1", NOON)
    assert rules.with_due(due, "cancel", "pi_1", LATER) == due
    both = rules.with_due(due, "refund", "pi_2", LATER)
    assert (len(both.stripe_due), both.stripe_due_since) == (2, NOON)
    one = rules.without_due(both, both.stripe_due[0])
    assert (one.stripe_due[0].action, one.stripe_due_since) == ("refund", NOON)
    none = rules.without_due(one, one.stripe_due[0])
    assert (none.stripe_due, none.stripe_due_since) == ([], None)


def test_a_payment_to_be_given_back_is_not_canceled_as_well() -> None:
    due = rules.with_due(order(), "cancel", "pi_1", NOON)
    assert [one.action for one in rules.with_due(due, "refund", "pi_1", LATER).stripe_due] == [
        "refund"
    ]


def test_another_try_has_another_number() -> None:
    due = rules.with_due(order(), "cancel", "pi_1", NOON)
    again = rules.tried_again(due, due.stripe_due[0])
    assert again.stripe_due[0].attempt == 1
    assert rules.tried_again(again, due.stripe_due[0]) == again  # somebody else has moved it on
    assert rules.without_due(again, due.stripe_due[0]).stripe_due == []


def test_an_order_holds_for_a_quarter_of_an_hour() -> None:
    assert order().expires_at - NOON == timedelta(minutes=15)
