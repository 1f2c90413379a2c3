"""What a message tells, gathered from the documents as they are when it is sent.

The rooms above own these documents; only the fields that a message shows are read here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from firetill.database import Database
from firetill.notifications import repository
from firetill.notifications.model import About, Receipt, TicketsReceived


class BoughtLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A line of a fulfilment; amounts in minor units. One of tickets names its batch."""

    item_id: str
    name: str
    quantity: int
    unit_price: int
    amount: int
    rager_id: str | None = None


class Bought(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A fulfilment: what an order brought; `amount` in minor units."""

    order_id: str
    user_id: str
    lines: list[BoughtLine]
    amount: int
    currency: str
    created_at: datetime


class Occasion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event that tickets are for."""

    name: str
    doors_open_at: datetime | None = None
    ends_at: datetime | None = None


class Batch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A batch of tickets; `closed` says why it admits nobody any more."""

    user_id: str
    ticket_quantity: int
    used_count: int
    code: str = ""
    closed: str | None = None


@dataclass(frozen=True, slots=True)
class Tickets:
    """Tickets that their holder can show at a door: how many one code admits, and to what."""

    occasion: Occasion
    admits: int
    code: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a message may show; `bought` for a receipt alone."""

    about: About
    bought: Bought | None = None
    occasion: Occasion | None = None
    tickets: Sequence[Tickets] = ()


class NothingToTellError(LookupError):
    """The document that a notification is about does not exist, or is somebody else's."""


def gather(db: Database, user_id: str, about: About) -> Facts:
    """Read what a notification is about.

    Raises:
        NothingToTellError: it is not there.
        msgspec.ValidationError: a document is not what its room writes.
    """
    match about:
        case Receipt(fulfillment_id=fulfillment_id):
            [found] = db.get(repository.fulfillment_path(fulfillment_id))
            if found.data is None or found.data.get("userId") != user_id:
                raise NothingToTellError(found.path)
            bought = msgspec.convert(found.data, Bought)
            batches = [(line.item_id, line.rager_id) for line in bought.lines if line.rager_id]
            return Facts(about, bought=bought, tickets=_tickets(db, user_id, batches))
        case TicketsReceived(event_id=event_id, rager_id=rager_id):
            [event] = db.get(repository.event_path(event_id))
            if event.data is None:
                raise NothingToTellError(event.path)
            tickets = _tickets(db, user_id, [(event_id, rager_id)])
            return Facts(about, occasion=msgspec.convert(event.data, Occasion), tickets=tickets)
        case _:
            return Facts(about)


def _tickets(db: Database, user_id: str, batches: Sequence[tuple[str, str]]) -> list[Tickets]:
    """Return the tickets of batches that still admit somebody and are still the user's."""
    if not batches:
        return []
    events = [repository.event_path(event_id) for event_id, _ in batches]
    paths = [repository.batch_path(event_id, rager_id) for event_id, rager_id in batches]
    found = {snapshot.path: snapshot for snapshot in db.get(*dict.fromkeys([*events, *paths]))}
    tickets = []
    for event, path in zip(events, paths, strict=True):
        if found[event].data is None or found[path].data is None:
            continue
        occasion = msgspec.convert(found[event].data, Occasion)
        batch = msgspec.convert(found[path].data, Batch)
        admits = batch.ticket_quantity - batch.used_count
        if batch.user_id == user_id and batch.closed is None and admits > 0 and batch.code:
            tickets.append(Tickets(occasion, admits, batch.code))
    return tickets
