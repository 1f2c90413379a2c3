"""What a payment does to its order: what is due, and which units the money buys back."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.orders import rules, settlement_rules
from firetill.orders.model import Line, Order, OrderPayment, OrderStatus
from firetill.payments.model import Dispute, PaymentRefused
from tests.factories import NOON
from tests.unit.orders.builders import LATER, TERMS, line, order


def payment(**changes: Any) -> OrderPayment:
    made = rules.new_payment(TERMS, "pi_1", NOON)
    return msgspec.structs.replace(made, **changes)


def in_state(status: OrderStatus, **changes: Any) -> Order:
    return msgspec.structs.replace(order(), status=status, payment_intent_id="pi_1", **changes)


@pytest.mark.parametrize(
    ("known", "paid", "due"),
    [
        (in_state("pending"), payment(status="succeeded"), "hand_over"),
        (in_state("pending", expires_at=NOON - timedelta(days=1)), payment(status="succeeded"),
         "hand_over"),
        (in_state("expired"), payment(status="succeeded"), "hand_over_late"),
        (in_state("canceled"), payment(status="succeeded"), "hand_over_late"),
        (in_state("finalized", finalized_at=NOON), payment(status="succeeded"), "nothing"),
        (in_state("refunded", finalized_at=NOON), payment(status="succeeded"), "nothing"),
        (in_state("finalized", finalized_at=NOON),
         payment(status="succeeded", payment_intent_id="pi_2"), "give_back"),
        (in_state("refunded", finalized_at=NOON),
         payment(status="succeeded", payment_intent_id="pi_2"), "give_back"),
        (in_state("rejected"), payment(status="succeeded", payment_intent_id="pi_2"), "give_back"),
        (in_state("rejected"), payment(status="succeeded", given_back=True), "nothing"),
        (in_state("pending"), payment(status="canceled"), "cancel"),
        (in_state("pending"), payment(status="canceled", payment_intent_id="pi_2"), "nothing"),
        (in_state("expired"), payment(status="canceled"), "nothing"),
        (in_state("pending"), payment(status="processing"), "nothing"),
        (in_state("pending"), payment(status="payment_failed"), "nothing"),
        (in_state("pending"), payment(), "nothing"),
    ],
)  # fmt: skip
def test_what_is_due(known: Order, paid: OrderPayment, due: str) -> None:
    assert settlement_rules.due(known, paid) == due


@pytest.mark.parametrize("name", ["userId", "orderId", "operationId", "idempotencyKey"])
def test_metadata_that_somebody_edited(name: str) -> None:
    ours = rules.metadata(TERMS)
    settlement_rules.check_metadata(order(), {**ours, "more": "is no harm"})
    for wrong in ({**ours, name: "other"}, {key: ours[key] for key in ours if key != name}):
        with pytest.raises(PaymentRefused, match="bad_metadata"):
            settlement_rules.check_metadata(order(), wrong)


def test_handing_over_leaves_nothing_to_cancel_of_its_own_payment() -> None:
    ended = rules.ended(in_state("pending"), "expired", NOON)
    assert [due.action for due in ended.stripe_due] == ["cancel"]
    finalized, fulfillment = settlement_rules.handed_over(ended, [line()], payment(), LATER)
    assert (finalized.status, finalized.stripe_due) == ("finalized", [])
    assert (finalized.finalized_at, finalized.ended_at) == (LATER, None)
    assert fulfillment.payment_intent_id == "pi_1"


def test_another_payment_of_the_same_order_is_canceled() -> None:
    other = payment(payment_intent_id="pi_2")
    finalized, _ = settlement_rules.handed_over(in_state("pending"), [line()], other, LATER)
    assert finalized.payment_intent_id == "pi_2"
    assert [(one.action, one.payment_intent_id) for one in finalized.stripe_due] == [
        ("cancel", "pi_1")
    ]


def test_a_second_payment_leaves_the_order_as_it_is() -> None:
    known = in_state("finalized", finalized_at=NOON)
    kept, other = settlement_rules.rejected(known, payment(payment_intent_id="pi_2"), LATER)
    assert (kept.status, other.given_back) == ("finalized", True)
    assert [(one.action, one.payment_intent_id) for one in kept.stripe_due] == [("refund", "pi_2")]


def _bought(lines: list[Line], gone: int) -> list[int]:
    amount = sum(one.amount for one in lines)
    known = msgspec.structs.replace(order(*lines), amount=amount)
    return settlement_rules.bought_back(known, payment(amount=amount, amount_refunded=gone))


POSTER = {"kind": "product", "item_id": "poster", "unit_price": 1_500}


@pytest.mark.parametrize(
    ("gone", "counts"),
    [
        (0, [0, 0]),
        (1, [0, 0]),
        (2_499, [0, 0]),
        (2_500, [0, 1]),
        (7_499, [0, 2]),
        (7_500, [0, 3]),
        (8_999, [0, 3]),
        (9_000, [1, 3]),
        (99_000, [1, 3]),
    ],
)
def test_tickets_go_back_before_products(gone: int, counts: list[int]) -> None:
    lines = [line(1, **POSTER, amount=1_500), line(3)]
    assert _bought(lines, gone) == counts


def test_free_units_go_back_with_the_last_money_alone() -> None:
    lines = [line(2, unit_price=0, amount=0), line(2, item_id="other")]
    assert _bought(lines, 0) == [0, 0]
    assert _bought(lines, 2_499) == [0, 0]
    assert _bought(lines, 2_500) == [0, 1]
    assert _bought(lines, 4_999) == [0, 1]
    assert _bought(lines, 5_000) == [2, 2]


def test_money_that_a_dispute_took_counts_until_it_is_won() -> None:
    known = msgspec.structs.replace(order(line(2)), amount=5_000)
    for status, counts in (("inquiry", [0]), ("open", [1]), ("lost", [1]), ("won", [0])):
        dispute = msgspec.convert({"status": status, "amount": 2_500}, Dispute)
        disputed = payment(amount=5_000, disputes={"du_1": dispute})
        assert settlement_rules.bought_back(known, disputed) == counts


LINES = st.lists(
    st.builds(
        lambda kind, price, quantity: line(
            quantity, kind=kind, unit_price=price, amount=quantity * price
        ),
        st.sampled_from(["event", "product"]),
        st.integers(0, 5_000),
        st.integers(1, 6),
    ),
    min_size=1,
    max_size=5,
).filter(lambda lines: any(one.amount for one in lines))


@given(LINES, st.lists(st.integers(0, 200_000), min_size=2, max_size=5))
def test_more_money_never_buys_back_less(lines: list[Line], steps: list[int]) -> None:
    """So neither the steps that it went in matter, nor the order in which we hear of them."""
    counts = [_bought(lines, gone) for gone in sorted(steps)]
    for fewer, more in pairwise(counts):
        assert all(one <= other for one, other in zip(fewer, more, strict=True))


@given(LINES, st.integers(0, 200_000))
def test_money_buys_back_no_more_than_it_pays_for(lines: list[Line], gone: int) -> None:
    counts = _bought(lines, gone)
    amount = sum(one.amount for one in lines)
    value = sum(count * one.unit_price for count, one in zip(counts, lines, strict=True))
    assert value <= gone
    assert all(0 <= count <= one.quantity for count, one in zip(counts, lines, strict=True))
    if gone >= amount:
        assert counts == [one.quantity for one in lines]


def test_what_somebody_should_look_at() -> None:
    before, paid = in_state("expired"), payment(status="succeeded")
    refused, given_back = settlement_rules.rejected(before, paid, NOON)
    assert settlement_rules.alerts(before, refused, paid, given_back) == ("order_rejected",)
    assert settlement_rules.alerts(refused, refused, given_back, given_back) == ()
    final = in_state("finalized", finalized_at=NOON)
    kept, other = settlement_rules.rejected(final, paid, NOON)
    assert settlement_rules.alerts(final, kept, None, other) == ("order_paid_twice",)
    used = msgspec.structs.replace(final, used_refunded=1)
    assert settlement_rules.alerts(final, used, paid, paid) == ("used_tickets_refunded",)
    won = payment(disputes={"du_1": Dispute(status="won", amount=2_500)})
    returned = msgspec.structs.replace(final, lines=[line(bought_back=1)])
    assert settlement_rules.alerts(final, final, paid, won) == ()
    alerts = settlement_rules.alerts(returned, returned, paid, won)
    assert alerts == ("dispute_won_after_return",)
    assert settlement_rules.alerts(returned, returned, won, won) == ()
