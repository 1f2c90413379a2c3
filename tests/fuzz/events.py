"""Stripe's webhook: events as Stripe sends them, after changes, rightly signed and wrongly."""

import json
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final

from firetill import errors
from firetill.webhooks.rules import EVENT_TYPES
from local.stripe_double.signing import signature
from tests.fuzz import deployed, hostile
from tests.fuzz.answers import ACCEPTED, Answers, Violation
from tests.fuzz.mutations import mutated
from tests.fuzz.sending import environ, send
from tests.fuzz.targets import Input, Target, latin, raw
from tests.fuzz.world import WEBHOOK_SECRET, World

_REFUSALS: Final = (
    errors.BadSignature,
    errors.NotAnEvent,
    errors.MethodNotAllowed,
    errors.PayloadTooLarge,
)
_INBOX: Final = ("stripeEvents/*", "auditLog/*")
"""What is written of an event that is refused."""

_RESULTS: Final = {"processed", "duplicate", "ignored", "refused"}
_SIGNATURES: Final = (
    "t={t},v1={v},v1=x",
    "t={t},v0={v}",
    "t={t}",
    "v1={v}",
    "",
    "t=,v1={v}",
    "t=x,v1={v}",
    "t=-1,v1={v}",
    "t=99999999999999999999999,v1={v}",
    "t={t},t=1,v1={v}",
    "t=1,t={t},v1={v}",
    "t={t}=1,v1={v}",
    " t={t} , v1={v}",
    "t={t},v1=\xff{v}",
    "t=\u0663,v1={v}",
    "t={t}.0,v1={v}",
    "t=+{t},v1={v}",
    "t={t},v1=",
    ",,,=,=",
    "t=" + "9" * 5_000 + ",v1={v}",
)


def targets(world: World) -> Iterator[Target]:
    """Bodies that Stripe has signed, whatever they hold, and bodies that it has not."""
    stripe = _Stripe(world)
    yield Target("webhook/signed", stripe.make_signed, stripe.run, _INBOX)
    yield Target("webhook/forged", stripe.make_forged, stripe.run, _INBOX)


class Changes:
    """Events that Stripe has sent, after some changes."""

    def __init__(self, events: Sequence[Mapping[str, Any]]) -> None:
        self.samples = [json.dumps(event).encode() for event in events]
        self._ids = sorted({text for event in events for text in _ids(event)})

    def body(self, rng: Random) -> bytes:
        """Changed bytes, changed values, or anything."""
        chance = rng.randrange(10)
        if chance < 3:
            return mutated(rng, rng.choice(self.samples), self.samples)
        if chance < 4:
            return rng.choice(hostile.LEAVES).encode()
        return self._changed(rng).encode()

    def _changed(self, rng: Random) -> str:
        """An event with another id, and one to three of its values replaced."""
        event = json.loads(rng.choice(self.samples))
        if rng.random() < 0.9:
            event["id"] = f"evt_{rng.randbytes(8).hex()}"
        if rng.random() < 0.3:
            event["type"] = rng.choice(sorted(EVENT_TYPES))
        marks = {}
        for number in range(rng.choice((0, 1, 1, 2, 3))):
            holder, key = rng.choice(_places(event))
            mark = f"~{number}~"
            marks[json.dumps(mark)] = self._leaf(rng)
            holder[key] = mark
        text = json.dumps(event)
        for mark, leaf in marks.items():
            text = text.replace(mark, leaf)
        return text

    def _leaf(self, rng: Random) -> str:
        if rng.random() < 0.3:
            return json.dumps(rng.choice(self._ids))
        return rng.choice(hostile.LEAVES)


class _Stripe:
    def __init__(self, world: World) -> None:
        self._world = world
        self._door = deployed.functions()["handleStripeWebhook"][1]
        self._answers = Answers(_REFUSALS)
        self._changes = Changes(world.events)

    def make_signed(self, rng: Random) -> Input:
        return {"body": latin(self._changes.body(rng)), "signature": "", "late": "0"}

    def make_forged(self, rng: Random) -> Input:
        body = rng.choice(self._changes.samples)
        form = rng.choice(_SIGNATURES)
        if rng.random() < 0.4:
            form = latin(mutated(rng, b"t={t},v1={v}"))
        late = rng.choice(("0", "0", "299", "301", "-299", "-301", "1000000000000"))
        if rng.random() < 0.3:
            form, late = "", "301"
        return {"body": latin(body), "signature": form, "late": late}

    def run(self, given: Input) -> str:
        body = raw(given["body"])
        at = int(self._world.clock.instant.timestamp()) - int(given["late"] or 0)
        right = signature(body, WEBHOOK_SECRET, at)
        form = given["signature"]
        if form:
            right = form.replace("{t}", str(at)).replace("{v}", right.partition("v1=")[2])
        made = environ("POST", "/", {"Stripe-Signature": _sendable(right)}, body)
        answer = send(self._door, made)
        if answer.status != 200:
            return self._answers.check(answer, enveloped=False)
        said = json.loads(answer.body)
        if said.keys() != {"received", "eventId", "result"} or said["result"] not in _RESULTS:
            raise Violation(f"200: {str(said)[:300]}")
        return "refused" if said["result"] == "refused" else ACCEPTED


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place of a JSON value, as what holds it and its key; those within the object twice."""
    found: list[tuple[Any, Any]] = []
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in inside:
        found.append((value, key))
        if isinstance(inner, dict | list):
            found += _places(inner)
    return found


def _ids(value: Any) -> Iterator[str]:
    inside = value.values() if isinstance(value, dict) else value
    for inner in inside:
        if isinstance(inner, dict | list):
            yield from _ids(inner)
        elif isinstance(inner, str) and "_" in inner[:5]:
            yield inner


def _sendable(value: str) -> str:
    kept = "".join(one for one in value if one not in "\r\n\x00")
    return kept.encode("latin-1", errors="ignore").decode("latin-1")
