"""The daily look at Stripe: what a lost webhook left behind is made good, what differs reported.

Events are handled by the webhook's own service, under their own ids: should one still come, it is a
duplicate. What no event explains is never mended, only put on record: nobody knows who is right.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from firetill import audit
from firetill.database import Database, Query, Snapshot, Transaction
from firetill.ledger.repository import entry_path
from firetill.ledger.rules import entry_id, pseudonym
from firetill.logs import log
from firetill.orders.repository import order_path
from firetill.orders.settlement import Till
from firetill.payments.model import ListedIntent
from firetill.payments.repository import payment_path
from firetill.purchases import repository as purchases
from firetill.purchases.rules import paid_posting
from firetill.subscriptions import learning
from firetill.subscriptions.repository import subscription_in
from firetill.subscriptions.rules import ENDED
from firetill.upkeep import progress, repository, runner, stripe_rules
from firetill.upkeep.application import LOST, is_for_show
from firetill.upkeep.model import Run
from firetill.upkeep.stripe_rules import UNHEARD_OF, Drift
from firetill.webhooks import service as webhooks
from firetill.webhooks.repository import event_path
from firetill.webhooks.rules import EVENT_TYPES
from firetill.wire import derived_id

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

JOB: Final = "reconcileStripe"
LOOKS_BACK: Final = timedelta(days=3)
"""Stripe tries a webhook for three days."""

PATIENCE: Final = timedelta(minutes=10)
"""How long a webhook may be on its way before it counts as lost."""

MIRRORS_PER_RUN: Final = 200
SUBSCRIPTIONS_PER_RUN: Final = 200

_SHOWN: Final = ("status", "amount", "currency", "amountRefunded")


@dataclass(frozen=True, slots=True)
class _Look:
    """Something to look into, and what it is called."""

    name: str
    run: Callable[[], str]


@dataclass(frozen=True, slots=True)
class _Case:
    db: Database
    stripe: "StripeGateway"
    till: Till
    since: datetime
    until: datetime

    @property
    def for_show(self) -> bool:
        """Whether nothing may be made good: that may ask Stripe to pay something back."""
        return is_for_show(self.db)


def reconcile_stripe(
    db: Database,
    stripe: "StripeGateway",
    till: Till,
    *,
    budget_seconds: float = runner.BUDGET_SECONDS,
) -> Run:
    """Hold Stripe's events, payments and subscriptions against ours, and those against Stripe.

    Returns:
        The run's record. Results of events: `known`, `recovered`, `failed_again`, and in a dry run
        `lost`. Of payments: these too, `right`, `not_ours`, `drifted`, and
        `too_fresh` for one whose webhook may be on its way. Of subscriptions:
        `right`, and `followed` for one whose mirror was behind.
    """
    now = db.now()
    case = _Case(db, stripe, till, since=now - LOOKS_BACK, until=now - PATIENCE)
    return runner.run(
        db,
        JOB,
        chain(_events(case), _payments(case), _mirrors_in_turn(case), _subscriptions(case)),
        lambda look: look.run(),
        describe=lambda look: look.name,
        budget_seconds=budget_seconds,
    )


def _events(case: _Case) -> Iterator[list[_Look]]:
    after = None
    types = sorted(EVENT_TYPES)
    while page := case.stripe.events_since(case.since, case.until, types, after):
        inbox = case.db.get(*(event_path(event_id) for event_id, _ in page))
        looks = [
            _event(case, event_id, payload, known=known.exists)
            for (event_id, payload), known in zip(page, inbox, strict=True)
        ]
        yield looks
        after = page[-1][0]


def _event(case: _Case, event_id: str, payload: str, *, known: bool) -> _Look:
    def run() -> str:
        return "known" if known else _make_good(case, event_id, payload)

    return _Look(f"stripeEvents/{event_id}", run)


def _make_good(case: _Case, event_id: str, payload: str) -> str:
    if case.for_show:
        return LOST
    done = webhooks.try_again(case.db, case.stripe, case.till, payload)
    log("WARNING", "webhook made good", eventId=event_id, done=done, alert="webhook_lost")
    return "recovered" if done else "failed_again"


def _payments(case: _Case) -> Iterator[list[_Look]]:
    after = None
    while page := case.stripe.payment_intents_since(case.since, case.until, after):
        yield [_payment(case, said.payment_intent_id, said) for said in page]
        after = page[-1].payment_intent_id


def _mirrors_in_turn(case: _Case) -> Iterator[list[_Look]]:
    """Hold some mirrors against Stripe, going on where the last run stopped."""
    for found in _in_turn(case, "mirrors", repository.all_payments(limit=MIRRORS_PER_RUN)):
        yield [_payment(case, mirror.document_id, None) for mirror in found]


def _subscriptions(case: _Case) -> Iterator[list[_Look]]:
    """Bring some subscriptions to how they stand at Stripe, going on where the last run stopped."""
    query = repository.all_subscriptions(limit=SUBSCRIPTIONS_PER_RUN)
    for found in _in_turn(case, "subscriptions", query):
        yield [_subscription(case, mirror) for mirror in found]


def _in_turn(case: _Case, lane: str, query: Query) -> Iterator[Sequence[Snapshot]]:
    before = progress.standing(case.db, JOB).get(lane)
    found = case.db.query(progress.resumed(query, before))
    if found:
        yield found
    after = list(query.cursor(found[-1])) if len(found) == query.limit else None
    if after != before:
        progress.advance(case.db, JOB, lane, before, after)


def _subscription(case: _Case, mirror: Snapshot) -> _Look:
    def run() -> str:
        known = subscription_in(mirror)
        if case.for_show or known is None or known.status in ENDED:
            return "right"
        learning.sync(case.db, case.stripe, known.subscription_id)
        [after] = case.db.get(mirror.path)
        return "right" if _said(after) == _said(mirror) else "followed"

    return _Look(mirror.path, run)


def _said(mirror: Snapshot) -> dict[str, Any]:
    """Return what a subscription's mirror says, but for how often and when it was written."""
    ours = {"revision", "updatedAt"}
    return {name: value for name, value in (mirror.data or {}).items() if name not in ours}


