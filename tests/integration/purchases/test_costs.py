"""What buying costs, exactly: round trips, reads, writes, requests of Stripe."""

import contextlib
from collections.abc import Callable

import pytest

from firetill import operations
from firetill.errors import PaymentProviderUnavailable, Refusal
from firetill.purchases import service
from tests.costs import documented
from tests.integration.till import Till
from tests.metering import Meter, Usage

Case = Callable[[Till], Callable[[], object]]


def _intent(till: Till) -> Callable[[], object]:
    return till.intent


def _intent_again(till: Till) -> Callable[[], object]:
    till.intent()
    return till.intent


def _checkout(till: Till) -> Callable[[], object]:
    return till.checkout


def _checkout_again(till: Till) -> Callable[[], object]:
    till.checkout()
    return till.checkout


def _other_input(till: Till) -> Callable[[], object]:
    till.intent()
    return lambda: till.intent("starter")


def _unknown_pack(till: Till) -> Callable[[], object]:
    return lambda: till.intent("gold")


def _stripe_is_down(till: Till) -> Callable[[], object]:
    till.double.fault("lose_reply")
    return till.intent


def _stripe_fails(till: Till) -> Callable[[], object]:
    till.double.fault("refuse", status=500)
    return till.intent


def _after_a_crash(till: Till) -> Callable[[], object]:
    _crash(till)
    return till.intent


def _by_the_job(till: Till) -> Callable[[], object]:
    _crash(till)
    [found] = till.database.query(operations.pending(till.clock.instant, limit=1))
    return lambda: service.finish(till.database, till.stripe, found)


def _crash(till: Till) -> None:
    till.double.fault("lose_reply")
    with pytest.raises(PaymentProviderUnavailable):
        till.intent()


@pytest.mark.parametrize(
    ("prepare", "cost", "requests"),
    [
        (_intent, documented("prepare a payment"), 1),
        (_intent_again, documented("prepare a payment, repeated with its key"), 0),
        (_checkout, documented("open a Checkout Session"), 1),
        (_checkout_again, documented("open a Checkout Session, repeated with its key"), 0),
        (_other_input, documented("prepare a payment, key reused"), 0),
        (_unknown_pack, documented("prepare a payment, unknown pack"), 0),
        (_stripe_is_down, documented("prepare a payment, Stripe does not answer"), 1),
        (_stripe_fails, documented("prepare a payment, Stripe fails for good"), 1),
        (_after_a_crash, documented("prepare a payment after a crash"), 1),
        (_by_the_job, documented("finish a crashed purchase (job)"), 1),
    ],
)
def test_cost(prepare: Case, cost: Usage, requests: int, till: Till, metered: Meter) -> None:
    call = prepare(till)
    before = len(till.double.requests())
    with metered.measure() as used, contextlib.suppress(Refusal):
        call()
    assert used == cost
    assert len(till.double.requests()) - before == requests
