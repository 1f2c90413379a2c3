"""The past: a till whose clock shows another time, and scenes that are played in their order."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from firetill.database import Database, Store, Transaction
from firetill.errors import Refusal
from firetill.orders.settlement import Till
from firetill.stripe_gateway import StripeGateway
from firetill.tally import EVERY_SECONDS, Tally
from firetill.tickets.codes import Codes
from firetill.webhooks import service as webhooks
from local.seed.bank import Bank
from local.seed.people import Accounts
from local.stack import StackError

_TICK: Final = timedelta(milliseconds=35)
WAVE: Final = timedelta(minutes=30)
"""How much of the history is played at once, and by how much Stripe's clock goes on each time."""

_THREADS: Final = 4


class SeedError(StackError):
    """The history did not come out as it was written; the message says where."""


class Ticking:
    """A clock that begins in the past and goes on a little whenever somebody looks at it."""

    def __init__(self, at: datetime) -> None:
        """Begin at an instant in UTC."""
        self._at = at

    def __call__(self) -> datetime:
        """Return the instant by this clock."""
        self._at += _TICK
        return self._at


@dataclass
class House:
    """The till and all that stands behind it, at any moment of the past.

    `now` is when the history ends: a moment ago.
    """

    store: Store
    stripe: StripeGateway
    bank: Bank
    codes: Codes
    accounts: Accounts
    now: datetime
    terms_version: str
    wave: datetime = field(init=False)
    _refusals: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.wave = self.now

    def at(self, moment: datetime) -> Database:
        """The database as a function saw it that was called at `moment`."""
        return Database(self.store, Ticking(moment))

    def write(self, moment: datetime, path: str, **fields: Any) -> None:
        """Write fields of a document as its owner or an administrator would, by hand."""

        def body(tx: Transaction) -> None:
            tx.get(path)
            tx.merge(path, fields)

        self.at(moment).run_transaction(body)

    def hear(self, moment: datetime, *ids: str) -> None:
        """Let the till hear, at `moment`, what Stripe has to tell about these objects."""
        db = self.at(moment)
        for event, payload in self.bank.news_of(*ids, since=self.wave):
            webhooks.handle(db, self.stripe, Till(self.codes), event, payload)

    @contextlib.contextmanager
    def refusing(self, moment: datetime) -> Iterator[None]:
        """Expect the block to be refused, and count the refusal among those of its day.

        Raises:
            SeedError: it was not refused.
        """
        try:
            yield
        except Refusal as refusal:
            self._refusals[refusal.reason, moment.date().isoformat()] += 1
        else:
            raise SeedError(f"At {moment} something was to be refused and was not.")

    def file_refusals(self) -> None:
        """Leave the counts of refusals where a function's instance leaves its own."""
        elapsed = 0.0
        tally = Tally(lambda: self.at(self.now), seconds=lambda: elapsed)
        noted = sorted(self._refusals.elements())
        for reason, day in noted[:-1]:
            tally.note(reason, day)
        elapsed = EVERY_SECONDS
        for reason, day in noted[-1:]:
            tally.note(reason, day)


@dataclass(frozen=True)
class Scene:
    """Something that somebody does from `at` on; scenes of one person do not overlap."""

    at: datetime
    who: str
    play: Callable[[], object]


class Timeline:
    """Scenes in their order: waves one after the other, the people of a wave at once."""

    def __init__(self, house: House) -> None:
        """Begin without scenes."""
        self._house = house
        self._scenes: list[Scene] = []

    def add(self, at: datetime, who: str, play: Callable[[], object]) -> None:
        """Add a scene."""
        self._scenes.append(Scene(at, who, play))

    def run(self) -> None:
        """Play all scenes; Stripe's clock goes on from wave to wave.

        Raises:
            Exception: a scene did not go as written.
        """
        house, scenes = self._house, sorted(self._scenes, key=lambda scene: scene.at)
        with ThreadPoolExecutor(_THREADS) as pool:
            for wave, found in groupby(scenes, lambda scene: wave_of(scene.at, house.now)):
                house.wave = house.now - wave * WAVE
                house.bank.set_time(house.wave, house.now)
                turns: dict[str, list[Scene]] = {}
                for scene in found:
                    turns.setdefault(scene.who, []).append(scene)
                for _ in pool.map(_play, turns.values()):
                    pass


def wave_of(at: datetime, now: datetime) -> int:
    """Tell in which wave before `now` a scene is played; it begins so many times `WAVE` before."""
    return -((at - now) // WAVE)


def _play(scenes: list[Scene]) -> None:
    for scene in scenes:
        scene.play()
