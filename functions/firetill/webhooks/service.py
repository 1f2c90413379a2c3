"""Handling an event: its effect and its place in the inbox are one commit.

So an event that is marked processed has had its effect, and one whose effect did not commit is
not marked: Stripe is answered 500 and sends it again, and the job tries it too.
"""

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from firetill import audit
from firetill.customers import service as customers
from firetill.customers.model import CustomerDeleted
from firetill.database import Committed, Database, Snapshot, Transaction
from firetill.errors import AccountDeleted
from firetill.ledger.repository import user_path
from firetill.logs import log, stack_of
from firetill.orders import dues, settlement
from firetill.orders.repository import order_path
from firetill.orders.settlement import Settled, Till
from firetill.payments.model import NeedsMetadata, News, PaymentRefused
from firetill.payments.repository import payment_path
from firetill.purchases import service as purchases
from firetill.subscriptions import learning as subscriptions
from firetill.subscriptions.facts import Looked, SubscriptionNews
from firetill.webhooks import repository, rules
from firetill.webhooks.model import Handled, InboxEntry, InboxStatus, StripeEvent
from firetill.wire import derived_id

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway


@dataclass(frozen=True, slots=True)
class _Delivery:
    """One delivery of an event, what it says, and why it is refused whatever it says.

    `looked` is how a subscription that it is about stands.
    """

    event: StripeEvent
    payload: str
    news: rules.Told | None
    reason: str | None
    delivery_id: str
    looked: Looked | None = None

    @property
    def audit_path(self) -> str:
        """Return the path of the record that this delivery leaves if it is about an order."""
        return audit.record_path(derived_id("order_event", self.event.id, self.delivery_id))


def handle(
    db: Database, stripe: "StripeGateway", till: Till, event: StripeEvent, payload: str
) -> Handled:
    """Give an event its effect, once, and file it; log what came of it in one line.

    Args:
        db: the database.
        stripe: asked only when an event does not say what it is about, or money has to go back.
        till: hands over what an order has paid for.
        event: as Stripe sent it; its signature was checked.
        payload: the same as JSON text, kept if somebody may want to try the event again.

    Raises:
        Contention: the work did not commit; nothing was written.
        PaymentProviderUnavailable: Stripe had to be asked and did not answer.
    """
    handled = _handle(db, stripe, till, event, payload)
    refused = handled.result == "refused"
    log(
        "ERROR" if refused else "INFO",
        "stripe event handled",
        eventId=event.id,
        eventType=event.type,
        result=handled.result,
        reason=handled.reason,
        alert="stripe_event_refused" if refused else None,
    )
    return handled


def file_failure(db: Database, event: StripeEvent, payload: str, error: Exception) -> InboxEntry:
    """Note that an event could not be handled, so that the job tries it again.

    After the last attempt it is a dead letter, and the log line carries an alert. An event for an
    account that is being deleted waits for as long as that takes: afterwards the wallet, under its
    pseudonym, takes what was paid.
    """
    passing = isinstance(error, AccountDeleted)

    def body(tx: Transaction) -> InboxEntry:
        earlier = _earlier(tx, event)
        if earlier is not None and rules.is_done(earlier):
            return earlier
        reason = type(error).__name__
        return _file(tx, earlier, event, "failed", reason=reason, payload=payload, passing=passing)

    entry = db.run_transaction(body)
    log(
        "ERROR",
        "stripe event failed",
        eventId=event.id,
        eventType=event.type,
        attempts=entry.attempts,
        status=entry.status,
        reason=entry.reason,
        stack=stack_of(error),
        alert="stripe_event_dead" if entry.status == "dead" else None,
    )
    return entry


def retry(db: Database, stripe: "StripeGateway", till: Till, found: Snapshot) -> bool:
    """Try a failed event again, from its inbox document.

    Returns:
        Whether it is done now; if not, its next attempt is set, or it is dead.

    Raises:
        msgspec.MsgspecError: the document holds no event; somebody has to look at it.
    """
    entry = repository.entry_in(found)
    return try_again(db, stripe, till, (entry.payload if entry else None) or "")


