"""Buying credit packs: commit the intent, call Stripe, commit what came back.

A crash between any two of these leaves a pending operation record. The caller's retry, or the
job through `finish`, makes the same request of Stripe with the same idempotency key and goes on.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from firetill import catalog, limits, operations
from firetill.database import Database, Snapshot, Transaction
from firetill.errors import InvalidField
from firetill.fields import is_user_id
from firetill.ledger import service as ledger
from firetill.ledger.repository import user_path
from firetill.operations import Operation
from firetill.payments import service as payments
from firetill.payments.model import Charge, Fact, NeedsMetadata, News, Paid, PaymentRefused
from firetill.payments.repository import payment_path
from firetill.payments.rules import learn as learn_fact
from firetill.payments.rules import stamped
from firetill.purchases import repository, rules
from firetill.purchases.model import (
    CheckoutPage,
    CreateCheckoutSession,
    CreateCreditsPurchaseIntent,
    Purchase,
    PurchaseIntent,
    Terms,
)

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

T = TypeVar("T")
R = TypeVar("R", PurchaseIntent, CheckoutPage)

CREATE_INTENT: Final = "createCreditsPurchaseIntent"
CREATE_CHECKOUT: Final = "createCheckoutSession"
LIMIT: Final = "purchase"

_OPERATION_ID: Final = re.compile(r"[0-9a-f]{32}")


def create_intent(
    db: Database, stripe: "StripeGateway", user_id: str, request: CreateCreditsPurchaseIntent
) -> PurchaseIntent:
    """Prepare the payment of a pack in the app.

    Raises:
        PackNotFound: the catalogue has no such pack.
        RateLimited: too many purchases were begun.
        IdempotencyKeyReused: the key came before with other input.
        PaymentProviderUnavailable: Stripe did not answer; the same key works later.
    """
    operation = Operation.of(user_id, CREATE_INTENT, request)
    record = _begin(db, operation, lambda: _terms(operation, request.pack_id))
    if first := _result(record, PurchaseIntent):
        return msgspec.structs.replace(first, status="already_created")
    return _finish_intent(db, stripe, record)


def create_checkout(
    db: Database, stripe: "StripeGateway", user_id: str, request: CreateCheckoutSession
) -> CheckoutPage:
    """Prepare the payment of a pack on Stripe's page.

    Raises:
        InvalidField: Stripe does not take one of the addresses.
        PackNotFound: the catalogue has no such pack.
        RateLimited: too many purchases were begun.
        IdempotencyKeyReused: the key came before with other input.
        PaymentProviderUnavailable: Stripe did not answer; the same key works later.
    """
    operation = Operation.of(user_id, CREATE_CHECKOUT, request)

    def terms() -> Terms:
        return msgspec.structs.replace(
            _terms(operation, request.pack_id),
            success_url=request.success_url,
            cancel_url=request.cancel_url,
        )

    record = _begin(db, operation, terms)
    return _result(record, CheckoutPage) or _finish_checkout(db, stripe, record)


def finish(db: Database, stripe: "StripeGateway", record: Snapshot) -> bool:
    """Finish a purchase that crashed between its commits, from its operation record.

    Returns:
        Whether the record was a purchase's; others are left alone.

    Raises:
        PaymentProviderUnavailable: Stripe did not answer; a later try may.
    """
    match (record.data or {}).get("operation"):
        case "createCreditsPurchaseIntent":
            _finish_intent(db, stripe, record)
        case "createCheckoutSession":
            with suppress(InvalidField):  # taken back: nobody is there to mend it
                _finish_checkout(db, stripe, record)
        case _:
            return False
    return True


def documents(news: News) -> list[str]:
    """Return the documents that `learn` needs, as far as the event names them.

    Whoever opens the transaction reads them in its own first batch; then `learn` costs no round
    trip of its own, but for the wallet that a refund or a dispute turns out to be about.
    """
    paths = []
    if news.payment_intent_id:
        paths.append(payment_path(news.payment_intent_id))
    if news.checkout:
        paths.append(repository.checkout_path(news.checkout.checkout_session_id))
    metadata = news.metadata or {}
    operation_id, user_id = metadata.get("operationId", ""), metadata.get("userId", "")
    if _OPERATION_ID.fullmatch(operation_id):
        paths.append(operations.operation_path(operation_id))
    if isinstance(news.fact, Paid) and is_user_id(user_id):
        paths.append(user_path(user_id))
    return paths


def learn(tx: Transaction, news: News) -> None:
    """Apply what an event says: mirror it, and give the wallet its due, in one commit.

    Raises:
        PaymentRefused: it fits no purchase of ours; nothing was written.
        NeedsMetadata: the caller must ask Stripe which purchase it is; nothing was written.
    """
    if news.metadata is None:
        _settle(tx, _known(tx, news.payment_intent_id), news.fact)
        return
    operation_id = news.metadata.get("operationId", "")
    if not _OPERATION_ID.fullmatch(operation_id):
        raise PaymentRefused("bad_metadata")
    [record] = tx.get(operations.operation_path(operation_id))
    terms = repository.terms_in(record)
    if terms is None:
        raise PaymentRefused("unknown_purchase")
    rules.check_metadata(terms, operation_id, news.metadata)
    if news.payment_intent_id:
        [mirror] = tx.get(payment_path(news.payment_intent_id))
        purchase = repository.purchase_in(mirror) or rules.new_purchase(
            terms,
            payment_intent_id=news.payment_intent_id,
            operation_id=operation_id,
            now=tx.now,
        )
        _settle(tx, purchase, news.fact)
    if news.checkout:
        path = repository.checkout_path(news.checkout.checkout_session_id)
        checkout = repository.checkout_in(tx.get(path)[0]) or rules.new_checkout(
            terms,
            checkout_session_id=news.checkout.checkout_session_id,
            operation_id=operation_id,
            now=tx.now,
        )
        checkout = rules.learn_checkout(checkout, news.checkout, news.payment_intent_id)
        repository.put_checkout(tx, msgspec.structs.replace(checkout, updated_at=tx.now))


def _known(tx: Transaction, payment_intent_id: str | None) -> Purchase:
    """Return the purchase that an event without metadata is about.

    Raises:
        PaymentRefused: it cannot be about one of ours.
        NeedsMetadata: no mirror of ours says so.
    """
    if payment_intent_id is None:
        raise PaymentRefused("unknown_purchase")
    [mirror] = tx.get(payment_path(payment_intent_id))
    purchase = repository.purchase_in(mirror)
    if purchase is None:
        raise NeedsMetadata
    return purchase


def _settle(tx: Transaction, purchase: Purchase, fact: Fact | None) -> None:
    """Mirror what is known of a purchase now, and give the wallet its due."""
    if fact:
        purchase = learn_fact(purchase, fact)
    purchase, postings = rules.due(purchase)
    if postings:
        ledger.post(tx, purchase.user_id, postings)
    repository.put_purchase(tx, stamped(purchase, tx.now))


def _terms(operation: Operation, pack_id: str) -> Terms:
    pack = catalog.pack(pack_id)
    return Terms(
        user_id=operation.user_id,
        pack_id=pack.pack_id,
        credits=pack.credits,
        amount=pack.amount,
        currency=pack.currency,
        title=pack.title,
        idempotency_key=operation.key,
    )


def _begin(db: Database, operation: Operation, terms: Callable[[], Terms]) -> Snapshot:
    """Record the intent, or find it recorded; the first terms stay, whatever prices do since.

    So the catalogue is asked for `terms` the first time only: a pack may have left it by now.
    """

    def body(tx: Transaction) -> Snapshot:
        limit_path = limits.path(operation.user_id, LIMIT)
        tx.waive(limit_path)
        record, _ = tx.get(operation.path, limit_path)
        operations.first_result(tx, operation)  # refuses a key that came with other input
        if not record.exists:
            limits.take(tx, operation.user_id, LIMIT)
            operations.begin(tx, operation, terms())
        return tx.get(operation.path)[0]

    begun = db.run(body)
    return begun.documents.get(operation.path, begun.result)


def _result(record: Snapshot, kind: type[T]) -> T | None:
    result = (record.data or {})["result"]
    return None if result is None else msgspec.convert(result, kind)


def _finish_intent(db: Database, stripe: "StripeGateway", record: Snapshot) -> PurchaseIntent:
    terms = _recorded_terms(record)
    metadata = rules.metadata(terms, record.document_id)
    charge = Charge(amount=terms.amount, currency=terms.currency, title=terms.title)
    made = payments.request(
        db,
        record,
        lambda key: stripe.create_payment_intent(charge, metadata, idempotency_key=key),
    )
    intent_id = made.payment_intent_id
    created = PurchaseIntent(
        status="created",
        client_secret=made.client_secret,
        purchase_id=intent_id,
        amount=terms.amount,
        currency=terms.currency,
        credits=terms.credits,
        pack_id=terms.pack_id,
    )

    def mirror(tx: Transaction) -> None:
        purchase = rules.new_purchase(
            terms, payment_intent_id=intent_id, operation_id=record.document_id, now=tx.now
        )
        repository.put_purchase(tx, purchase)

    first = _complete(db, record, created, payment_path(intent_id), mirror)
    return created if first is None else msgspec.structs.replace(first, status="already_created")


def _finish_checkout(db: Database, stripe: "StripeGateway", record: Snapshot) -> CheckoutPage:
    terms = _recorded_terms(record)
    metadata = rules.metadata(terms, record.document_id)
    page = payments.request(
        db,
        record,
        lambda key: stripe.create_checkout_session(terms, metadata, idempotency_key=key),
    )
    session_id = page.checkout_session_id

    def mirror(tx: Transaction) -> None:
        checkout = rules.new_checkout(
            terms, checkout_session_id=session_id, operation_id=record.document_id, now=tx.now
        )
        repository.put_checkout(tx, checkout)

    return _complete(db, record, page, repository.checkout_path(session_id), mirror) or page


def _complete(
    db: Database,
    record: Snapshot,
    result: R,
    mirror_path: str,
    mirror: Callable[[Transaction], None],
) -> R | None:
    """Commit what came back from Stripe: the result, and the mirror unless a webhook was quicker.

    Nothing is read again as long as nobody was quicker.

    Returns:
        The result of whoever was here before with the same key; None if nobody was.
    """

    def body(tx: Transaction) -> R | None:
        found, mirrored = tx.get(operations.operation_path(record.document_id), mirror_path)
        if first := _result(found, type(result)):
            return first
        if not mirrored.exists:
            mirror(tx)
        operations.complete(tx, record.document_id, result)
        return None

    return db.run_transaction(body, known=(record, Snapshot(mirror_path, None, None)))


def _recorded_terms(record: Snapshot) -> Terms:
    return msgspec.convert((record.data or {})["intent"], Terms)
