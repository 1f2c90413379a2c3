"""What a subscription confers, and what it takes to have one."""

from datetime import timedelta
from typing import Any

import pytest

from firetill import catalog
from firetill.errors import AlreadySubscribed, PaymentNotSucceeded
from firetill.subscriptions import rules
from firetill.subscriptions.facts import Price
from firetill.subscriptions.model import Period, Standing, Subscription
from firetill.subscriptions.periods import period_key
from tests.factories import NOON
from tests.unit.subscriptions.builders import CUSTOMER, END, MONTH, PRICES, known, state

PLUS, PRO = catalog.TIERS["plus"], catalog.TIERS["pro"]
PAID_PRO = {period_key(END): Period(tier="pro", most=1_500, granted=1_500, shares={})}
PAID_BEFORE = {period_key(END - MONTH): Period(tier="pro", most=1_500, granted=1_500, shares={})}


@pytest.mark.parametrize(
    ("lookup_key", "said", "tier"),
    [
        ("firetill_plus_monthly", None, "plus"),
        ("firetill_pro_monthly", None, "pro"),
        ("firetill_pro_monthly", "plus", "plus"),
        ("firetill_pro_monthly", "gold", "pro"),
        (None, "pro", "pro"),
        (None, None, None),
        ("another", None, None),
        (None, "gold", None),
    ],
)
def test_the_tier_of_a_price(lookup_key: str | None, said: str | None, tier: str | None) -> None:
    price = Price(price_id="p", amount=1, currency="usd", lookup_key=lookup_key, tier=said)
    assert rules.tier_of(price) == tier


def test_a_price_that_lost_its_key_keeps_its_tier() -> None:
    before = known("pro")
    nameless = Price(price_id="price_pro", amount=1_999, currency="usd")
    assert rules.learn(before, state(price=nameless), NOON).tier == "pro"
    other = Price(price_id="price_other", amount=1_999, currency="usd")
    assert rules.learn(before, state(price=other), NOON).tier is None


@pytest.mark.parametrize(
    ("status", "confers"),
    [
        ("trialing", "pro"),
        ("active", "pro"),
        ("incomplete", "free"),
        ("unpaid", "free"),
        ("paused", "free"),
        ("something_new", "free"),
        ("canceled", None),
        ("incomplete_expired", None),
    ],
)
def test_what_each_status_confers(status: str, confers: str | None) -> None:
    found = rules.standing(known("pro", status), NOON)
    expected = confers and Standing(tier=confers, customer_id=CUSTOMER)
    assert found == expected


def test_grace_is_counted_from_the_start_of_the_unpaid_period() -> None:
    late = known("pro", "past_due")
    assert late.grace_until == NOON + timedelta(days=7)
    inside = rules.standing(late, NOON + timedelta(days=7) - timedelta(seconds=1))
    assert inside == Standing(tier="pro", customer_id=CUSTOMER, until=late.grace_until)
    outside = rules.standing(late, NOON + timedelta(days=7))
    assert outside == Standing(tier="free", customer_id=CUSTOMER)


@pytest.mark.parametrize("days", [0, 3, 7, 20])
def test_the_grace_is_the_same_whenever_it_is_learned(days: int) -> None:
    now = NOON + timedelta(days=days)
    late = rules.learn(known(), state(status="past_due"), now)
    assert late.grace_until == NOON + timedelta(days=7)
    assert late.grace_due_at == (late.grace_until if days < 7 else None)


def test_a_better_tier_that_was_paid_for_lasts_its_period() -> None:
    standing = rules.standing(known("plus", periods=PAID_PRO), NOON)
    assert standing is not None
    assert standing.tier == "pro"
    earlier = rules.standing(known("plus", periods=PAID_BEFORE), NOON)
    assert earlier is not None
    assert earlier.tier == "plus"


def test_the_best_standing_counts_until_it_ends() -> None:
    plus = Standing(tier="plus", customer_id=CUSTOMER)
    pro = Standing(tier="pro", customer_id=CUSTOMER, until=NOON)
    assert rules.effective([], NOON) == "free"
    assert rules.effective([plus, pro], NOON - timedelta(seconds=1)) == "pro"
    assert rules.effective([plus, pro], NOON) == "plus"
    assert rules.effective([Standing(tier="gone", customer_id=CUSTOMER)], NOON) == "free"


CASES: list[tuple[catalog.Tier, list[Subscription], dict[str, Any]]] = [
    (PRO, [], {"step": "create", "trial_days": 0}),
    (PLUS, [], {"step": "create", "trial_days": 7}),
    (PRO, [known("pro", "incomplete")], {"step": "create", "abandoned": ("sub_1",)}),
    (PRO, [known("pro", "unpaid")], {"step": "create", "abandoned": ("sub_1",)}),
    (PRO, [known("plus")], {"step": "upgrade", "ends_trial": False}),
    (PRO, [known("plus", "trialing")], {"step": "upgrade", "ends_trial": True}),
    (PLUS, [known("pro")], {"step": "downgrade"}),
    (PRO, [known("plus", periods=PAID_PRO)], {"step": "downgrade"}),
    (PRO, [known("plus", periods=PAID_BEFORE)], {"step": "upgrade"}),
    (PRO, [known("pro", cancel_at_period_end=True)], {"step": "resume"}),
    (PLUS, [known("pro", cancel_at_period_end=True)], {"step": "downgrade"}),
    (PRO, [known("plus"), known("plus", "incomplete")], {"step": "upgrade", "abandoned": ()}),
]


@pytest.mark.parametrize(("target", "has", "expected"), CASES)
def test_what_it_takes(
    target: catalog.Tier, has: list[Subscription], expected: dict[str, Any]
) -> None:
    plan = rules.plan(target, has, trial_used=False)
    assert {name: getattr(plan, name) for name in expected} == expected


def test_there_is_one_trial() -> None:
    assert rules.plan(PLUS, [], trial_used=True).trial_days == 0


def test_what_one_has_already() -> None:
    with pytest.raises(AlreadySubscribed):
        rules.plan(PRO, [known("pro")], trial_used=False)
    with pytest.raises(AlreadySubscribed):
        rules.plan(PRO, [known("plus"), known("pro")], trial_used=False)


def test_a_renewal_is_paid_before_anything_changes() -> None:
    with pytest.raises(PaymentNotSucceeded):
        rules.plan(PRO, [known("plus", "past_due")], trial_used=False)
    with pytest.raises(PaymentNotSucceeded):
        rules.plan(PLUS, [known("pro", "past_due")], trial_used=False)


def test_every_tier_that_is_sold_has_a_price() -> None:
    assert set(PRICES) == {"price_plus", "price_pro"}
