"""How webhooks are delivered: as Stripe promises, or worse, which it allows itself."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Switches:
    """The delivery switches; the defaults deliver each event once, at once, in order.

    Attributes:
        copies: how many times each event is delivered.
        late_seconds: how long deliveries wait.
        late_types: patterns of the event types that wait; empty, all.
        shuffle_window: how many deliveries are gathered and shuffled; 0 or 1, none.
        shuffle_wait_seconds: how long an unfilled window waits for more.
        lose_types: patterns of the event types that may be lost; empty, all.
        lose_next: how many of them are lost from now on.
        lose_probability: the chance that one of them is lost. With neither, and types given, all
            of those types are lost.
        seed: of the shuffling and the losing.
        paused: deliveries are held back.
        signing_secret: signs in the place of the endpoint's secret.
        signature_offset_seconds: shifts the signature's timestamp.
    """

    copies: int = 1
    late_seconds: float = 0.0
    late_types: list[str] = field(default_factory=list)
    shuffle_window: int = 0
    shuffle_wait_seconds: float = 0.5
    lose_types: list[str] = field(default_factory=list)
    lose_next: int = 0
    lose_probability: float = 0.0
    seed: int = 0
    paused: bool = False
    signing_secret: str | None = None
    signature_offset_seconds: int = 0

    def __post_init__(self) -> None:
        if self.copies < 1 or self.shuffle_window < 0 or self.lose_next < 0:
            raise ValueError("copies must be positive, shuffle_window and lose_next not negative")
        if self.late_seconds < 0 or self.shuffle_wait_seconds < 0:
            raise ValueError("waits must not be negative")
        if not 0 <= self.lose_probability <= 1:
            raise ValueError("lose_probability must be from 0 to 1")


class Chance:
    """Draws that repeat for the same switches."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._random = random.Random(switches.seed)
        self._left_to_lose = switches.lose_next

    def loses(self, kind: str) -> bool:
        """Whether an event of this type is lost."""
        switches = self._switches
        if switches.lose_types and not _matches(kind, switches.lose_types):
            return False
        if switches.lose_next:
            self._left_to_lose -= 1
            return self._left_to_lose >= 0
        if switches.lose_probability:
            return self._random.random() < switches.lose_probability
        return bool(switches.lose_types)

    def delay(self, kind: str) -> float:
        """How many seconds an event of this type waits."""
        switches = self._switches
        if switches.late_types and not _matches(kind, switches.late_types):
            return 0.0
        return switches.late_seconds

    def shuffle(self, parcels: list[Parcel]) -> None:
        """Put a window's deliveries into another order."""
        self._random.shuffle(parcels)


@dataclass(order=True)
class Parcel:
    """One delivery that waits: when it is due (monotonic seconds), and what it carries."""

    due: float
    order: int
    event_id: str = field(compare=False)
    kind: str = field(compare=False)
    body: bytes = field(compare=False)
    attempt: int = field(compare=False, default=1)


def _matches(kind: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(kind, pattern) for pattern in patterns)
