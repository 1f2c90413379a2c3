"""Holding, selling and returning stock, for use inside any transaction of the room.

An item's stock lies in its own document, or is spread over shards: `events/{id}/inventory/{n}`, or
`products/{id}/inventory/{n}`, as many as the item's `shards` says. Then its document is the pool
from which shards are dealt, and each order draws on one shard, so that buyers do not wait for each
other. An operator may change `shards` at any moment: whatever has ever been dealt to is known by
`dealtShards`, and found again when the rest has not enough. `sold_out` is only ever said by who has
read all of it in one commit. See `docs/adr/0010-orders-and-stock.md`.
"""

from collections.abc import Mapping, Sequence

import msgspec

from firetill.database import Transaction
from firetill.errors import SoldOut
from firetill.orders import repository, rules, stock_rules
from firetill.orders.model import Line, Product
from firetill.orders.stock_rules import Place, Wanted
from firetill.tickets.model import TicketedEvent
from firetill.tickets.repository import event_in, event_path


def documents(wanted: Sequence[Wanted]) -> list[str]:
    """Return the documents of some items, for whoever reads them in a first batch."""
    return [repository.item_path(one.kind, one.item_id) for one in wanted]


def reserve(
    tx: Transaction, order_id: str, wanted: Sequence[Wanted]
) -> tuple[list[Line], set[str], Mapping[str, int]]:
    """Hold what an order wants, at today's prices.

    Args:
        tx: the transaction; it has read `documents`.
        order_id: chooses the shards.
        wanted: each item once.

    Returns:
        The order's lines, the currencies of the items, and how many of a limited item one user may
        have, by item.

    Raises:
        EventNotFound, ProductNotFound: there is no such item.
        NotOnSale: it is not sold, or no more.
        LimitReached: more than one order may have.
        SoldOut: less is free.
    """
    lines, currencies, limits = list[Line](), set[str](), dict[str, int]()
    for one in wanted:
        [found] = tx.get(repository.item_path(one.kind, one.item_id))
        item = repository.item_in(found, one.kind)
        line = rules.line(one, item, None, tx.now)
        line = msgspec.structs.replace(line, shard=_hold(tx, order_id, line))
        lines.append(line)
        currencies.add(item.currency.lower())
        if item.per_user_limit is not None:
            limits[rules.item_key(line)] = item.per_user_limit
    return lines, currencies, limits


def hold_again(tx: Transaction, order_id: str, lines: Sequence[Line]) -> list[Line]:
    """Hold the lines of an order that had given its stock back; prices stay as ordered.

    Raises:
        SoldOut: less is free by now, or the item is gone; then none of the lines is held, for the
            transaction goes on.
    """
    tx.get(*(repository.item_path(line.kind, line.item_id) for line in lines))
    held = list[Line]()
    try:
        for line in lines:
            held.append(msgspec.structs.replace(line, shard=_hold(tx, order_id, line)))
    except SoldOut:
        for line in held:
            release(tx, line)
        raise
    return held


def release(tx: Transaction, line: Line) -> None:
    """Give back what a line holds."""
    _change(tx, line, reserved=-line.quantity)


def consume(tx: Transaction, line: Line) -> None:
    """Sell what a line holds."""
    _change(tx, line, left=-line.quantity, reserved=-line.quantity)


def give_back(tx: Transaction, line: Line, units: int) -> None:
    """Put units of a line that were sold back into the stock."""
    _change(tx, line, left=units)


def take(tx: Transaction, cause: str, event_id: str, units: int) -> None:
    """Take units out of an event's free stock, sold to nobody's order.

    Raises:
        EventNotFound: there is no such event.
        SoldOut: less is free.
    """
    event = event_in(tx.get(event_path(event_id))[0])
    line = Line(
        kind="event",
        item_id=event_id,
        name=event.name,
        unit_price=0,
        quantity=units,
        amount=0,
    )
    consume(tx, msgspec.structs.replace(line, shard=_hold(tx, cause, line)))


def _change(tx: Transaction, line: Line, *, left: int = 0, reserved: int = 0) -> None:
    [found] = tx.get(repository.place_path(line))
    if not found.exists:
        return  # an item that somebody has deleted: there is nothing to count any more
    place = repository.place_in(found).changed(left=left, reserved=reserved)
    repository.put_place(tx, place)


def _hold(tx: Transaction, cause: str, line: Line) -> int | None:
    """Reserve a line's units, and return the shard that holds them; None for the item itself."""
    [found] = tx.get(repository.item_path(line.kind, line.item_id))
    if not found.exists:
        raise SoldOut(line.item_id, available=0)
    item = repository.item_in(found, line.kind)
    if item.shards > 1:
        return _hold_in_shard(tx, cause, line, item)
    place = repository.place_in(found)
    if item.dealt_shards and place.free < line.quantity:
        _hold_all_drained(tx, line, item)
        return None
    repository.put_place(tx, place.holding(line.quantity, line.item_id))
    return None


def _hold_in_shard(tx: Transaction, cause: str, line: Line, item: Product | TicketedEvent) -> int:
    number = stock_rules.shard_of(cause, item.shards)
    pool = repository.place_in(tx.get(repository.item_path(line.kind, line.item_id))[0])
    if pool.free >= line.quantity:  # else the sale nears its end: read everything at once
        [found] = tx.get(repository.shard_path(line.kind, line.item_id, number))
        shard = repository.place_in(found)
        if shard.free >= line.quantity:
            repository.put_place(tx, shard.holding(line.quantity, line.item_id))
            # Nothing of the item's own document counts here, and all buyers read it.
            tx.waive(pool.path)
            return number
    pool, shards = _everything(tx, line, max(item.shards, item.dealt_shards))
    after, filled = stock_rules.filled(
        pool,
        shards,
        number,
        line.quantity,
        wanted_shards=item.shards,
        item_id=line.item_id,
    )
    filled[number] = filled[number].holding(line.quantity, line.item_id)
    _put_all(tx, shards, filled)
    dealt_shards = max(item.dealt_shards, number + 1)
    if after != pool or dealt_shards != item.dealt_shards:
        repository.put_place(tx, after, dealtShards=dealt_shards)
    tx.waive(pool.path)
    return number


def _hold_all_drained(tx: Transaction, line: Line, item: Product | TicketedEvent) -> None:
    pool, shards = _everything(tx, line, item.dealt_shards)
    after, drained = stock_rules.drained(pool, shards)
    repository.put_place(tx, after.holding(line.quantity, line.item_id))
    _put_all(tx, shards, drained)


def _everything(tx: Transaction, line: Line, count: int) -> tuple[Place, list[Place]]:
    """Read an item's pool and all of its shards."""
    paths = [repository.item_path(line.kind, line.item_id)]
    paths += [repository.shard_path(line.kind, line.item_id, number) for number in range(count)]
    pool, *shards = [repository.place_in(found) for found in tx.get(*paths)]
    return pool, shards


def _put_all(tx: Transaction, before: Sequence[Place], after: Sequence[Place]) -> None:
    """Write the places that changed; what stock the others have does not matter to the commit."""
    for old, new in zip(before, after, strict=True):
        if new != old:
            repository.put_place(tx, new)
        else:
            tx.waive(new.path)
