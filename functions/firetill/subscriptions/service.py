"""Subscribing and looking: commit the intent, call Stripe, commit what came back.

A crash between any two of these leaves a pending operation record. The caller's retry, or the job
through `finish`, makes the same request of Stripe and goes on. What Stripe then makes of it is
learned as from any event.
"""

import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from firetill import catalog, limits, operations, presence
from firetill.catalog import Tier
from firetill.customers import service as customers
from firetill.database import Database, Snapshot, Transaction
from firetill.errors import (
    InvalidField,
    MissingField,
    NotSubscribed,
    PaymentNotSucceeded,
    PaymentProviderUnavailable,
)
from firetill.ledger.repository import user_path
from firetill.operations import Operation
from firetill.payments import service as payments
from firetill.payments.model import CustomerGone
from firetill.subscriptions import canceling, repository, rules
from firetill.subscriptions.facts import Prepared, SubscriptionEnded
from firetill.subscriptions.model import (
    CreatePortalLink,
    OpenSubscription,
    PortalLink,
    Step,
    Subscribe,
    Subscribed,
    SubscriptionState,
    Terms,
)
from firetill.subscriptions.repository import subscription_path
from firetill.subscriptions.requests import complete, open_subscriptions, result_in, sync_soon

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

SUBSCRIBE: Final = "subscribe"

KEY_KEPT: Final = timedelta(hours=23)
"""How long an idempotency key surely counts at Stripe, which forgets it after a day."""

_DONE: Final[dict[Step, Literal["created", "upgraded", "downgraded", "resumed"]]] = {
    "create": "created",
    "upgrade": "upgraded",
    "downgrade": "downgraded",
    "resume": "resumed",
}


class PriceMismatchError(RuntimeError):
    """Stripe has no price for a tier, or another one than the catalogue says: the operator's."""


def subscribe(
    db: Database, stripe: "StripeGateway", user_id: str, request: Subscribe
) -> Subscribed:
    """Bring a user to a tier: by a new subscription, or by a change of the present one.

    Raises:
        InvalidField: it is the free tier, or Stripe does not take one of the addresses.
        MissingField: Checkout needs both addresses.
        TierNotFound: the catalogue has no such tier.
        AlreadySubscribed: the user has that very tier.
        PaymentNotSucceeded: the upgrade could not be charged, or a renewal has to be paid first.
        NotSubscribed: the subscription that was to change has just ended.
        IdempotencyKeyReused: the key came before with other input.
        RateLimited: it was tried too often.
        AccountDeleted: the account is being deleted.
        PaymentProviderUnavailable: Stripe did not answer; the same key works later.
    """
    operation = Operation.of(user_id, SUBSCRIBE, request)
    record = _found(db, operation)
    if not record.exists:
        tier = _sold(request)
        customer_id = customers.ensure(db, stripe, user_id)
        price_id = _price(stripe, tier)
        record = db.run_transaction(
            lambda tx: _begin(tx, operation, request, customer_id, price_id)
        )
    return result_in(record, Subscribed) or _finish_subscribe(db, stripe, record)


def get(db: Database, user_id: str) -> SubscriptionState:
    """Return a user's tier and the subscriptions that it comes from."""
    [user] = db.get(user_path(user_id))
    standings = repository.standings_in(user)
    paths = [subscription_path(one) for one in sorted(standings)]
    return SubscriptionState(
        tier=rules.effective(standings.values(), db.now()),
        trial_available=repository.trial_used_at(user) is None,
        subscriptions=[
            OpenSubscription(
                subscription_id=one.subscription_id,
                status=one.status,
                tier=one.tier,
                current_period_end=one.current_period_end,
                cancel_at_period_end=one.cancel_at_period_end,
                trial_end=one.trial_end,
                grace_until=one.grace_until,
            )
            for one in repository.subscriptions_in(db.get(*paths) if paths else [])
            if one.status not in rules.ENDED
        ],
    )


def portal(
    db: Database, stripe: "StripeGateway", user_id: str, request: CreatePortalLink
) -> PortalLink:
    """Return a page of Stripe's on which the user sees to cards, invoices and cancellation.

    Raises:
        InvalidField: Stripe does not take the address.
        AccountDeleted: the account is being deleted.
        PaymentProviderUnavailable: Stripe did not answer.
    """
    presence.require(db.get(user_path(user_id))[0])
    customer_id = customers.ensure(db, stripe, user_id)
    try:
        return PortalLink(url=stripe.create_portal_link(customer_id, request.return_url))
    except CustomerGone as gone:
        db.run_transaction(lambda tx: customers.forget(tx, customer_id, user_id))
        raise PaymentProviderUnavailable from gone  # the next try makes a new customer


def finish(db: Database, stripe: "StripeGateway", record: Snapshot) -> bool:
    """Finish what crashed between its commits, from its operation record.

    Returns:
        Whether the record was of a subscription; others are left alone.

    Raises:
        PaymentProviderUnavailable: Stripe did not answer; a later try may.
    """
    match (record.data or {}).get("operation"):
        case "subscribe":
            # Taken back: nobody is there to mend it.
            with suppress(InvalidField, PaymentNotSucceeded, NotSubscribed):
                _finish_subscribe(db, stripe, record)
        case "cancelSubscription":
            canceling.finish(db, stripe, record)
        case _:
            return False
    return True


def _found(db: Database, operation: Operation) -> Snapshot:
    def body(tx: Transaction) -> Snapshot:
        [record] = tx.get(operation.path)
        operations.first_result(tx, operation)  # refuses a key that came with other input
        return record

    return db.run_transaction(body)


