"""What the wallet is due: credits once, claw-backs in proportion, and never twice."""

import dataclasses
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill import catalog
from firetill.payments.model import (
    Disputed,
    DisputeStatus,
    Fact,
    Paid,
    PaymentRefused,
    PaymentStatus,
    Progress,
    Refunded,
)
from firetill.payments.rules import learn
from firetill.purchases import rules
from tests.unit.purchases.builders import (
    OPERATION,
    PAYMENT,
    disputed,
    moved,
    paid,
    purchase,
    refunded,
    step,
    terms,
    told,
)

STATUSES: list[PaymentStatus] = ["processing", "payment_failed", "canceled"]
DISPUTE_STATUSES: list[DisputeStatus] = ["inquiry", "open", "won", "lost"]


@dataclasses.dataclass(frozen=True)
class Tale:
    """A purchase of any price, and facts about it in any order."""

    credits: int
    amount: int
    facts: list[Fact]


@st.composite
def tales(draw: st.DrawFn) -> Tale:
    amount, bought = draw(st.integers(1, 10_000)), draw(st.integers(1, 20_000))
    part = st.integers(0, amount)
    fact: st.SearchStrategy[Fact] = st.one_of(
        st.just(Paid(amount=amount, currency="usd")),
        st.builds(Progress, status=st.sampled_from(STATUSES)),
        st.builds(Refunded, amount=part, currency=st.just("usd")),
        st.builds(
            Disputed,
            dispute_id=st.sampled_from(["du_1", "du_2"]),
            status=st.sampled_from(DISPUTE_STATUSES),
            amount=st.integers(0, 2 * amount),
            currency=st.just("usd"),
        ),
    )
    return Tale(bought, amount, draw(st.lists(fact, max_size=12)))


@given(tales())
def test_nothing_is_taken_or_given_twice(tale: Tale) -> None:
    state = purchase(credits=tale.credits, amount=tale.amount)
    balance, causes, was_paid = 0, [], False
    for fact in tale.facts:
        state, postings = step(state, fact)
        balance += moved(postings)
        causes += [(posting.kind, posting.cause) for posting in postings]
        was_paid = was_paid or isinstance(fact, Paid)
        assert all(posting.amount > 0 for posting in postings)
        assert 0 <= state.credits_clawed_back <= state.credits
        assert balance == (state.credits - state.credits_clawed_back if was_paid else 0)
        assert state.credited == was_paid
        again, nothing = step(state, fact)
        assert (again, nothing) == (state, [])
    assert len(causes) == len(set(causes))
    assert sum(kind == "credits_purchase" for kind, _ in causes) == was_paid


@given(st.integers(1, 10_000), st.integers(1, 20_000), st.data())
def test_credits_leave_in_proportion(amount: int, bought: int, data: st.DataObject) -> None:
    back = data.draw(st.integers(0, amount))
    facts: list[Fact] = [Paid(amount=amount, currency="usd"), refunded(back)]
    _, posted = told(facts, purchase(credits=bought, amount=amount))
    left = moved(posted)
    share = bought * (amount - back) / amount
    assert left in {floor(share), ceil(share)}
    assert (left == 0) == (back == amount)


@given(st.integers(1, 10_000), st.integers(1, 20_000), st.data())
def test_a_dispute_that_is_won_gives_back_what_it_took(
    amount: int, bought: int, data: st.DataObject
) -> None:
    start = purchase(credits=bought, amount=amount)
    back = data.draw(st.integers(0, amount))
    at_stake = data.draw(st.integers(0, 2 * amount))
    before, posted = told([Paid(amount=amount, currency="usd"), refunded(back)], start)
    after, swing = told([disputed("open", at_stake), disputed("won", at_stake)], before)
    assert moved(swing) == 0
    assert after.credits_clawed_back == before.credits_clawed_back
    _, late = told([disputed("open", at_stake), disputed("won", at_stake)], after)
    assert late == []
    assert moved(posted) == bought - before.credits_clawed_back


@pytest.mark.parametrize("pack", catalog.PACKS.values(), ids=lambda pack: pack.pack_id)
def test_a_full_refund_takes_every_credit_of_a_pack(pack: catalog.Pack) -> None:
    start = purchase(credits=pack.credits, amount=pack.amount)
    for first in range(0, pack.amount + 1, 7):
        steps: list[Fact] = [paid(pack.amount), refunded(first), refunded(pack.amount)]
        state, posted = told(steps, start)
        assert moved(posted) == 0
        assert state.credits_clawed_back == pack.credits


def test_a_posting_says_what_caused_it() -> None:
    _, posted = told([paid(), disputed("open"), disputed("won"), refunded(333)])
    assert [(one.kind, one.amount, one.cause) for one in posted] == [
        ("credits_purchase", 1_000, ("payment_intent", PAYMENT, "paid")),
        ("credits_clawback", 1_000, ("payment_intent", PAYMENT, "adjustment:1")),
        ("credits_reinstate", 1_000, ("payment_intent", PAYMENT, "adjustment:2")),
        ("credits_clawback", 333, ("payment_intent", PAYMENT, "adjustment:3")),
    ]
    assert {one.idempotency_key for one in posted} == {"buy-1"}
    assert all(one.metadata == {"paymentIntentId": PAYMENT, "packId": "standard"} for one in posted)


@pytest.mark.parametrize(
    "fact",
    [
        paid(998),
        paid(1_000),
        paid(0),
        Paid(amount=999, currency="eur"),
        Paid(amount=999, currency="USD"),
        Paid(amount=999, currency=""),
        refunded(1_000),
        refunded(-1),
        Refunded(amount=999, currency="eur"),
        Disputed(dispute_id="du_1", status="lost", amount=999, currency="eur"),
    ],
)
def test_other_money_than_the_purchases_is_refused(fact: Fact) -> None:
    with pytest.raises(PaymentRefused) as refused:
        learn(purchase(), fact)
    assert refused.value.reason == "amount_mismatch"


def test_a_dispute_may_exceed_the_price_and_takes_no_more_than_the_credits() -> None:
    _, posted = told([paid(), disputed("lost", 1_040)])
    assert moved(posted) == 0


def test_metadata_points_at_the_record_and_says_all_that_is_due() -> None:
    given_out = rules.metadata(terms(), OPERATION)
    assert given_out == {
        "userId": "ada",
        "packId": "standard",
        "creditsAmount": "1000",
        "idempotencyKey": "buy-1",
        "operationId": OPERATION,
    }
    rules.check_metadata(terms(), OPERATION, {**given_out, "more": "is harmless"})


@pytest.mark.parametrize("name", ["userId", "packId", "creditsAmount", "idempotencyKey"])
@pytest.mark.parametrize("value", [None, "", "1000 ", "1e3", "ADA", "starter", "9999"])
def test_metadata_that_says_anything_else_is_refused(name: str, value: str | None) -> None:
    found = rules.metadata(terms(), OPERATION)
    if value is None:
        del found[name]
    else:
        found[name] = value
    with pytest.raises(PaymentRefused) as refused:
        rules.check_metadata(terms(), OPERATION, found)
    assert refused.value.reason == "bad_metadata"