def _payment(case: _Case, payment_intent_id: str, listed: ListedIntent | None) -> _Look:
    def run() -> str:
        said = listed or case.stripe.listed_payment_intent(payment_intent_id)
        if said is not None and said.charged_at is not None and said.charged_at > case.until:
            return "too_fresh"
        drift, mirror = _drift(case.db, payment_intent_id, said)
        if drift is None:
            return "right" if mirror.exists else "not_ours"
        if said is not None and (kind := UNHEARD_OF.get(drift)):
            made_good = _make_good(case, *_told(case, kind, said))
            drift, _ = _drift(case.db, payment_intent_id, said)
            if drift is None or made_good == "lost":
                return made_good
        assert drift is not None  # noqa: S101 - it was not made good
        _report(case, payment_intent_id, drift, said, mirror)
        return "drifted"

    return _Look(payment_path(payment_intent_id), run)


def _drift(
    db: Database, payment_intent_id: str, said: ListedIntent | None
) -> tuple[Drift | None, Snapshot]:
    [mirror] = db.get(payment_path(payment_intent_id))
    order, posted = None, True
    if order_id := (mirror.data or {}).get("orderId"):
        order = db.get(order_path(order_id))[0].data
    purchase = purchases.purchase_in(mirror) if "packId" in (mirror.data or {}) else None
    if purchase is not None and purchase.user_id != pseudonym(purchase.user_id):
        entry = entry_path(entry_id(purchase.user_id, paid_posting(purchase)))
        posted = db.get(entry)[0].exists
    return stripe_rules.drift_of(said, mirror.data, order, posted=posted), mirror


def _told(case: _Case, kind: str, said: ListedIntent) -> tuple[str, str]:
    """Return the event that would have told so: an id of its own, and its JSON."""
    told = stripe_rules.object_of(kind, said)
    event_id = f"evt_reconciled_{derived_id(kind, json.dumps(told, sort_keys=True))}"
    event: dict[str, Any] = {
        "id": event_id,
        "type": kind,
        "livemode": case.stripe.live,
        "data": {"object": told},
    }
    return event_id, json.dumps(event)


def _report(
    case: _Case,
    payment_intent_id: str,
    drift: Drift,
    said: ListedIntent | None,
    mirror: Snapshot,
) -> None:
    """Put a difference on record, once as long as it stays the same, with an alert."""
    data = mirror.data or {}
    record_id = derived_id("stripe_drift", payment_intent_id, drift)
    fields = {
        "paymentIntentId": payment_intent_id,
        "drift": drift,
        "userId": data.get("userId") or (said.metadata.get("userId") if said else None),
        "known": {name: data.get(name) for name in _SHOWN},
        "atStripe": {
            "status": said.status,
            "amount": said.amount_received,
            "currency": said.currency,
            "amountRefunded": said.amount_refunded,
        }
        if said
        else None,
    }

    def body(tx: Transaction) -> bool:
        [earlier] = tx.get(audit.record_path(record_id))
        if not earlier.exists:
            audit.record(tx, record_id, "stripe_drift", **fields, job=JOB)
        return not earlier.exists

    if case.db.run_transaction(body):
        log("ERROR", "stripe drift", auditId=record_id, alert="stripe_drift", **fields)
