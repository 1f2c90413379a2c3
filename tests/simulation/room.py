"""What a room adds to a run: things that people do, jobs, and promises."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final, TypeVar

from firetill.database import Write
from tests.simulation.world import World

T = TypeVar("T")

USERS: Final = ("ada", "ben", "cyd")

Act = Callable[[random.Random], None]
Job = Callable[[], object]


class Room:
    """One room's part in a run.

    `acts` are drawn at random, by the weight given; each begins something, most of them a task.
    `jobs` run at random moments, and all of them in calm weather before the end.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    """Other rooms without which nothing happens here."""

    def __init__(self, world: World) -> None:
        self.world = world

    def open(self) -> None:
        """Write what is there before anything happens."""

    def acts(self) -> Mapping[str, tuple[int, Act]]:
        """What may happen, by name, with its weight."""
        return {}

    def jobs(self) -> Mapping[str, Job]:
        """The jobs that look after this room."""
        return {}

    def after_commit(self, writes: Sequence[Write]) -> None:
        """Look whether the promises hold after a commit.

        Raises:
            Broken: one does not.
        """

    def at_end(self) -> None:
        """Look whether the promises hold once everything was delivered and every job ran.

        Raises:
            Broken: one does not.
        """

    def app(self, name: str, work: Callable[[], None]) -> None:
        """Have an app do something; a nervous finger does it twice at once."""
        world = self.world
        for _ in range(2 if world.weather.happens("twice") else 1):
            world.tasks.spawn(name, work)

    def key(self, rng: random.Random) -> str:
        """A key of the app's own for a new request."""
        return f"key-{rng.getrandbits(64):016x}"

    def any_key(self, rng: random.Random) -> str:
        """A key for a new request, now and then one that somebody has used before."""
        used: list[str] = self.world.known.setdefault("keys", [])
        if used and rng.random() < 0.1:
            return rng.choice(used)
        used.append(self.key(rng))
        return used[-1]


def one_of(rng: random.Random, found: Sequence[T]) -> T | None:
    """One of some things; None if there are none."""
    return rng.choice(found) if found else None
