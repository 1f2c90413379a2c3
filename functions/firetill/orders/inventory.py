"""Counting stock against what was sold and what is held."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from firetill import access, audit
from firetill.access import Caller
from firetill.database import Database, Query, Snapshot, Transaction
from firetill.errors import EventNotFound, InvalidField, ProductNotFound
from firetill.logs import log
from firetill.orders import repository
from firetill.orders.inventory_model import CheckInventory, Inventory
from firetill.orders.model import ItemKind
from firetill.orders.repository import item_in, item_path, shard_path
from firetill.tickets.repository import all_batches, event_in
from firetill.wire import canonical_json, derived_id

PAGE: Final = 300
COUNTS: Final = 3
"""How often an item is counted while sales go on."""


def check(db: Database, caller: Caller, request: CheckInventory) -> Inventory:
    """Count an item's stock; changes nothing.

    Raises:
        NotAdmin: the caller is no administrator.
        InvalidField: the input names both a product and an event, or neither.
        EventNotFound, ProductNotFound: there is no such item.
    """
    paths = access.admin_documents(caller)
    access.require_admin(caller, db.get(*paths) if paths else [])
    match request.event_id, request.product_id:
        case str(event_id), None:
            return count(db, "event", event_id)
        case None, str(product_id):
            return count(db, "product", product_id)
    raise InvalidField("eventId", "name an eventId or a productId")


def count(db: Database, kind: ItemKind, item_id: str) -> Inventory:
    """Count an item, again if its stock moved meanwhile, or to make sure of a difference.

    Tickets that are passed on meanwhile move between the pages that are read, and leave no trace
    in the stock: a difference that they make is not found twice.

    Raises:
        EventNotFound, ProductNotFound: there is no such item.
    """
    earlier = None
    for _ in range(COUNTS):
        before = _places(db, kind, item_id)
        counted = _counted(db, kind, item_id, before)
        after = db.get(*(place.path for place in before))
        if [one.version for one in before] == [one.version for one in after]:
            found = msgspec.structs.replace(counted, settled=True)
            if not found.drifted or found == earlier:
                return found
            earlier = found
    return counted


def report(db: Database, found: Inventory) -> None:
    """Put a drift on record, once as long as it stays the same, with an alert."""
    record_id = derived_id("inventory_drift", canonical_json(found.counts()))

    def body(tx: Transaction) -> bool:
        [earlier] = tx.get(audit.record_path(record_id))
        if not earlier.exists:
            audit.record(tx, record_id, "inventory_drift", **found.counts())
        return not earlier.exists

    if db.run_transaction(body):
        log(
            "ERROR", "inventory drift", auditId=record_id, alert="inventory_drift", **found.counts()
        )


def _places(db: Database, kind: ItemKind, item_id: str) -> list[Snapshot]:
    """Read all documents that an item's stock lies in, the item's own first."""
    path = item_path(kind, item_id)
    [found] = db.get(path)
    if not found.exists:
        raise EventNotFound(item_id) if kind == "event" else ProductNotFound(item_id)
    item = item_in(found, kind)
    shards = max(item.shards, item.dealt_shards)
    return db.get(path, *(shard_path(kind, item_id, one) for one in range(shards)))


def _counted(db: Database, kind: ItemKind, item_id: str, places: Sequence[Snapshot]) -> Inventory:
    """Count an item whose stock documents were just read; not yet known to be of one moment."""
    stock = [repository.counts_in(place) for place in places]
    left, reserved = sum(one.left for one in stock), sum(one.reserved for one in stock)
    held = sum(
        line.quantity
        for found in _all(db, repository.pending(limit=PAGE))
        for line in repository.order_in(found).lines
        if (line.kind, line.item_id) == (kind, item_id)
    )
    sold, expected, actual = None, held, reserved
    if kind == "event":
        batches = _all(db, all_batches(item_id, limit=PAGE))
        sold = sum((batch.data or {}).get("ticketQuantity", 0) for batch in batches)
        expected, actual = event_in(places[0]).initial_quantity - sold, left
    return Inventory(
        kind=kind,
        item_id=item_id,
        expected=expected,
        actual=actual,
        drift=actual - expected,
        left=left,
        sold=sold,
        reserved=reserved,
        reserved_expected=held,
        reserved_drift=reserved - held,
        shards=len(places) - 1,
        settled=False,
    )


def _all(db: Database, query: Query) -> Iterator[Snapshot]:
    while True:
        page = db.query(query)
        yield from page
        if len(page) < query.limit:
            return
        query = replace(query, start_after=query.cursor(page[-1]))