def try_again(db: Database, stripe: "StripeGateway", till: Till, payload: str) -> bool:
    """Handle an event from its JSON; file it as failed once more if that fails.

    Returns:
        Whether it is done now; if not, its next attempt is set, or it is dead.

    Raises:
        msgspec.MsgspecError: the text is no event.
    """
    event = msgspec.json.decode(payload, type=StripeEvent)
    try:
        handle(db, stripe, till, event, payload)
    except Exception as error:  # noqa: BLE001 - whatever it was, it is filed and tried again
        file_failure(db, event, payload, error)
        return False
    return True


def _handle(
    db: Database, stripe: "StripeGateway", till: Till, event: StripeEvent, payload: str
) -> Handled:
    reason = None if event.livemode == stripe.live else "wrong_mode"
    news = None
    try:
        news = rules.news(event)
    except rules.UnreadableEvent:
        reason = reason or "unreadable"
    if reason is not None:
        news = None
    delivery = _Delivery(event, payload, news, reason, uuid.uuid4().hex)
    done = _commit(db, stripe, till, delivery)
    handled, settled = done.result
    if settled is not None:
        settlement.announce(settled)
        dues.settle_soon(db, stripe, done.documents.get(order_path(settled.order_id)))
    return handled


_Done = tuple[Handled, Settled | None]


def _commit(
    db: Database, stripe: "StripeGateway", till: Till, delivery: _Delivery
) -> Committed[_Done]:
    """Commit what an event brings, once Stripe has been asked what it does not say itself."""
    news = delivery.news
    if isinstance(news, SubscriptionNews):
        return _follow(db, stripe, till, delivery, news)
    if not isinstance(news, News):
        return db.run(lambda tx: _apply(tx, till, delivery))
    told = news
    if news.metadata is not None and news.checkout is None and rules.is_anybodys(news):
        if stripe.invoice_paid_by(news.payment_intent_id or ""):
            # The invoice's own events say when it is paid.
            return db.run(lambda tx: _apply(tx, till, replace(delivery, news=None)))
    elif news.metadata is None:
        try:
            return db.run(lambda tx: _apply(tx, till, delivery))
        except NeedsMetadata:
            payment_intent_id = news.payment_intent_id
            assert payment_intent_id is not None  # noqa: S101 - else it was refused
        metadata = stripe.payment_intent_metadata(payment_intent_id)
        told = msgspec.structs.replace(news, metadata=metadata or {})
        if rules.is_anybodys(told) and (found := _of_invoice(stripe, payment_intent_id, told)):
            return _follow(db, stripe, till, delivery, found)
    return db.run(lambda tx: _apply(tx, till, replace(delivery, news=told)))


def _of_invoice(
    stripe: "StripeGateway", payment_intent_id: str, news: News
) -> SubscriptionNews | None:
    """Return where to look for what a payment of an invoice is about; None if it is none's."""
    invoice_id = stripe.invoice_paid_by(payment_intent_id)
    invoice = stripe.invoice(invoice_id) if invoice_id else None
    if invoice is None:
        return None
    return SubscriptionNews(
        subscription_id=invoice.subscription_id, invoice_id=invoice_id, fact=news.fact
    )


def _follow(
    db: Database,
    stripe: "StripeGateway",
    till: Till,
    delivery: _Delivery,
    news: SubscriptionNews,
) -> Committed[_Done]:
    def apply(tx: Transaction, looked: Looked) -> _Done:
        return _apply(tx, till, replace(delivery, news=news, looked=looked))

    return subscriptions.follow(db, stripe, news, apply)


