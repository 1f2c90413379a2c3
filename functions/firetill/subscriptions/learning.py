"""Learning how a subscription stands: ask Stripe, then commit the mirror and what follows from it.

What an event carries may be old, so it only says where to look. Two that look at once may commit in
another order than they looked: each reads the mirror's revision before it asks, and if that has
moved by the time of its commit, it asks again. So what is committed last was also seen last.
"""

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from firetill import operations, presence
from firetill.allowances import service as allowances
from firetill.customers.model import CustomerDeleted
from firetill.database import Committed, Database, Snapshot, Transaction
from firetill.errors import Contention
from firetill.fields import is_user_id
from firetill.ledger import service as ledger
from firetill.ledger.repository import user_path
from firetill.ledger.rules import pseudonym
from firetill.logs import log
from firetill.payments.model import News, PaymentRefused
from firetill.payments.repository import payment_path
from firetill.payments.rules import learn as learn_fact
from firetill.payments.rules import stamped
from firetill.subscriptions import periods, repository, rules
from firetill.subscriptions.facts import (
    Looked,
    Price,
    StripeInvoice,
    StripeSubscription,
    SubscriptionNews,
)
from firetill.subscriptions.model import Subscription
from firetill.subscriptions.repository import subscription_path

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

T = TypeVar("T")

LOOKS: Final = 10
"""How often Stripe is asked again because somebody else was quicker."""

_OPERATION_ID: Final = re.compile(r"[0-9a-f]{32}")


class Overtaken(Exception):  # noqa: N818 - a state of the world, answered by looking again
    """Somebody has committed what may be newer than what was seen."""


def follow(
    db: Database,
    stripe: "StripeGateway",
    news: SubscriptionNews,
    apply: Callable[[Transaction, Looked], T],
) -> Committed[T]:
    """Ask Stripe how things stand and apply it, again as long as somebody was quicker.

    Args:
        db: the database.
        stripe: the gateway.
        news: where to look.
        apply: the transaction's body; it calls `learn`.

    Raises:
        PaymentRefused: it is no subscription of ours; nothing was written.
        PaymentProviderUnavailable: Stripe did not answer.
        Contention: others were quicker each time.
    """
    for _ in range(LOOKS):
        [mirror] = db.get(subscription_path(news.subscription_id))
        looked = look(stripe, news, mirror)
        try:
            committed = db.run(functools.partial(_applied, apply, looked))
        except Overtaken:
            continue
        _report_price(looked)
        return committed
    raise Contention


def sync(
    db: Database, stripe: "StripeGateway", subscription_id: str, *, invoice_id: str | None = None
) -> None:
    """Bring a subscription's mirror, and one of its invoices, to how they stand at Stripe.

    Raises:
        PaymentRefused: it is no subscription of ours; nothing was written.
        PaymentProviderUnavailable: Stripe did not answer.
        Contention: the commit did not happen.
    """
    news = SubscriptionNews(subscription_id=subscription_id, invoice_id=invoice_id)

    def apply(tx: Transaction, looked: Looked) -> None:
        tx.get(*documents(looked))
        learn(tx, looked)

    follow(db, stripe, news, apply)


def look(stripe: "StripeGateway", news: SubscriptionNews, mirror: Snapshot) -> Looked:
    """Ask Stripe how a subscription stands, and the invoice that an event is about."""
    known = repository.subscription_in(mirror)
    state = stripe.subscription(news.subscription_id)
    invoice = stripe.invoice(news.invoice_id) if news.invoice_id else None
    prices: dict[str, Price] = {state.price.price_id: state.price} if state else {}
    for line in invoice.lines if invoice else ():
        if line.price_id not in prices and (price := stripe.price(line.price_id)):
            prices[line.price_id] = price
    return Looked(
        news=news,
        revision=known.revision if known else 0,
        subscription=state,
        invoice=invoice,
        prices=prices,
    )


def documents(looked: Looked) -> list[str]:
    """Return the documents that `learn` needs.

    Whoever opens the transaction reads them in its own first batch.
    """
    paths = [subscription_path(looked.news.subscription_id)]
    if state := looked.subscription:
        operation_id = state.metadata.get("operationId", "")
        if looked.revision == 0 and _OPERATION_ID.fullmatch(operation_id):
            paths.append(operations.operation_path(operation_id))
        user_id = state.metadata.get("userId")
        if is_user_id(user_id):
            paths.append(user_path(user_id))
    if looked.invoice and looked.invoice.payment_intent_id:
        paths.append(payment_path(looked.invoice.payment_intent_id))
    return paths


def learn(tx: Transaction, looked: Looked) -> None:
    """Commit how things stand: the mirror, the credits of a paid invoice, the user's tier.

    Raises:
        PaymentRefused: it is no subscription of ours; nothing was written.
        Overtaken: somebody has committed since what may be newer.
    """
    state = looked.subscription
    if state is None:
        raise PaymentRefused("unknown_subscription")
    [mirror] = tx.get(subscription_path(state.subscription_id))
    known = repository.subscription_in(mirror)
    if (known.revision if known else 0) != looked.revision:
        raise Overtaken
    known = _ours(tx, known, state)
    tx.get(user_path(known.user_id))
    learned = rules.learn(known, state, tx.now)
    if looked.invoice and looked.invoice.status == "paid":
        learned = _learn_invoice(tx, learned, looked.invoice, looked)
    repository.put_subscription(tx, learned)
    _confer(tx, learned, state)