def _sold(request: Subscribe) -> Tier:
    tier = catalog.tier(request.tier)
    if tier.price_lookup_key is None:
        raise InvalidField("tier", "nobody pays for this tier: cancel the subscription instead")
    if request.flow == "checkout":
        for name, value in (("successUrl", request.success_url), ("cancelUrl", request.cancel_url)):
            if value is None:
                raise MissingField(name)
    return tier


def _price(stripe: "StripeGateway", tier: Tier) -> str:
    """Return the id of a tier's price at Stripe, once it is what the catalogue promises.

    Raises:
        PriceMismatchError: it is not, or there is none.
    """
    price = stripe.price_of(tier.price_lookup_key or "")
    if price is None or (price.amount, price.currency) != (tier.amount, tier.currency):
        raise PriceMismatchError(
            f"Stripe's price {tier.price_lookup_key} must be {tier.amount} {tier.currency}, "
            f"not {price and (price.amount, price.currency)}."
        )
    return price.price_id


def _begin(
    tx: Transaction, operation: Operation, request: Subscribe, customer_id: str, price_id: str
) -> Snapshot:
    """Record what is to be asked of Stripe, or find it recorded."""
    user_id = operation.user_id
    limit_path = limits.path(user_id, SUBSCRIBE)
    record, user, _ = tx.get(operation.path, user_path(user_id), limit_path)
    operations.first_result(tx, operation)
    if record.exists:
        return record
    presence.require(user)
    limits.take(tx, user_id, SUBSCRIBE)
    trial_used = repository.trial_used_at(user) is not None
    plan = rules.plan(
        catalog.tier(request.tier), open_subscriptions(tx, user_id), trial_used=trial_used
    )
    present = plan.subscription
    terms = Terms(
        user_id=user_id,
        tier=request.tier,
        step=plan.step,
        flow=request.flow,
        price_id=price_id,
        customer_id=customer_id,
        idempotency_key=operation.key,
        nonce=uuid.uuid4().hex,
        trial_days=plan.trial_days,
        subscription_id=present.subscription_id if present else None,
        item_id=present.item_id if present else None,
        ends_trial=plan.ends_trial,
        abandoned=list(plan.abandoned),
        success_url=request.success_url,
        cancel_url=request.cancel_url,
    )
    operations.begin(tx, operation, terms)
    if plan.trial_days and request.flow == "payment":
        # It begins as soon as Stripe is asked; on a page, only when the page has been filled in.
        repository.put_trial_used(tx, user_id, tx.now)
    return tx.get(operation.path)[0]


def _finish_subscribe(db: Database, stripe: "StripeGateway", record: Snapshot) -> Subscribed:
    terms = repository.terms_in(record)
    assert terms is not None  # noqa: S101 - the record is of this operation
    try:
        prepared = payments.request(
            db, record, lambda key: _ask(db, stripe, terms, record, f"{key}-{terms.nonce}")
        )
    except CustomerGone as gone:
        db.run_transaction(lambda tx: customers.forget(tx, terms.customer_id, terms.user_id))
        _take_back(db, record, terms)
        raise PaymentProviderUnavailable from gone  # the next try makes a new customer
    except PaymentNotSucceeded:
        _take_back(db, record, terms)
        raise
    except SubscriptionEnded as ended:
        _take_back(db, record, terms)
        sync_soon(db, stripe, terms.subscription_id)
        raise NotSubscribed from ended
    result = Subscribed(
        status=_DONE[terms.step],
        tier=terms.tier,
        subscription_id=prepared.subscription_id,
        checkout_session_id=prepared.checkout_session_id,
        url=prepared.url,
        client_secret=prepared.client_secret,
    )
    first = complete(db, record, result)
    for subscription_id in (*terms.abandoned, prepared.subscription_id):
        sync_soon(db, stripe, subscription_id)
    return first


def _ask(
    db: Database, stripe: "StripeGateway", terms: Terms, record: Snapshot, key: str
) -> Prepared:
    if terms.step != "create":
        stripe.change_subscription(terms, idempotency_key=key)
        return Prepared(subscription_id=terms.subscription_id)
    for subscription_id in terms.abandoned:
        stripe.cancel_subscription(subscription_id, idempotency_key=f"{key}-{subscription_id}")
    metadata = rules.metadata(terms, record.document_id)
    if terms.flow == "checkout":
        return stripe.create_subscription_page(terms, metadata, idempotency_key=key)
    if _may_be_made(record, db.now()):
        # A trial begins by itself, so what an earlier call may have made is not left lying.
        made = stripe.subscription_made_for(terms.customer_id, record.document_id)
        if made is not None:
            return made
    return stripe.create_subscription(terms, metadata, idempotency_key=key)


def _may_be_made(record: Snapshot, now: datetime) -> bool:
    """Whether Stripe's key no longer tells if an earlier call has made the subscription."""
    data = record.data or {}
    return bool(data["attempt"] or now - data["createdAt"] > KEY_KEPT)


def _take_back(db: Database, record: Snapshot, terms: Terms) -> None:
    """Take back an operation that Stripe refused, and the trial that it was to begin."""

    def body(tx: Transaction) -> None:
        [user] = tx.get(user_path(terms.user_id))
        operations.abandon(tx, record)
        if terms.trial_days and repository.trial_used_at(user) == (record.data or {})["createdAt"]:
            repository.put_trial_used(tx, terms.user_id, None)

    db.run_transaction(body)
