"""What a scanner at the door reads: contents of QR codes, online and offline."""

import json
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final

from tests.fuzz import deployed, hostile, people
from tests.fuzz.answers import Answers
from tests.fuzz.calls import WRITES
from tests.fuzz.mutations import mutated
from tests.fuzz.sending import environ, send
from tests.fuzz.targets import Input, Target
from tests.fuzz.world import World

_STAFF: Final = ("steward", "chief", "boss", "phone-1", "eve")
_EVENTS: Final = ("gala", "gala", "winter-gala", "nowhere")


def targets(world: World) -> Iterator[Target]:
    """Scans by content, as they are made and as they are brought back."""
    for name, make in {"scanTicket": _scan, "uploadScans": _upload}.items():
        scanner = _Scanner(world, name, make)
        yield Target(f"door/{name}", scanner.make, scanner.run, WRITES.get(name, ()))


def content(rng: Random, codes: Sequence[str]) -> str:
    """What a QR code may hold: a code or a token, one with a change, parts of two, or anything."""
    text = rng.choice(codes)
    match rng.randrange(6):
        case 0:
            return rng.choice(hostile.TEXTS)
        case 1:
            parts, others = text.split("."), rng.choice(codes).split(".")
            at = rng.randrange(len(parts))
            return ".".join([*parts[:at], *others[at:]])
        case 2:
            return text.swapcase() if rng.random() < 0.5 else f" {text}\n"
        case 3 | 4:
            return mutated(rng, text.encode()).decode(errors="replace")
    return text


class _Scanner:
    def __init__(self, world: World, name: str, make: Any) -> None:
        self._world, self._make = world, make
        self._door = deployed.functions()[name][1]
        self._answers = Answers.of_callable(deployed.declarations()[name])
        self._codes = world.known["code"]

    def make(self, rng: Random) -> Input:
        who = rng.choice(_STAFF)
        return {"who": who, "body": json.dumps({"data": self._make(rng, self._codes)})}

    def run(self, given: Input) -> str:
        headers = {**people.headers(given["who"]), "Content-Type": "application/json"}
        made = environ("POST", "/", headers, given["body"].encode(errors="surrogatepass"))
        return self._answers.check(send(self._door, made), enveloped=True, by_status=False)


def _scan(rng: Random, codes: Sequence[str]) -> Any:
    asked = {
        "token": content(rng, codes),
        "scanId": f"scan-{rng.randrange(60)}",
        "count": rng.choice((1, 1, 1, 2, 60)),
        "direction": rng.choice(("in", "in", "out")),
    }
    return asked | ({"eventId": rng.choice(_EVENTS)} if rng.random() < 0.4 else {})


def _upload(rng: Random, codes: Sequence[str]) -> Any:
    return {
        "eventId": rng.choice(_EVENTS),
        "device": "phone-7",
        "scans": [
            {
                "scanId": f"scan-{rng.randrange(60)}",
                "code": content(rng, codes),
                "count": rng.choice((1, 1, 3)),
                "scannedAt": f"2026-02-{rng.choice(('07', '06', '01'))}T20:00:0{rng.randrange(9)}Z",
                "verdict": rng.choice(("admitted", "admitted", "denied")),
                "direction": rng.choice(("in", "in", "out")),
            }
            for _ in range(rng.choice((1, 2, 5)))
        ],
    }
