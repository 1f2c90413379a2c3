"""A history that grows, and what is measured before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from firetill.database import Database, Query

Act = Callable[[Database], object]
ROUNDS = 40
QUERIES = 3
"""Rounds of what makes queries: the emulator searches the whole collection for each."""


@dataclass(frozen=True)
class Probe:
    """One operation that is timed at each size of a history.

    Attributes:
        name: in the table.
        ready: makes one ready, to be done once; its own time does not count.
        rounds: how many are timed.
        grows: what it is documented to grow with; None: with nothing.
        up_to: the largest size at which it is measured; None: at each.
    """

    name: str
    ready: Callable[[], Act]
    rounds: int = ROUNDS
    grows: str | None = None
    up_to: int | None = None


class History(Protocol):
    """Something that piles up in a project of its own."""

    name: str

    def grow(self, before: int, size: int) -> None:
        """Let it grow from one size to another."""

    def probes(self) -> Sequence[Probe]:
        """Return what is measured at each size."""


def bare_query(collection: str) -> Probe:
    """Return a query that finds nothing, to tell the emulator's time for one from the till's."""
    query = Query(collection, 1, where=(("nobody", "==", True),))
    return Probe(
        f"(a bare query of `{collection}`)", lambda: lambda db: db.query(query), rounds=QUERIES
    )
