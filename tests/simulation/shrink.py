"""Making a failing plan as small as it still fails, so that a person can read what happened."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any, Final

from tests.simulation.room import Room
from tests.simulation.rooms import ROOMS
from tests.simulation.run import Plan, play
from tests.simulation.weather import Climate
from tests.simulation.world import World

PLAYS: Final = 600
"""How many smaller plans are tried."""

SCHEDULES: Final = 3
"""In how many orders each smaller plan is tried: with an act gone, everything else shifts."""


def smallest(plan: Plan, promise: str, *, plays: int = PLAYS, **parts: Any) -> Plan:
    """The smallest plan that was found to break the same promise; `parts` as `play` takes them."""
    left = plays
    while True:
        for smaller in _smaller(plan):
            for schedule in range(SCHEDULES):
                if left == 0:
                    return plan
                left -= 1
                candidate = replace(smaller, schedule=schedule)
                if breaks(candidate, promise, **parts):
                    plan = candidate
                    break
            else:
                continue
            break
        else:
            return plan


def breaks(plan: Plan, promise: str, **parts: Any) -> bool:
    """Whether a plan breaks a promise; another one does not count."""
    broken = play(plan, **parts).broken
    return broken is not None and broken.promise == promise


def _smaller(plan: Plan) -> Iterator[Plan]:
    """Plans with less in them, those with much less first."""
    size = plan.size // 2
    while size:
        for start in range(0, plan.size, size):
            yield replace(plan, acts=plan.acts[:start] + plan.acts[start + size :])
        size //= 2
    names = {name for _, name, _ in plan.acts}
    for room in plan.rooms:
        rest = tuple(one for one in plan.rooms if one != room)
        if room != "wallets" and not _is_needed(rest, room) and not names & _acts_of(room):
            yield replace(plan, rooms=rest)
    for kind in plan.climate.kinds():
        yield replace(plan, climate=plan.climate.without(kind))
    for index, (number, name, pause) in enumerate(plan.acts):
        if pause:
            acts = (*plan.acts[:index], (number, name, 0), *plan.acts[index + 1 :])
            yield replace(plan, acts=acts)


def _is_needed(rooms: tuple[str, ...], room: str) -> bool:
    return any(room in ROOMS[name].needs for name in rooms)


def _acts_of(name: str) -> set[str]:
    room: type[Room] = ROOMS[name]
    return set(room(_nowhere()).acts())


def _nowhere() -> World:
    return World(0, 0, Climate())


def written(plan: Plan) -> str:
    """A plan as JSON, for `--replay`."""
    return json.dumps(asdict(plan), separators=(",", ":"))


def read(text: str) -> Plan:
    """The plan that `written` wrote.

    Raises:
        ValueError: it is none.
    """
    found = json.loads(text)
    return Plan(
        seed=found["seed"],
        rooms=tuple(found["rooms"]),
        climate=Climate(**found["climate"]),
        acts=tuple((number, name, pause) for number, name, pause in found["acts"]),
        schedule=found["schedule"],
    )
