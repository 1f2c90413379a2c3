"""The parsers behind the boundaries, asked directly: so fast that most inputs can be theirs."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

import msgspec

from firetill import api, cursors, errors, fields, firestore_values
from firetill.admin import fulfillment
from firetill.door import pairing_codes, roster_rules
from firetill.estates import export
from firetill.tickets.codes import ForgedCodeError
from firetill.transport import inputs
from firetill.transport.declared import Declared
from firetill.transport.routing import Routes
from firetill.usernames import rules as usernames
from firetill.webhooks import model as stripe
from firetill.webhooks import rules as webhooks
from firetill.wire import fingerprint
from tests.fuzz import deployed, hostile
from tests.fuzz.answers import ACCEPTED, Violation
from tests.fuzz.calls import body_of, samples_of
from tests.fuzz.events import Changes
from tests.fuzz.mutations import mutated
from tests.fuzz.shapes import Shapes
from tests.fuzz.store import is_id
from tests.fuzz.targets import Input, Target, latin, raw
from tests.fuzz.world import World

_FIELD: Final = (errors.InvalidField, errors.MissingField, errors.UnknownField)
_CURSORS: Final[Mapping[str, type[msgspec.Struct]]] = {
    "byTime": cursors.Place,
    "roster": roster_rules.Cursor,
    "fulfillment": vars(fulfillment)["_Place"],
    "export": export.Place,
}
_IDS: Final[Mapping[str, Any]] = {
    "userId": fields.UserId,
    "documentId": fields.DocumentId,
    "stripeEvent": stripe.EventId,
    "paymentIntent": stripe.PaymentIntentId,
    "customer": stripe.CustomerId,
    "subscription": stripe.SubscriptionId,
}


def targets(world: World) -> Iterator[Target]:
    """A target for each parser and each kind of input to it."""
    shapes = Shapes(world.known)
    for declared in deployed.declarations().values():
        yield _model(shapes, declared)
    for name, kind in _CURSORS.items():
        yield _cursor(world, name, kind)
    for name, kind in _IDS.items():
        yield _id(world, name, kind)
    yield _codes(world)
    yield _routes(world)
    yield _values()
    yield _usernames()
    yield _pairing_codes(world)
    yield _news(world)


def _model(shapes: Shapes, declared: Declared[Any]) -> Target:
    samples = samples_of(shapes, declared)

    def run(given: Input) -> str:
        try:
            data = json.loads(raw(given["body"]))
        except (ValueError, RecursionError):
            return "not_json"
        try:
            parsed = inputs.parse(data, declared.takes)
        except _FIELD as refusal:
            json.dumps(refusal.details()).encode()
            return refusal.reason
        fingerprint(msgspec.to_builtins(parsed))
        return ACCEPTED

    def make(rng: Random) -> Input:
        return {"body": latin(body_of(rng, shapes, declared, samples))}

    return Target(f"model/{declared.name}", make, run)


def _cursor(world: World, name: str, kind: type[msgspec.Struct]) -> Target:
    place = cursors.encode(cursors.Place(1_770_000_000_000_000, "batch-0"))
    found = [place, *_pages(world)]
    inside = [b'["gala",[1770000000000000,"batch-0"],null]', b'[1,"a"]', b'["users",null]', b"[]"]

    def make(rng: Random) -> Input:
        if rng.random() < 0.5:
            return {"text": latin(mutated(rng, rng.choice(found).encode()))}
        if rng.random() < 0.1:
            return {"text": rng.choice(hostile.TEXTS)}
        body = rng.choice(inside)
        return {"text": _spelled(mutated(rng, body, inside) if rng.random() < 0.8 else body)}

    def run(given: Input) -> str:
        try:
            read = cursors.decode(given["text"], kind)
        except errors.InvalidField as refusal:
            return refusal.reason
        if cursors.decode(cursors.encode(read), kind) != read:
            raise Violation(f"another place when it comes back: {read}")
        if isinstance(read, cursors.Place):
            read.at.astimezone(UTC)
        return ACCEPTED

    return Target(f"cursor/{name}", make, run)


def _pages(world: World) -> list[str]:
    return [*world.known["cursor"], *world.known["rosterCursor"]]


def _spelled(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def _id(world: World, name: str, kind: Any) -> Target:
    found = sorted({text for texts in world.known.values() for text in texts})

    def run(given: Input) -> str:
        text = given["text"]
        try:
            msgspec.convert(text, kind)
            taken = True
        except msgspec.ValidationError:
            taken = False
        text_of_json = _is_text(text)
        if taken and text_of_json and not is_id(text):
            raise Violation(f"taken for an id: {text!r}")
        if kind is fields.UserId and text_of_json and taken is not fields.is_user_id(text):
            raise Violation(f"one says {taken}, the other {not taken}: {text!r}")
        return ACCEPTED if taken else "invalid_field"

    return Target(f"id/{name}", _texts(found), run)


def _is_text(text: str) -> bool:
    """Lone surrogates are refused before any field is looked at."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _codes(world: World) -> Target:
    signed = set(world.known["code"])

    def run(given: Input) -> str:
        text = given["text"]
        try:
            read = world.codes.read(text)
        except ForgedCodeError:
            return "code_forged"
        if not is_id(read.token) or (read.event_id is not None and text not in signed):
            raise Violation(f"read from what nobody has signed: {read}")
        return ACCEPTED

    return Target("code/read", _texts(world.known["code"]), run)


