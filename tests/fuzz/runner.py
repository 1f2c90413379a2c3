"""Episodes: a few inputs one after another to a world that is as it was in the beginning."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.fuzz.answers import ACCEPTED, Violation
from tests.fuzz.targets import SLOWEST_SECONDS, Input, Target, held
from tests.fuzz.world import World

EPISODE: Final = 32
"""Inputs of one episode."""


@dataclass(frozen=True)
class Failure:
    """The inputs up to the one that should not have gone as it did, and what was wrong with it."""

    target: str
    inputs: tuple[Input, ...]
    said: str


@dataclass
class Tally:
    """What came of the inputs to one target; all seconds are the processor's."""

    inputs: int = 0
    came_of: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    slowest_seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """Inputs that were done."""
        return self.came_of[ACCEPTED]

    @property
    def refused(self) -> int:
        """Inputs that were refused as documented."""
        return self.came_of.total() - self.accepted

    def add(self, other: "Tally") -> None:
        """Count another's as well."""
        self.inputs += other.inputs
        self.came_of += other.came_of
        self.seconds += other.seconds
        self.slowest_seconds = max(self.slowest_seconds, other.slowest_seconds)
        self.failures += other.failures


def episode(world: World, target: Target, seed: int, number: int, size: int = EPISODE) -> Tally:
    """Do one episode; the seed, the target's name and the number say all of it."""
    rng = Random(f"{seed} {target.name} {number}")
    tally, so_far = Tally(), list[Input]()
    began = time.process_time()
    world.restore()
    for _ in range(size):
        given = target.make(rng)
        so_far.append(given)
        tally.inputs += 1
        said, seconds = _one(world, target, given, tally)
        tally.slowest_seconds = max(tally.slowest_seconds, seconds)
        if said:
            tally.failures.append(Failure(target.name, tuple(so_far), said))
            so_far = []
            world.restore()
    if faults := world.faults_in_books():
        tally.failures.append(Failure(target.name, tuple(so_far), f"books: {faults}"))
        world.restore()
    tally.seconds = time.process_time() - began
    return tally


def fails(world: World, target: Target, inputs: Sequence[Input]) -> str | None:
    """What goes wrong with these inputs one after another, None if nothing does."""
    world.restore()
    for given in inputs:
        said, _ = _one(world, target, given, Tally())
        if said:
            return said
    faults = world.faults_in_books()
    return f"books: {faults}" if faults else None


def _one(world: World, target: Target, given: Input, tally: Tally) -> tuple[str | None, float]:
    began = time.process_time()  # another process's work is no fault of ours
    said = None
    try:
        tally.came_of[held(world, target, given)] += 1
    except Violation as violation:
        said = str(violation)
    except Exception as error:  # noqa: BLE001 - whatever escapes is what we look for
        said = f"{type(error).__name__} escaped: {error}"
    seconds = time.process_time() - began
    if said is None and seconds > SLOWEST_SECONDS:
        said = f"took {seconds:.1f} s"
    return said, seconds


def kind_of(failure: str) -> Callable[[str | None], bool]:
    """Tell whether another failure is the same one, by how it begins."""
    first = failure.split("\n", 1)[0][:25]
    return lambda other: other is not None and other.startswith(first)
