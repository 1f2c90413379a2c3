"""Stock, and how an item's is spread over shards. Pure.

Stock is never clamped: a change that would leave it impossible is a fault of ours and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from firetill.errors import SoldOut
from firetill.orders.model import ItemKind


class BrokenStockError(ValueError):
    """Stock that cannot be as the documents say; nothing was written, somebody has to look."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many of an item, over all lines that name it."""

    kind: ItemKind
    item_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where stock lies: `left` to sell, of which orders hold `reserved`."""

    path: str
    left: int
    reserved: int

    @property
    def free(self) -> int:
        """Return how many are neither sold nor held."""
        return self.left - self.reserved

    def changed(self, *, left: int = 0, reserved: int = 0) -> "Place":
        """Return the place after a change of its counts.

        Raises:
            BrokenStockError: it would hold more than is left, or less than nothing.
        """
        after = replace(self, left=self.left + left, reserved=self.reserved + reserved)
        if not 0 <= after.reserved <= after.left:
            raise BrokenStockError(f"{self.path}: {after.reserved} of {after.left} reserved")
        return after

    def holding(self, units: int, item_id: str) -> "Place":
        """Return the place with more of its free units reserved.

        Raises:
            SoldOut: fewer are free.
        """
        if self.free < units:
            raise SoldOut(item_id, available=self.free)
        return self.changed(reserved=units)


def shard_of(cause: str, shards: int) -> int:
    """Return the shard on which an id of hexadecimal digits draws."""
    return int(cause[:8], 16) % shards


def filled(
    pool: Place,
    shards: Sequence[Place],
    number: int,
    units: int,
    *,
    wanted_shards: int,
    item_id: str,
) -> tuple[Place, list[Place]]:
    """Bring free stock into a shard if it has not enough; what is reserved stays where it is.

    First a fair share of the pool, or more if more is asked for; then from other shards: all that
    lies in those that are no longer wanted, and half of the richest, so that soon nobody has to ask
    again.

    Args:
        pool: the stock in the item's own document.
        shards: all that ever held stock or are wanted now, by number.
        number: the shard.
        units: how many must be free in it.
        wanted_shards: over how many the stock is to be spread.
        item_id: of which item.

    Returns:
        The pool and the shards as they are then, in the same order.

    Raises:
        SoldOut: all of it together is less.
    """
    available = pool.free + sum(shard.free for shard in shards)
    if available < units:
        raise SoldOut(item_id, available=available)
    missing = units - shards[number].free
    if missing <= 0:
        return pool, list(shards)
    after = list(shards)
    dealt = min(pool.free, max(missing, -(-pool.free // wanted_shards)))
    moved = dealt
    for other in _richest_first(number, shards, wanted_shards):
        if moved >= missing:
            break
        free = shards[other].free
        some = free if other >= wanted_shards else max(min(free, missing - moved), -(-free // 2))
        after[other] = after[other].changed(left=-some)
        moved += some
    after[number] = after[number].changed(left=moved)
    return pool.changed(left=-dealt), after


def drained(pool: Place, shards: Sequence[Place]) -> tuple[Place, list[Place]]:
    """Bring back all that lies free in shards, once an event is to have none any more."""
    found = sum(shard.free for shard in shards)
    return pool.changed(left=found), [shard.changed(left=-shard.free) for shard in shards]


def _richest_first(number: int, shards: Sequence[Place], wanted_shards: int) -> list[int]:
    others = [other for other in range(len(shards)) if other != number]
    return sorted(others, key=lambda other: (other < wanted_shards, -shards[other].free))