def _routes(world: World) -> Target:
    routes = Routes([(one.method, str(one.path), one.name) for one in api.OPERATIONS])
    found = [
        str(one.path).replace("{actionId}", world.known["actionId"][0]) for one in api.OPERATIONS
    ]

    def run(given: Input) -> str:
        try:
            _, values = routes.find(given["method"], given["text"])
        except (errors.RouteNotFound, errors.MethodNotAllowed) as refusal:
            return refusal.reason
        if any("/" in value or not value for value in values.values()):
            raise Violation(f"no part of a path: {values}")
        return ACCEPTED

    make = _texts(found)

    def with_method(rng: Random) -> Input:
        return {"method": rng.choice(("GET", "POST", "DELETE", "HEAD", "X", "")), **make(rng)}

    return Target("route/find", with_method, run)


def _values() -> Target:
    samples = [b'{"a":[1,2.5,{"b":null}],"c":"x","d":true}', b"[[],{},[{}]]", b'"x"', b"-1"]

    def make(rng: Random) -> Input:
        if rng.random() < 0.4:
            return {"body": latin(rng.choice(hostile.LEAVES).encode())}
        return {"body": latin(mutated(rng, rng.choice(samples), samples))}

    def run(given: Input) -> str:
        try:
            value = json.loads(raw(given["body"]))
        except (ValueError, RecursionError):
            return "not_json"
        try:
            inputs.check_depth(value, "value")
        except errors.InvalidField as refusal:
            return refusal.reason
        value = {"value": value, "at": datetime(2026, 2, 7, tzinfo=UTC), "raw": b"\x00\xff"}
        try:
            encoded = firestore_values.encode(value)
        except (TypeError, ValueError):
            return "not_storable"
        if not _same(firestore_values.decode(encoded), value):
            raise Violation(f"comes back as another: {str(value)[:200]}")
        return ACCEPTED

    return Target("value/firestore", make, run)


def _same(one: Any, other: Any) -> bool:
    """Equal, also in what type."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and repr(one) == repr(other)  # NaN is itself


def _usernames() -> Target:
    def run(given: Input) -> str:
        username = usernames.normalised(given["text"])
        if fault := usernames.fault_of(username):
            return fault.reason
        if not username.isascii() or not is_id(username):
            raise Violation(f"taken for a name: {username!r}")
        return ACCEPTED

    return Target("username/read", _texts(["ember", "ada_l", "Frost7"]), run)


def _pairing_codes(world: World) -> Target:
    def run(given: Input) -> str:
        code = pairing_codes.read(given["text"])
        if code is None:
            return "pairing_code_invalid"
        if pairing_codes.read(code) != code:
            raise Violation(f"read as another the second time: {code!r}")
        return ACCEPTED

    return Target("code/pairing", _texts(world.known["pairingCode"]), run)


def _news(world: World) -> Target:
    changes = Changes(world.events)

    def run(given: Input) -> str:
        try:
            event = msgspec.json.decode(raw(given["body"]), type=stripe.StripeEvent)
            told = webhooks.news(event)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return "not_an_event"
        except webhooks.UnreadableEvent:
            return "unreadable"
        return ACCEPTED if told else "ignored"

    return Target("news/read", lambda rng: {"body": latin(changes.body(rng))}, run)


def _texts(found: Sequence[str]) -> Callable[[Random], Input]:
    """Texts of the kind, some with a changed byte, some with a hostile end, some anything."""

    def make(rng: Random) -> Input:
        text = rng.choice(found)
        match rng.randrange(8):
            case 0:
                pass
            case 1:
                text = rng.choice(hostile.TEXTS)
            case 2:
                text += rng.choice(hostile.TEXTS)[:200]
            case 3:
                at = rng.randrange(len(text) + 1)
                text = text[:at] + chr(rng.choice((rng.randrange(0x110000), 0x200B))) + text[at:]
            case _:
                text = mutated(rng, text.encode()).decode(errors="replace")
        return {"text": text}

    return make
