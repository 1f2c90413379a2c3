"""A history that grows, and what is measured before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from firetill.database import Database

Act = Callable[[Database], object]
ROUNDS = 40


@dataclass(frozen=True)
class Probe:
    """One operation that is timed at each size of a history.

    Attributes:
        name: in the table.
        ready: makes one ready, to be done once; its own time does not count.
        rounds: how many are timed.
        grows: what it is documented to grow with; None: with nothing.
    """

    name: str
    ready: Callable[[], Act]
    rounds: int = ROUNDS
    grows: str | None = None


class History(Protocol):
    """Something that piles up in a project of its own."""

    name: str

    def grow(self, before: int, size: int) -> None:
        """Let it grow from one size to another."""

    def probes(self) -> Sequence[Probe]:
        """Return what is measured at each size."""
