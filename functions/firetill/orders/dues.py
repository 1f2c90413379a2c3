"""What Stripe has yet to be asked for: to cancel an order's payment, or to give it back.

It is written into the order by the commit that makes it necessary, and done after it: by whoever
made that commit, else by a job. Asking twice does no harm, since the key derives from the order.
"""

from typing import TYPE_CHECKING

import msgspec

from firetill import audit
from firetill.database import Database, Snapshot, Transaction
from firetill.errors import PaymentProviderFailed
from firetill.logs import log
from firetill.orders import repository, rules
from firetill.orders.model import StripeDue
from firetill.payments.model import RefundRefused
from firetill.wire import derived_id

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway


def settle(db: Database, stripe: "StripeGateway", order: Snapshot) -> bool:
    """Ask Stripe for all that is due for an order, from its document as it was read or written.

    Returns:
        Whether nothing of it is due any more; what Stripe cannot do yet is left for a later call.

    Raises:
        PaymentProviderUnavailable: Stripe did not answer; a later call may.
    """
    order_id, known = order.document_id, [order]
    settled = True
    for due in repository.order_in(order).stripe_due:
        done = _ask(db, stripe, order_id, due)
        settled = settled and done

        def body(tx: Transaction, due: StripeDue = due, *, done: bool = done) -> None:
            order = repository.order_in(tx.get(repository.order_path(order_id))[0])
            changed = rules.without_due(order, due) if done else rules.tried_again(order, due)
            repository.put_order(tx, msgspec.structs.replace(changed, updated_at=tx.now))

        committed = db.run(body, known=known)
        known = list(committed.documents.values())
    return settled


def settle_soon(db: Database, stripe: "StripeGateway", order: Snapshot | None) -> None:
    """Ask Stripe for what is due, from an order as it was just written; failures wait for the job.

    Args:
        db: the database.
        stripe: the gateway.
        order: its document; None if nothing was written.
    """
    if order is None or not order.exists:
        return
    try:
        settle(db, stripe, order)
    except Exception as error:  # noqa: BLE001 - the commit stands; the job sees to the rest
        log(
            "WARNING",
            "stripe due waits",
            orderId=order.document_id,
            cause=repr(error)[:300],
        )


def _ask(db: Database, stripe: "StripeGateway", order_id: str, due: StripeDue) -> bool:
    """Ask for one thing; return whether that is the end of it."""
    key = f"firetill-{due.action}-{order_id}-{due.payment_intent_id}-{due.attempt}"
    try:
        if due.action == "cancel":
            outcome: str = stripe.cancel_payment_intent(due.payment_intent_id, idempotency_key=key)
        else:
            metadata = {"orderId": order_id}
            made = stripe.refund_payment(due.payment_intent_id, metadata, idempotency_key=key)
            outcome = made or "refunded_before"
    except RefundRefused as refused:
        _report(db, order_id, due, refused.code)
        return True
    except PaymentProviderFailed:
        # Stripe repeats its fault for this key, so the next call must take another.
        db.run_transaction(lambda tx: _try_again(tx, order_id, due))
        raise
    log(
        "INFO",
        "stripe due settled",
        orderId=order_id,
        action=due.action,
        paymentIntentId=due.payment_intent_id,
        outcome=outcome,
    )
    # A payment that a bank is at work on cannot be canceled; its end comes by webhook.
    return outcome != "open"


def _try_again(tx: Transaction, order_id: str, due: StripeDue) -> None:
    order = repository.order_in(tx.get(repository.order_path(order_id))[0])
    repository.put_order(tx, rules.tried_again(order, due))


def _report(db: Database, order_id: str, due: StripeDue, code: str) -> None:
    """Put on record that a buyer's money cannot be given back by us; a person has to."""
    record_id = derived_id("refund_refused", order_id, due.payment_intent_id)

    def body(tx: Transaction) -> None:
        [earlier] = tx.get(audit.record_path(record_id))
        if not earlier.exists:
            audit.record(
                tx,
                record_id,
                "refund_refused",
                orderId=order_id,
                paymentIntentId=due.payment_intent_id,
                code=code,
            )

    db.run_transaction(body)
    log(
        "ERROR",
        "refund refused",
        orderId=order_id,
        paymentIntentId=due.payment_intent_id,
        reason=code,
        alert="refund_refused",
    )