def learn_payment(tx: Transaction, news: News) -> bool:
    """Apply what an event says of an invoice's payment that is mirrored already.

    Returns:
        Whether the payment is an invoice's.

    Raises:
        PaymentRefused: the amount or the currency is not the payment's.
    """
    if news.payment_intent_id is None:
        return False
    [mirror] = tx.get(payment_path(news.payment_intent_id))
    payment = repository.payment_in(mirror)
    if payment is None:
        return False
    if news.fact:
        payment = learn_fact(payment, news.fact)
    found, _ = tx.get(subscription_path(payment.subscription_id), user_path(payment.user_id))
    if known := repository.subscription_in(found):
        learned, postings = periods.learn_payment(known, payment)
        ledger.post(tx, learned.user_id, postings)
        # What Stripe was asked before this commit still holds, so the revision stays.
        repository.put_subscription(tx, msgspec.structs.replace(learned, updated_at=tx.now))
    repository.put_payment(tx, stamped(payment, tx.now))
    return True


def revoke(tx: Transaction, deleted: CustomerDeleted) -> None:
    """End what a customer's subscriptions confer, because the customer is gone and so are they."""
    [user] = tx.get(user_path(deleted.user_id))
    standings = repository.standings_in(user)
    theirs = [one for one, it in standings.items() if it.customer_id == deleted.customer_id]
    if not theirs:
        return
    for known in repository.subscriptions_in(tx.get(*map(subscription_path, theirs))):
        repository.put_subscription(tx, rules.ended(known, tx.now))
    kept = {one: it for one, it in standings.items() if one not in theirs}
    repository.put_standings(tx, deleted.user_id, kept)
    allowances.set_tier(tx, deleted.user_id, rules.effective(kept.values(), tx.now))


def _ours(tx: Transaction, known: Subscription | None, state: StripeSubscription) -> Subscription:
    """Return the mirror of a subscription, or make it from the record of who asked for it.

    Raises:
        PaymentRefused: none of ours, or not as we asked for it.
    """
    operation_id = state.metadata.get("operationId", "")
    user_id = state.metadata.get("userId", "")
    if known is not None:
        if not _same(user_id, known.user_id) or state.customer_id != known.customer_id:
            raise PaymentRefused("bad_metadata")
        return known
    if not _OPERATION_ID.fullmatch(operation_id):
        raise PaymentRefused("unknown_subscription")
    [record] = tx.get(operations.operation_path(operation_id))
    terms = repository.terms_in(record)
    if terms is None:
        raise PaymentRefused("unknown_subscription")
    if not _same(user_id, terms.user_id) or state.customer_id != terms.customer_id:
        raise PaymentRefused("bad_metadata")
    return rules.new_subscription(
        state, user_id=terms.user_id, operation_id=operation_id, now=tx.now
    )


def _same(user_id: str, ours: str) -> bool:
    """Tell whether Stripe names our user; a deleted user's pseudonym is not known there."""
    return pseudonym(user_id) == pseudonym(ours)


def _learn_invoice(
    tx: Transaction, known: Subscription, invoice: StripeInvoice, looked: Looked
) -> Subscription:
    """Give a paid invoice its credits, and mirror what paid it."""
    if invoice.subscription_id != known.subscription_id:
        raise PaymentRefused("bad_metadata")
    offers = {
        price_id: periods.Offer(
            rules.tier_of(price) or (known.tier if price_id == known.price_id else None),
            price.amount,
        )
        for price_id, price in looked.prices.items()
    }
    learned, postings = periods.learn_invoice(known, invoice, offers)
    if invoice.payment_intent_id is not None:
        [mirror] = tx.get(payment_path(invoice.payment_intent_id))
        payment = repository.payment_in(mirror) or periods.new_payment(
            known, invoice, invoice.payment_intent_id, tx.now
        )
        if looked.news.fact:
            payment = learn_fact(payment, looked.news.fact)
        learned, taken = periods.learn_payment(learned, payment)
        postings = [*postings, *taken]
        repository.put_payment(tx, stamped(payment, tx.now))
    ledger.post(tx, learned.user_id, postings)
    return learned


def _confer(tx: Transaction, learned: Subscription, state: StripeSubscription) -> None:
    """Write what a user's subscriptions confer now, unless the user is leaving or has left."""
    [user] = tx.get(user_path(learned.user_id))
    if presence.is_leaving(user) or pseudonym(learned.user_id) == learned.user_id:
        return
    before = repository.standings_in(user)
    standings = {one: it for one, it in before.items() if one != learned.subscription_id}
    if now := rules.standing(learned, tx.now):
        standings[learned.subscription_id] = now
    if standings != before:
        repository.put_standings(tx, learned.user_id, standings)
    if state.trial_start and repository.trial_used_at(user) is None:
        repository.put_trial_used(tx, learned.user_id, state.trial_start)
    allowances.set_tier(tx, learned.user_id, rules.effective(standings.values(), tx.now))


def _applied(apply: Callable[[Transaction, Looked], T], looked: Looked, tx: Transaction) -> T:
    return apply(tx, looked)


def _report_price(looked: Looked) -> None:
    state = looked.subscription
    if state and rules.tier_of(state.price) is None and state.status in rules.LIVE:
        log(
            "ERROR",
            "stripe price of no tier",
            subscriptionId=state.subscription_id,
            priceId=state.price.price_id,
            alert="stripe_price_unknown",
        )
