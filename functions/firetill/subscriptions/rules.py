"""What a subscription confers, and what it takes to have one. Pure.

Events come twice, late and shuffled. So nothing here depends on their order: what counts follows
from how things stand at Stripe, and from which invoices were paid.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from firetill.catalog import FREE, TIERS, Tier
from firetill.errors import AlreadySubscribed, PaymentNotSucceeded
from firetill.subscriptions.facts import Price, StripeSubscription
from firetill.subscriptions.model import Standing, Step, Subscription, Terms
from firetill.subscriptions.periods import period_key

GRACE: Final = timedelta(days=7)
"""How long a tier stays when its renewal was not paid, from the start of the unpaid period."""

ENDED: Final = frozenset({"canceled", "incomplete_expired"})
LIVE: Final = frozenset({"trialing", "active", "past_due"})
_RANKS: Final[Mapping[str, int]] = {tier_id: rank for rank, tier_id in enumerate(TIERS)}


class Plan(NamedTuple):
    """How a user comes by a tier."""

    step: Step
    subscription: Subscription | None = None
    trial_days: int = 0
    ends_trial: bool = False
    abandoned: tuple[str, ...] = ()


def tier_of(price: Price) -> str | None:
    """Return the tier that a price is for: as its metadata says, else as its lookup key does.

    A lookup key moves on when the price changes; the metadata of the old price stay.
    """
    if price.tier in TIERS:
        return price.tier
    keys = {tier.price_lookup_key: tier.tier_id for tier in TIERS.values()}
    return keys.get(price.lookup_key) if price.lookup_key else None


def better(one: str | None, other: str | None) -> str:
    """Return the better of two tiers; None and what is no longer sold count as the free one."""
    return max(one or FREE.tier_id, other or FREE.tier_id, key=_rank)


def metadata(terms: Terms, operation_id: str) -> dict[str, str]:
    """Return what Stripe keeps with a subscription, to find our record again."""
    return {"userId": terms.user_id, "tier": terms.tier, "operationId": operation_id}


def new_subscription(
    state: StripeSubscription, *, user_id: str, operation_id: str, now: datetime
) -> Subscription:
    """Return the mirror of a subscription that was not known before; nothing of it is learned."""
    return Subscription(
        subscription_id=state.subscription_id,
        user_id=user_id,
        customer_id=state.customer_id,
        status=state.status,
        tier=None,
        price_id=state.price.price_id,
        item_id=state.item_id,
        current_period_start=state.current_period_start,
        current_period_end=state.current_period_end,
        cancel_at_period_end=state.cancel_at_period_end,
        operation_id=operation_id,
        created_at=now,
        updated_at=now,
    )


def learn(known: Subscription, state: StripeSubscription, now: datetime) -> Subscription:
    """Return the mirror as Stripe says that things stand.

    A price that has lost its lookup key to a newer one keeps the tier that it had.
    """
    same_price = known.price_id == state.price.price_id
    grace = state.current_period_start + GRACE if state.status == "past_due" else None
    return msgspec.structs.replace(
        known,
        status=state.status,
        tier=tier_of(state.price) or (known.tier if same_price else None),
        price_id=state.price.price_id,
        item_id=state.item_id,
        current_period_start=state.current_period_start,
        current_period_end=state.current_period_end,
        cancel_at_period_end=state.cancel_at_period_end,
        trial_end=state.trial_end,
        grace_until=grace,
        grace_due_at=grace if grace and now < grace else None,
        revision=known.revision + 1,
        updated_at=now,
    )


def ended(known: Subscription, now: datetime) -> Subscription:
    """Return the mirror of a subscription whose customer is gone."""
    return msgspec.structs.replace(
        known,
        status="canceled",
        grace_until=None,
        grace_due_at=None,
        revision=known.revision + 1,
        updated_at=now,
    )


def standing(subscription: Subscription, now: datetime) -> Standing | None:
    """Return what a subscription confers now; None for one that has ended.

    On trial and while it is paid, its tier, or a better one that was paid for this period. While a
    renewal is unpaid, its tier until the grace ends. Until it is first paid, nothing.
    """
    if subscription.status in ENDED:
        return None
    tier, until = FREE.tier_id, None
    if subscription.status in {"trialing", "active"}:
        tier = better(subscription.tier, _paid_tier(subscription))
    elif subscription.grace_until and now < subscription.grace_until:
        tier, until = subscription.tier or tier, subscription.grace_until
    return Standing(tier=tier, customer_id=subscription.customer_id, until=until)


def effective(standings: Iterable[Standing], now: datetime) -> str:
    """Return the best tier that a user's subscriptions confer now."""
    best = FREE.tier_id
    for one in standings:
        if one.until is None or now < one.until:
            best = better(best, one.tier)
    return best


def plan(target: Tier, known: Sequence[Subscription], *, trial_used: bool) -> Plan:
    """Return what it takes for a user to have a tier.

    Args:
        target: the tier.
        known: the user's subscriptions, those that have ended left out.
        trial_used: whether the user has tried one before.

    Raises:
        AlreadySubscribed: the user has it, and it goes on.
        PaymentNotSucceeded: the last renewal has to be paid first.
    """
    live = [one for one in known if one.status in LIVE]
    if not live:
        days = 0 if trial_used else target.trial_days
        never_paid = tuple(one.subscription_id for one in known)
        return Plan("create", trial_days=days, abandoned=never_paid)
    present = max(live, key=lambda one: (_rank(one.tier or FREE.tier_id), one.created_at))
    if present.tier == target.tier_id:
        if present.cancel_at_period_end:
            return Plan("resume", present)
        raise AlreadySubscribed(target.tier_id, present.subscription_id)
    if present.status == "past_due":
        raise PaymentNotSucceeded(present.status)
    paid_for = better(present.tier, _paid_tier(present))
    if _rank(target.tier_id) <= _rank(paid_for):
        return Plan("downgrade", present)
    ends_trial = present.status == "trialing" and not target.trial_days
    return Plan("upgrade", present, ends_trial=ends_trial)


def _paid_tier(subscription: Subscription) -> str | None:
    period = subscription.periods.get(period_key(subscription.current_period_end))
    return period.tier if period else None


def _rank(tier_id: str) -> int:
    return _RANKS.get(tier_id, 0)
