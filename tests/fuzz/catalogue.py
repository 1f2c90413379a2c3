"""Every target there is, and how large a part of the inputs each boundary gets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from tests.fuzz import calls, doors, envelopes, events, parsers, paths, tasks
from tests.fuzz.targets import Target
from tests.fuzz.world import World

SHARES: Final[Mapping[str, int]] = {
    "callable": 240,
    "rest": 200,
    "door": 40,
    "webhook": 60,
    "envelope": 60,
    "bearer": 40,
    "task": 15,
    "event": 5,
    "blocking": 15,
    "model": 160,
    "cursor": 30,
    "code": 40,
    "id": 30,
    "route": 20,
    "value": 30,
    "username": 5,
    "news": 10,
}
"""Thousandths of the inputs: the fast parsers get many, the slow doors enough for each target."""


def targets(world: World) -> list[Target]:
    """Every target of a world."""
    rooms = (calls, paths, doors, events, envelopes, tasks, parsers)
    return [target for room in rooms for target in room.targets(world)]


def inputs_of(targets: Sequence[Target], inputs: int) -> dict[str, int]:
    """How many of so many inputs each target gets; at least one."""
    among = Counter(target.boundary for target in targets)
    whole = sum(SHARES[boundary] for boundary in among)
    return {
        target.name: max(1, inputs * SHARES[target.boundary] // whole // among[target.boundary])
        for target in targets
    }
