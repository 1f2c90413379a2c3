"""Looking for money without tickets, at Stripe, and for tickets without money, among the batches.

It reads and reports. What it finds is mended by the event that was lost, or by people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from firetill import cursors
from firetill.access import Caller
from firetill.admin import fulfillment_rules as rules
from firetill.admin import repository
from firetill.admin.fulfillment_model import (
    CheckFulfillment,
    FulfillmentCheck,
    PaidWithoutTicket,
    TicketWithoutPayment,
)
from firetill.database import Database, Snapshot
from firetill.errors import EventNotFound, InvalidField
from firetill.fields import DocumentId
from firetill.orders import repository as orders
from firetill.orders.model import Order
from firetill.payments.model import ListedIntent
from firetill.payments.repository import payment_path
from firetill.tickets import repository as tickets
from firetill.tickets.model import Batch

if TYPE_CHECKING:
    from firetill.stripe_gateway import StripeGateway

LOOKS_BACK: Final = timedelta(days=3)
"""Stripe tries a webhook for three days."""

PATIENCE: Final = timedelta(minutes=2)
"""How long a payment's webhook may be on its way."""

PAGE: Final = 300
MOST: Final = 900
"""Payments and batches in one call, or a page more."""

LOOKS: Final = 50
"""Pages in one call: an event without tickets is one too, and there may be many."""


class _Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where the check goes on: among Stripe's payments, or the batches of an event; behind one."""

    among: Literal["payments", "batches"]
    event_id: DocumentId | None = None
    after: DocumentId | None = None


@dataclass
class _Search:
    db: Database
    stripe: "StripeGateway"
    event_id: str | None
    paid: list[PaidWithoutTicket] = field(default_factory=list)
    tickets: list[TicketWithoutPayment] = field(default_factory=list)
    payments: int = 0
    batches: int = 0


def check(
    db: Database, stripe: "StripeGateway", caller: Caller, request: CheckFulfillment
) -> FulfillmentCheck:
    """Look at Stripe's payments of three days, then at all batches, a part in each call.

    Raises:
        NotAdmin: the caller is no administrator.
        EventNotFound: there is no such event.
        InvalidField: the cursor is none of ours.
        PaymentProviderUnavailable: Stripe did not answer.
        Contention: Firestore did not answer.
    """
    repository.check_admin(db, caller)
    if request.event_id is not None:
        [event] = db.get(tickets.event_path(request.event_id))
        if not event.exists:
            raise EventNotFound(request.event_id)
    search = _Search(db, stripe, request.event_id)
    place: _Place | None = _read(request.cursor) if request.cursor else _Place("payments")
    for _ in range(LOOKS):
        if place is None or search.payments + search.batches >= MOST:
            break
        place = _payments(search, place) if place.among == "payments" else _batches(search, place)
    return FulfillmentCheck(
        paid_without_ticket=search.paid,
        ticket_without_payment=search.tickets,
        payments=search.payments,
        batches=search.batches,
        cursor=cursors.encode(place) if place else None,
    )


def _payments(search: _Search, place: _Place) -> _Place | None:
    """Look at a page of Stripe's payments; return where to go on."""
    now = search.db.now()
    page = search.stripe.payment_intents_since(now - LOOKS_BACK, now - PATIENCE, place.after)
    if not page:
        return _event_behind(search, None)
    search.payments += len(page)
    paid = [(said, order_id) for said in page if (order_id := rules.paid_order(said))]
    found = _read_all(
        search.db,
        (
            path
            for said, order_id in paid
            for path in (
                orders.order_path(order_id),
                payment_path(said.payment_intent_id),
                orders.fulfillment_path(said.payment_intent_id),
            )
        ),
    )
    for said, order_id in paid:
        order = _order_in(found[orders.order_path(order_id)])
        if rules.is_about(order, search.event_id):
            search.paid += _without_ticket(said, order_id, order, found)
    return _Place("payments", after=page[-1].payment_intent_id)


def _without_ticket(
    said: ListedIntent, order_id: str, order: Order | None, found: dict[str, Snapshot]
) -> list[PaidWithoutTicket]:
    mirror = orders.payment_in(found[payment_path(said.payment_intent_id)])
    missing = rules.without_ticket(
        said,
        order_id,
        order,
        handed_over=found[orders.fulfillment_path(said.payment_intent_id)].exists,
        goes_back=mirror is not None and mirror.given_back,
    )
    return [missing] if missing else []


def _event_behind(search: _Search, event_id: str | None) -> _Place | None:
    """Return the beginning of the next event's batches; None behind the last one's."""
    if search.event_id is not None:
        return None if event_id == search.event_id else _Place("batches", search.event_id)
    found = search.db.query(repository.events_behind(event_id, limit=1))
    return _Place("batches", found[0].document_id) if found else None


def _batches(search: _Search, place: _Place) -> _Place | None:
    """Look at a page of an event's batches; return where to go on."""
    event_id = place.event_id or ""
    query = tickets.all_batches(event_id, limit=PAGE, start_after=place.after)
    page = search.db.query(query)
    search.batches += len(page)
    batches = _readable(search, event_id, page)
    found = _read_all(
        search.db, (orders.order_path(one.order_id) for one in batches if one.order_id)
    )
    known = {path: _order_in(one) for path, one in found.items()}
    mirrors = _read_all(
        search.db,
        (
            payment_path(order.payment_intent_id)
            for order in known.values()
            if order and order.payment_intent_id
        ),
    )
    for batch in batches:
        order = known.get(orders.order_path(batch.order_id or ""))
        mirror = mirrors.get(payment_path((order and order.payment_intent_id) or ""))
        payment = orders.payment_in(mirror) if mirror else None
        if wrong := rules.without_payment(batch, order, payment):
            search.tickets.append(wrong)
    if len(page) < PAGE:
        return _event_behind(search, event_id)
    return _Place("batches", event_id, page[-1].document_id)


def _readable(search: _Search, event_id: str, page: Sequence[Snapshot]) -> list[Batch]:
    """Return the batches among some documents; what somebody made of the others is reported."""
    batches = []
    for one in page:
        try:
            batches += [batch] if (batch := tickets.batch_in(one)) else []
        except msgspec.ValidationError:
            user_id = (one.data or {}).get("userId")
            search.tickets.append(
                TicketWithoutPayment(
                    event_id=event_id,
                    rager_id=one.document_id,
                    user_id=user_id if isinstance(user_id, str) else None,
                    order_id=None,
                    quantity=0,
                    why="unreadable",
                )
            )
    return batches


def _read_all(db: Database, paths: Iterable[str]) -> dict[str, Snapshot]:
    unique = list(dict.fromkeys(paths))
    return {one.path: one for one in db.get(*unique)} if unique else {}


def _order_in(found: Snapshot) -> Order | None:
    return orders.order_in(found) if found.exists else None


def _read(text: str) -> _Place:
    place = cursors.decode(text, _Place)
    if (place.among == "batches") is not (place.event_id is not None):
        raise InvalidField("cursor", cursors.NOT_OURS)
    return place
