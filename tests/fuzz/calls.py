"""Every deployed callable, by its envelope and by its fields."""

import json
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final

from firetill.transport.declared import Declared
from tests.fuzz import deployed, hostile, people
from tests.fuzz.answers import Answers
from tests.fuzz.mutations import mutated
from tests.fuzz.sending import ORIGIN, environ, send
from tests.fuzz.shapes import Shapes
from tests.fuzz.targets import Input, Target, latin, raw
from tests.fuzz.world import World
from tests.unit.transport.doors import Door

_LEARNED: Final = ("subscriptions/*", "users/*", "ledger/*")
"""How a subscription has come to stand at Stripe, which a call may learn before any event tells."""

WRITES: Final[Mapping[str, tuple[str, ...]]] = {
    "scanTicket": ("events/*/scans/*", "auditLog/*"),
    "claimUsername": ("usernameAttempts/*",),
    "createCheckoutSession": ("rateLimits/*",),
    "createCreditsPurchaseIntent": ("rateLimits/*",),
    "createOrder": ("rateLimits/*",),
    "subscribe": ("rateLimits/*", *_LEARNED),
    # Stripe alone knows which address it takes, and looks at it only for a customer.
    "createPortalLink": ("customers/*",),
    "cancelSubscription": _LEARNED,
}
"""What an operation writes though it refuses, as its documents say."""

LATER: Final = ("1", "60", "700", "4000", "90000", "3000000")
"""Seconds that may go by before an input comes."""


def targets(world: World) -> Iterator[Target]:
    """A target for each callable."""
    shapes = Shapes(world.known)
    declared = deployed.declarations()
    doors = {
        name: door for name, (kind, door) in deployed.functions().items() if kind == "callable"
    }
    for name, door in doors.items():
        caller = _Caller(world, shapes, declared[name], door)
        yield Target(f"callable/{name}", caller.make, caller.run, WRITES.get(name, ()))


def who_calls(rng: Random, declared: Declared[Any]) -> str:
    """Mostly somebody who may."""
    if declared.server and rng.random() < 0.2:
        return "server"
    return rng.choice(people.FIT[declared.who] if rng.random() < 0.85 else people.EVERYBODY)


def body_of(
    rng: Random, shapes: Shapes, declared: Declared[Any], samples: Sequence[bytes]
) -> bytes:
    """An input's JSON: of its fields, like its example, or a sample's bytes after some changes."""
    match rng.randrange(4):
        case 0:
            return mutated(rng, rng.choice(samples), samples)
        case 1:
            return shapes.struct(rng, declared.takes).encode()
    return shapes.example(rng, declared.example).encode()


def samples_of(shapes: Shapes, declared: Declared[Any]) -> list[bytes]:
    """Valid inputs: the declared example, and some of ours."""
    rng, polite = Random(declared.name), Shapes(shapes.known, hostile_percent=0)
    made = [polite.struct(rng, declared.takes).encode() for _ in range(6)]
    return [json.dumps(declared.example).encode(), *made]


class _Caller:
    def __init__(self, world: World, shapes: Shapes, declared: Declared[Any], door: Door) -> None:
        self._world, self._shapes, self._declared, self._door = world, shapes, declared, door
        self._answers = Answers.of_callable(declared)
        self._samples = samples_of(shapes, declared)

    def make(self, rng: Random) -> Input:
        who = rng.choice(people.FIT[self._declared.who])
        if rng.random() < 0.15:
            who = rng.choice(people.EVERYBODY)
        data = body_of(rng, self._shapes, self._declared, self._samples)
        body = b'{"data":%s}' % data
        chance = rng.randrange(100)
        if chance < 3:
            body = mutated(rng, body, self._samples)
        elif chance < 4:
            body = rng.choice(hostile.LEAVES).encode()
        given = {"who": who, "body": latin(body)}
        if rng.random() < 0.1:
            given["later"] = rng.choice(LATER)
        return given

    def run(self, given: Input) -> str:
        self._world.later(int(given.get("later") or 0))
        headers = {
            **people.headers(given["who"]),
            "Content-Type": "application/json",
            "Origin": ORIGIN,
        }
        answer = send(self._door, environ("POST", "/", headers, raw(given["body"])))
        return self._answers.check(answer, enveloped=True, by_status=False)
