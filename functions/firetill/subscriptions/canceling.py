"""Ending subscriptions: at the user's wish, or with the account."""

import uuid
from typing import TYPE_CHECKING, Final

from firetill import operations
from firetill.database import Database, Snapshot, Transaction
from firetill.errors import NotSubscribed
from firetill.ledger.repository import user_path
from firetill.operations import Operation
from firetill.payments import service as payments
from firetill.subscriptions import learning, repository, rules
from firetill.subscriptions.model import CanceledSubscription, CancelSubscription, CancelTerms
from firetill.subscriptions.requests import complete, open_subscriptions, result_in, sync_soon

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

CANCEL: Final = "cancelSubscription"


def cancel(
    db: Database, stripe: "StripeGateway", user_id: str, request: CancelSubscription
) -> CanceledSubscription:
    """End a user's subscription, now or with the period that is paid for.

    Raises:
        NotSubscribed: there is none.
        IdempotencyKeyReused: the key came before with other input.
        PaymentProviderUnavailable: Stripe did not answer; the same key works later.
    """
    operation = Operation.of(user_id, CANCEL, request)

    def body(tx: Transaction) -> Snapshot:
        [record, _] = tx.get(operation.path, user_path(user_id))
        operations.first_result(tx, operation)
        if not record.exists:
            known = open_subscriptions(tx, user_id)
            if not known:
                raise NotSubscribed
            going = [one for one in known if one.status in rules.LIVE]
            later = going if request.when == "period_end" else []
            terms = CancelTerms(
                user_id=user_id,
                now=[one.subscription_id for one in known if one not in later],
                with_period=[one.subscription_id for one in later],
                ends_at=max((one.current_period_end for one in later), default=tx.now),
                nonce=uuid.uuid4().hex,
            )
            operations.begin(tx, operation, terms)
        return tx.get(operation.path)[0]

    begun = db.run(body)
    record = begun.documents.get(operation.path, begun.result)
    return result_in(record, CanceledSubscription) or finish(db, stripe, record)


def cancel_all(db: Database, stripe: "StripeGateway", user_id: str) -> None:
    """End all subscriptions of a user now, because the account ends; harmless when repeated.

    Raises:
        PaymentProviderUnavailable: Stripe did not answer; a later call may.
    """
    [user] = db.get(user_path(user_id))
    for subscription_id in repository.standings_in(user):
        key = f"firetill-leave-{subscription_id}"
        stripe.cancel_subscription(subscription_id, idempotency_key=key)
        learning.sync(db, stripe, subscription_id)


def finish(db: Database, stripe: "StripeGateway", record: Snapshot) -> CanceledSubscription:
    """Ask Stripe for a cancellation that was recorded, and keep what came of it.

    Raises:
        PaymentProviderUnavailable: Stripe did not answer; a later try may.
    """
    terms = repository.cancel_terms_in(record)

    def ask(key: str) -> None:
        for one in terms.now:
            stripe.cancel_subscription(one, idempotency_key=f"{key}-{terms.nonce}-{one}")
        for one in terms.with_period:
            stripe.end_with_period(one, idempotency_key=f"{key}-{terms.nonce}-{one}")

    payments.request(db, record, ask)
    result = CanceledSubscription(
        status="cancels_at_period_end" if terms.with_period else "canceled",
        subscription_ids=[*terms.now, *terms.with_period],
        ends_at=terms.ends_at,
    )
    first = complete(db, record, result)
    for one in result.subscription_ids:
        sync_soon(db, stripe, one)
    return first
