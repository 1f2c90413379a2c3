"""What is fuzzed: how an input is made, what is done with it, and what must then hold."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.fuzz.answers import ACCEPTED, Violation
from tests.fuzz.store import matching
from tests.fuzz.world import World

Input = Mapping[str, str]
"""An input by its parts; bytes are in Latin-1, so that JSON can keep them."""

SLOWEST_SECONDS: Final = 2.0


@dataclass(frozen=True)
class Target:
    """One boundary's entrance.

    Attributes:
        name: as the command line has it, such as `callable/startSession`.
        make: an input, by chance alone.
        run: does it; `ACCEPTED`, or why not.
        writes: the documents that a refused input may write nevertheless, `*` for any id.
    """

    name: str
    make: Callable[[Random], Input]
    run: Callable[[Input], str]
    writes: tuple[str, ...] = ()

    @property
    def boundary(self) -> str:
        """The first part of the name."""
        return self.name.partition("/")[0]


def held(world: World, target: Target, given: Input) -> str:
    """Do one input, and make sure of what holds for every one; `ACCEPTED`, or why not.

    Raises:
        Violation: it was not answered as documented, wrote though it was refused, or something
            failed behind the doors.
    """
    world.store.mark()
    try:
        outcome = target.run(given)
    except Violation as violation:
        raise Violation(f"{violation}{_shown(world)}") from violation.__cause__
    if world.log.stacks:
        raise Violation(f"failed behind the doors{_shown(world)}")
    if outcome != ACCEPTED:
        written = matching(world.store.changed(), target.writes)
        if written:
            raise Violation(f"refused, and wrote {', '.join(written)}")
    return outcome


def _shown(world: World) -> str:
    return "".join(f"\n{line}" for line in world.log.stacks)


def latin(data: bytes) -> str:
    """Bytes as text that JSON can keep."""
    return data.decode("latin-1")


def raw(text: str) -> bytes:
    """The bytes again; what no byte stands for is left out, as when an input is made smaller."""
    return text.encode("latin-1", errors="ignore")


def named(targets: Iterable[Target], pattern: str) -> list[Target]:
    """The target of this name, or all of this boundary."""
    return [one for one in targets if pattern in {one.name, one.boundary}]
