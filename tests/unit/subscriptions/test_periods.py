"""The credits of paid periods: once, at most the best tier's, and back with the money."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.ledger.model import Posting
from firetill.payments.model import Disputed, Fact, Refunded
from firetill.payments.rules import learn as learn_fact
from firetill.subscriptions import periods
from firetill.subscriptions.facts import StripeInvoice
from firetill.subscriptions.model import InvoicePayment, Subscription
from firetill.subscriptions.periods import Offer
from tests.factories import NOON
from tests.unit.subscriptions.builders import END, MONTH, OFFERS, invoice, known

SIGNS = {"credits_grant": 1, "credits_clawback": -1, "credits_reinstate": 1}


@dataclass
class Books:
    """A subscription, its payments, and all that was posted."""

    subscription: Subscription
    payments: dict[str, InvoicePayment]
    posted: list[Posting]

    @property
    def credits(self) -> int:
        return sum(SIGNS[one.kind] * one.amount for one in self.posted)

    def paid(self, bill: StripeInvoice, offers: Mapping[str, Offer] = OFFERS) -> None:
        self._post(periods.learn_invoice(self.subscription, bill, offers))
        if bill.payment_intent_id and bill.payment_intent_id not in self.payments:
            self.payments[bill.payment_intent_id] = periods.new_payment(
                self.subscription, bill, bill.payment_intent_id, NOON
            )

    def told(self, payment_intent_id: str, fact: Fact) -> None:
        payment = learn_fact(self.payments[payment_intent_id], fact)
        self.payments[payment_intent_id] = payment
        self._post(periods.learn_payment(self.subscription, payment))

    def _post(self, learned: tuple[Subscription, list[Posting]]) -> None:
        self.subscription = learned[0]
        self.posted += learned[1]


@pytest.fixture
def books() -> Books:
    return Books(known(), {}, [])


UPGRADE = invoice("in_2", ("plus", -999), ("pro", 1_999), paid_by="pi_2")
FIRST = invoice("in_1", ("plus", 999), paid_by="pi_1")


def refunded(amount: int) -> Refunded:
    return Refunded(amount=amount, currency="usd")


def test_an_invoice_brings_its_tiers_credits_once(books: Books) -> None:
    books.paid(invoice())
    books.paid(invoice())
    assert [(one.kind, one.amount, one.cause) for one in books.posted] == [
        ("credits_grant", 1_500, ("invoice", "in_1"))
    ]


def test_an_upgrade_brings_the_difference(books: Books) -> None:
    books.paid(FIRST)
    books.paid(UPGRADE)
    assert [one.amount for one in books.posted] == [500, 1_000]


def test_an_upgrade_at_the_end_of_a_period_brings_as_little_as_it_costs(books: Books) -> None:
    books.paid(FIRST)
    books.paid(invoice("in_2", ("plus", -10), ("pro", 20), paid_by=None))
    assert [one.amount for one in books.posted] == [500, 1_500 * 20 // 1_999 - 5]


def test_an_upgrade_that_is_learned_first(books: Books) -> None:
    books.paid(UPGRADE)
    books.paid(FIRST)
    assert [one.amount for one in books.posted] == [1_000, 500]


def test_up_and_down_and_up_again_brings_no_more_than_the_best_tier(books: Books) -> None:
    books.paid(FIRST)
    for number in range(2, 6):
        bill = invoice(f"in_{number}", ("plus", -999), ("pro", 1_999), paid_by=f"pi_{number}")
        books.paid(bill)
    assert books.credits == 1_500


def test_a_trial_brings_nothing(books: Books) -> None:
    books.paid(invoice("in_1", ("plus", 0), paid_by=None))
    assert (books.posted, books.subscription.periods) == ([], {})


def test_what_is_credited_alone_brings_nothing(books: Books) -> None:
    books.paid(invoice("in_1", ("pro", -700), ("plus", 300), paid_by=None))
    assert books.credits == 0


def test_a_price_of_no_tier_brings_nothing(books: Books) -> None:
    books.paid(invoice(), {"price_pro": Offer(None, 1_999)})
    assert books.posted == []


def test_each_period_brings_its_own(books: Books) -> None:
    for month in range(3):
        books.paid(invoice(f"in_{month}", end=END + month * MONTH, paid_by=f"pi_{month}"))
    assert books.credits == 4_500


def test_credits_leave_in_proportion_and_come_back(books: Books) -> None:
    books.paid(invoice())
    books.told("pi_1", refunded(1_000))
    assert books.credits == 1_500 - 1_500 * 1_000 // 1_999
    won = Disputed(dispute_id="du_1", status="open", amount=999, currency="usd")
    books.told("pi_1", won)
    assert books.credits == 0
    books.told("pi_1", msgspec.structs.replace(won, status="won"))
    assert books.credits == 1_500 - 1_500 * 1_000 // 1_999
    assert [one.kind for one in books.posted] == [
        "credits_grant",
        "credits_clawback",
        "credits_clawback",
        "credits_reinstate",
    ]
    assert len({one.cause for one in books.posted}) == 4


def test_a_refund_of_an_upgrade_leaves_the_first_invoices_credits(books: Books) -> None:
    books.paid(FIRST)
    books.paid(UPGRADE)
    books.told("pi_2", refunded(1_000))
    assert books.credits == 500


@given(st.data())
def test_no_order_of_invoices_and_refunds_makes_a_difference(data: st.DataObject) -> None:
    """Each refund comes somewhere behind its invoice; all else comes in any order."""
    tier = st.sampled_from(["plus", "pro"])
    bills = []
    for number in range(data.draw(st.integers(1, 4))):
        lines = [(data.draw(tier), data.draw(st.integers(200, 2_000)))]
        if data.draw(st.booleans()):
            lines.append((data.draw(tier), -data.draw(st.integers(1, 100))))
        bills.append(invoice(f"in_{number}", *lines, paid_by=f"pi_{number}"))
    backs = {
        bill.payment_intent_id or "": data.draw(st.integers(0, bill.amount_paid)) for bill in bills
    }
    ends = []
    for _ in range(2):
        books = Books(known(), {}, [])
        for bill in data.draw(st.permutations(bills)):
            books.paid(bill)
            if data.draw(st.booleans()):
                books.paid(bill)
            for payment in data.draw(st.permutations(sorted(books.payments))):
                if data.draw(st.booleans()):
                    books.told(payment, refunded(data.draw(st.integers(0, backs[payment]))))
        for payment in data.draw(st.permutations(sorted(books.payments))):
            books.told(payment, refunded(backs[payment]))
        granted = sum(one.granted for one in books.subscription.periods.values())
        assert books.credits == granted
        assert 0 <= granted <= 1_500
        assert all(one.amount > 0 for one in books.posted)
        causes = [(one.kind, one.cause) for one in books.posted]
        assert len(causes) == len(set(causes))
        ends.append(msgspec.structs.replace(books.subscription, adjustments=0))
    assert ends[0] == ends[1]
