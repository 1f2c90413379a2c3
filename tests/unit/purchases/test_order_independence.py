"""Every order of every flow, each fact also twice at any later place, ends in one state."""

from collections.abc import Callable, Iterator, Mapping
from math import factorial
from typing import TypeVar

import pytest

from firetill.payments.model import CheckoutFact, CheckoutStatus, Fact, PaymentStatus, Progress
from firetill.purchases import rules
from firetill.purchases.model import Purchase
from tests.factories import NOON
from tests.unit.purchases.builders import (
    OPERATION,
    disputed,
    essence,
    moved,
    paid,
    purchase,
    refunded,
    step,
    terms,
    told,
)

S = TypeVar("S")
F = TypeVar("F")


def progress(status: PaymentStatus) -> Progress:
    return Progress(status=status)


CREATED = progress("requires_payment_method")
PROCESSING = progress("processing")
FAILED = progress("payment_failed")
CANCELED = progress("canceled")
PAID = paid()

FLOWS: Mapping[str, tuple[list[Fact], PaymentStatus, int]] = {
    "paid": ([PAID], "succeeded", 1_000),
    "paid by bank": ([PROCESSING, PAID], "succeeded", 1_000),
    "paid at the third try": ([FAILED, FAILED, PROCESSING, PAID], "succeeded", 1_000),
    "never paid": ([PROCESSING, FAILED, FAILED], "payment_failed", 0),
    "canceled": ([PROCESSING, FAILED, CANCELED], "canceled", 0),
    "canceled too late": ([CANCELED, PROCESSING, PAID], "succeeded", 1_000),
    "refunded in parts": (
        [PROCESSING, PAID, refunded(100), refunded(500), refunded(999)],
        "succeeded",
        0,
    ),
    "refunded in part": ([FAILED, PAID, refunded(100), refunded(333)], "succeeded", 667),
    "dispute won": ([PROCESSING, PAID, disputed("open"), disputed("won")], "succeeded", 1_000),
    "dispute lost": ([PROCESSING, PAID, disputed("open"), disputed("lost")], "succeeded", 0),
    "inquiry only": ([PAID, disputed("inquiry"), disputed("inquiry")], "succeeded", 1_000),
    "inquiry, then dispute lost": (
        [PROCESSING, PAID, disputed("inquiry"), disputed("open"), disputed("lost")],
        "succeeded",
        0,
    ),
    "refund and dispute, lost": (
        [
            PROCESSING,
            PAID,
            refunded(333),
            refunded(500),
            disputed("open", 300),
            disputed("lost", 300),
        ],
        "succeeded",
        200,
    ),
    "refund and dispute, won": (
        [FAILED, PAID, refunded(333), disputed("open", 666), disputed("won", 666)],
        "succeeded",
        667,
    ),
    "refunded in full and lost in full": (
        [CREATED, PROCESSING, PAID, refunded(999), disputed("open"), disputed("lost")],
        "succeeded",
        0,
    ),
    "two disputes, one won": (
        [
            PAID,
            disputed("open", 500, "du_1"),
            disputed("won", 500, "du_1"),
            disputed("open", 499, "du_2"),
            disputed("lost", 499, "du_2"),
        ],
        "succeeded",
        501,
    ),
}


def ends(facts: list[F], start: S, then: Callable[[S, F], S]) -> Iterator[S]:
    """Yield the state after every order of the facts, and every order with one of them twice.

    Orders share what they have in common, so each beginning is played once.
    """
    doubled = [None, *range(len(facts))]

    def play(state: S, left: tuple[int, ...]) -> Iterator[S]:
        if not any(left):
            yield state
        for index, times in enumerate(left):
            if times:
                rest = (*left[:index], times - 1, *left[index + 1 :])
                yield from play(then(state, facts[index]), rest)

    for twice in doubled:
        yield from play(start, tuple(2 if index == twice else 1 for index in range(len(facts))))


def orders(count: int) -> int:
    """How many orders `ends` plays."""
    return factorial(count) + count * factorial(count + 1) // 2


@pytest.mark.parametrize("flow", FLOWS)
def test_every_order_ends_in_one_state(flow: str) -> None:
    facts, status, credits_left = FLOWS[flow]

    def then(state: tuple[Purchase, int], fact: Fact) -> tuple[Purchase, int]:
        after, postings = step(state[0], fact)
        return after, state[1] + moved(postings)

    end = essence(told(facts)[0])
    played = 0
    for state, balance in ends(facts, (purchase(), 0), then):
        played += 1
        assert (state.status, balance) == (status, credits_left)
        assert essence(state) == end
    assert played == orders(len(facts))


CHECKOUTS: Mapping[str, tuple[list[CheckoutStatus], CheckoutStatus]] = {
    "paid": (["complete"], "complete"),
    "paid by bank": (["processing", "complete"], "complete"),
    "bank declined": (["processing", "payment_failed"], "payment_failed"),
    "left": (["expired"], "expired"),
    "everything": (
        ["open", "processing", "payment_failed", "expired", "complete"],
        "complete",
    ),
}


@pytest.mark.parametrize("flow", CHECKOUTS)
def test_every_order_of_a_checkout_ends_in_one_state(flow: str) -> None:
    statuses, last = CHECKOUTS[flow]
    start = rules.new_checkout(
        terms(), checkout_session_id="cs_1", operation_id=OPERATION, now=NOON
    )
    facts = [
        (CheckoutFact(checkout_session_id="cs_1", status=status), None if index else "pi_1")
        for index, status in enumerate(statuses)
    ]
    final = list(ends(facts, start, lambda state, fact: rules.learn_checkout(state, *fact)))
    assert len(final) == orders(len(facts))
    assert {(state.status, state.payment_intent_id) for state in final} == {(last, "pi_1")}


@pytest.mark.parametrize("flow", ["paid by bank", "paid at the third try", "dispute won"])
def test_without_ranks_orders_disagree(flow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a rule that lets statuses fall back."""
    monkeypatch.setattr("firetill.payments.rules.higher", lambda _rank, _known, new: new)
    with pytest.raises(AssertionError):
        test_every_order_ends_in_one_state(flow)
