"""Purchases in memory: facts in, the mirror and the wallet's share out."""

from collections.abc import Iterable

import msgspec

from firetill.ledger.model import Posting
from firetill.payments.model import Disputed, DisputeStatus, Fact, Paid, Refunded
from firetill.payments.rules import learn
from firetill.purchases import rules
from firetill.purchases.model import Purchase, Terms
from tests.factories import NOON

PAYMENT = "pi_1"
OPERATION = "0123456789abcdef0123456789abcdef"

SIGNS = {"credits_purchase": 1, "credits_clawback": -1, "credits_reinstate": 1}


def terms(*, credits: int = 1_000, amount: int = 999) -> Terms:  # noqa: A002 - the field's name
    return Terms(
        user_id="ada",
        pack_id="standard",
        credits=credits,
        amount=amount,
        currency="usd",
        title="1,000 credits",
        idempotency_key="buy-1",
    )


def purchase(*, credits: int = 1_000, amount: int = 999) -> Purchase:  # noqa: A002 - the field's name
    return rules.new_purchase(
        terms(credits=credits, amount=amount),
        payment_intent_id=PAYMENT,
        operation_id=OPERATION,
        now=NOON,
    )


def paid(amount: int = 999) -> Paid:
    return Paid(amount=amount, currency="usd")


def refunded(amount: int) -> Refunded:
    return Refunded(amount=amount, currency="usd")


def disputed(status: DisputeStatus, amount: int = 999, dispute_id: str = "du_1") -> Disputed:
    return Disputed(dispute_id=dispute_id, status=status, amount=amount, currency="usd")


def step(before: Purchase, fact: Fact) -> tuple[Purchase, list[Posting]]:
    return rules.due(learn(before, fact))


def moved(postings: Iterable[Posting]) -> int:
    """What postings add to the free credits."""
    return sum(SIGNS[posting.kind] * posting.amount for posting in postings)


def told(facts: Iterable[Fact], start: Purchase | None = None) -> tuple[Purchase, list[Posting]]:
    """A purchase after facts in their order, and all that was posted."""
    state, posted = start or purchase(), []
    for fact in facts:
        state, postings = step(state, fact)
        posted += postings
    return state, posted


def essence(state: Purchase) -> Purchase:
    """The purchase but for how many steps led to it."""
    return msgspec.structs.replace(state, adjustments=0)