def _apply(tx: Transaction, till: Till, delivery: _Delivery) -> _Done:
    event, news, reason = delivery.event, delivery.news, delivery.reason
    paths = [repository.event_path(event.id), *_documents(delivery)]
    tx.get(*paths)
    earlier = _earlier(tx, event)
    if rules.is_done(earlier):
        tx.waive(*paths)  # what is done stays done: the record need not wait for anybody
        return _audit(tx, delivery, Handled(result="duplicate")), None
    if reason is None and news is None:
        _file(tx, earlier, event, "ignored")
        return Handled(result="ignored"), None
    settled = None
    if reason is None and news is not None:
        try:
            settled = _learn(tx, till, news, delivery.looked)
        except PaymentRefused as refused:
            reason = refused.reason
    handled = Handled(result="refused" if reason else "processed", reason=reason)
    _audit(tx, delivery, handled)
    if reason is not None:
        _file(tx, earlier, event, "refused", reason=reason, payload=delivery.payload)
    else:
        _file(tx, earlier, event, "processed")
    return handled, settled


def _learn(tx: Transaction, till: Till, news: rules.Told, looked: Looked | None) -> Settled | None:
    """Give an event its effect, in the room that it is about.

    Raises:
        PaymentRefused: it fits nothing of ours.
        NeedsMetadata: only Stripe can say what it is about.
    """
    if isinstance(news, SubscriptionNews):
        assert looked is not None  # noqa: S101 - such an event is looked into first
        subscriptions.learn(tx, looked)
        return None
    if isinstance(news, CustomerDeleted):
        subscriptions.revoke(tx, news)
        customers.learn(tx, news)
        return None
    if _order_of(tx, news) is not None:
        return settlement.learn(tx, till, news)
    if news.metadata is not None or not subscriptions.learn_payment(tx, news):
        purchases.learn(tx, news)
    return None


def _order_of(tx: Transaction, news: News) -> str | None:
    mirror = None
    if news.metadata is None and news.payment_intent_id is not None:
        [mirror] = tx.get(payment_path(news.payment_intent_id))
    return settlement.order_of(news.metadata, mirror)


def _audit(tx: Transaction, delivery: _Delivery, handled: Handled) -> Handled:
    """Record the delivery of an event about an order: each one, also one that came before.

    Returns:
        What came of it: as recorded, if the reply of this delivery's own commit was lost.
    """
    event, news = delivery.event, delivery.news
    order_id = _order_of(tx, news) if isinstance(news, News) else None
    if not isinstance(news, News) or order_id is None:
        return handled
    [earlier] = tx.get(delivery.audit_path)
    if earlier.data is not None:
        return Handled(result=earlier.data["result"], reason=earlier.data["reason"])
    audit.record(
        tx,
        earlier.document_id,
        "order_event",
        eventId=event.id,
        eventType=event.type,
        paymentIntentId=news.payment_intent_id,
        orderId=order_id,
        result=handled.result,
        reason=handled.reason,
    )
    return handled


def _documents(delivery: _Delivery) -> list[str]:
    match delivery.news:
        case None:
            return []
        case CustomerDeleted() as deleted:
            return [*customers.documents(deleted), user_path(deleted.user_id)]
        case SubscriptionNews():
            return subscriptions.documents(delivery.looked) if delivery.looked else []
        case news if settlement.order_of(news.metadata, None) is not None:
            return [delivery.audit_path, *settlement.documents(news)]
        case news:
            return purchases.documents(news)


def _earlier(tx: Transaction, event: StripeEvent) -> InboxEntry | None:
    [snapshot] = tx.get(repository.event_path(event.id))
    return repository.entry_in(snapshot)


def _file(
    tx: Transaction,
    earlier: InboxEntry | None,
    event: StripeEvent,
    status: InboxStatus,
    *,
    reason: str | None = None,
    payload: str | None = None,
    passing: bool = False,
) -> InboxEntry:
    entry = rules.filed(
        earlier, event, status, tx.now, reason=reason, payload=payload, passing=passing
    )
    repository.put_entry(tx, entry)
    return entry
