"""Inputs of the right shape with hostile leaves, made from the fields of a type."""

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from msgspec import inspect as kinds

from tests.fuzz import hostile

Known = Mapping[str, Sequence[str]]

_INSTANTS: Final = (
    "2026-02-07T20:00:00.000Z",
    "2026-02-07T21:00:00+01:00",
    "2026-02-07T19:59:59.999999Z",
    "2026-02-01T00:00:00Z",
    "2027-01-01T00:00:00Z",
)
_WORDS: Final = ("a", "north", "Phone 7", "x-1", "left in a taxi", "Yes, gladly!", "\U0001f3ab")
_UNKNOWN: Final = ("userId", "uid", "admin", "__proto__", "data", "", "amount", "price", "a.b")


@dataclass(frozen=True)
class Shapes:
    """Makes JSON texts for types; `known` holds what there is, by the names of fields.

    Of a hundred values, `hostile_percent` are none that the type would take.
    """

    known: Known
    hostile_percent: int = 9
    _texts: dict[tuple[str, str | None, int | None, int | None], list[str]] = field(
        default_factory=dict
    )

    def struct(self, rng: Random, of: type[Any]) -> str:
        """An object as JSON; some of its fields may be wrong, missing, twice, or none of it."""
        return self._object(rng, _fields(of))

    def example(self, rng: Random, example: Any) -> str:
        """A valid input with ids of what there is, and every other time one wrong leaf."""
        leaves = _leaves(example)
        wrong = rng.randrange(leaves) if leaves and rng.random() < 0.5 else -1
        return self._like(rng, example, "", itertools.count(), wrong)

    def texts(self, rng: Random, of: type[Any]) -> list[tuple[str, str]]:
        """The same as names and plain texts, as a query string has them."""
        found = []
        for name, text in self._members(rng, _fields(of)):
            if rng.randrange(100) < self.hostile_percent:
                found.append((name, rng.choice(hostile.TEXTS)))
            else:
                found.append((name, _plain(text)))
        return found

    def _like(self, rng: Random, value: Any, name: str, numbers: Iterator[int], wrong: int) -> str:
        match value:
            case dict():
                members = [
                    f"{json.dumps(key)}:{self._like(rng, inner, key, numbers, wrong)}"
                    for key, inner in value.items()
                ]
                return f"{{{','.join(members)}}}"
            case list():
                inside = [self._like(rng, inner, name, numbers, wrong) for inner in value]
                return f"[{','.join(inside)}]"
        if next(numbers) == wrong:
            return rng.choice(hostile.LEAVES)
        if isinstance(value, str) and value.startswith("evt_"):
            name = "stripeEventId"
        if isinstance(value, str) and name in self.known and rng.random() < 0.9:
            return json.dumps(rng.choice(self.known[name]))
        return json.dumps(value)

    def _object(self, rng: Random, fields: Sequence[kinds.Field]) -> str:
        members = self._members(rng, fields)
        inner = ",".join(f"{json.dumps(name)}:{text}" for name, text in members)
        return f"{{{inner}}}"

    def _members(self, rng: Random, fields: Sequence[kinds.Field]) -> list[tuple[str, str]]:
        found = []
        for one in fields:
            if rng.randrange(100) < (3 if one.required else 45):
                continue
            found.append((one.encode_name, self._value(rng, one.type, one.encode_name)))
        chance = rng.randrange(100)
        if chance < 2:
            found.append((rng.choice(_UNKNOWN), rng.choice(hostile.LEAVES)))
        elif chance < 3 and found:
            found.append((found[0][0], rng.choice(hostile.LEAVES)))
        elif chance < 4:
            rng.shuffle(found)
        return found

    def _value(self, rng: Random, info: kinds.Type, name: str) -> str:
        if rng.randrange(100) < self.hostile_percent:
            integer = isinstance(info, kinds.IntType) and rng.random() < 0.5
            return rng.choice(hostile.INTEGERS if integer else hostile.LEAVES)
        return self._good(rng, info, name)

    def _good(self, rng: Random, info: kinds.Type, name: str) -> str:  # noqa: C901, PLR0911 - one a type
        match info:
            case kinds.Metadata(type=inner):
                return self._good(rng, inner, name)
            case kinds.UnionType(types=types):
                return self._good(rng, rng.choice(types), name)
            case kinds.IntType():
                return _integer(rng, info)
            case kinds.StrType():
                return self._text(rng, info, name)
            case kinds.BoolType():
                return rng.choice(("true", "true", "false"))
            case kinds.LiteralType(values=values):
                return json.dumps(rng.choice(values))
            case kinds.DateTimeType():
                return json.dumps(rng.choice(_INSTANTS))
            case kinds.StructType(fields=fields):
                return self._object(rng, fields)
            case kinds.CollectionType(item_type=inner):
                most = info.max_length if rng.random() < 0.01 and info.max_length else 3
                count = rng.randint(info.min_length or 0, max(most, info.min_length or 0))
                return f"[{','.join(self._value(rng, inner, name) for _ in range(count))}]"
            case kinds.DictType() | kinds.AnyType():
                return _anything(rng)
        return "null"

    def _text(self, rng: Random, info: kinds.StrType, name: str) -> str:
        key = (name, info.pattern, info.min_length, info.max_length)
        if key not in self._texts:
            self._texts[key] = self._candidates(info, name)
        return rng.choice(self._texts[key])

    def _candidates(self, info: kinds.StrType, name: str) -> list[str]:
        """What there is under this name, texts as long as allowed, and short ones, as JSON."""
        longest = min(info.max_length or 64, 2_100)
        fits = _fitting(info)
        known = [text for text in self.known.get(name, ()) if fits(text)]
        edges = ["x" * longest, "x" * (info.min_length or 1), "0" * longest, "-"]
        other = [text for text in (*edges, *_WORDS) if fits(text)]
        if not known and not other:
            every = {text for texts in self.known.values() for text in texts}
            other = sorted(text for text in every if fits(text))
        # Most of these name what there is, or hardly anything would ever come about.
        return [json.dumps(text) for text in [*known * (1 + 3 * len(other)), *other] or ["x"]]


def _fitting(info: kinds.StrType) -> Callable[[str], bool]:
    pattern = re.compile(info.pattern or "")
    least, most = info.min_length or 0, info.max_length or 10_000
    return lambda text: least <= len(text) <= most and pattern.search(text) is not None


def _fields(of: type[Any]) -> tuple[kinds.Field, ...]:
    if of not in _FIELDS:
        info = kinds.type_info(of)
        assert isinstance(info, kinds.StructType)
        _FIELDS[of] = info.fields
    return _FIELDS[of]


_FIELDS: Final[dict[type[Any], tuple[kinds.Field, ...]]] = {}


def _leaves(value: Any) -> int:
    match value:
        case dict():
            return sum(map(_leaves, value.values()))
        case list():
            return sum(map(_leaves, value))
    return 1


def _plain(text: str) -> str:
    """What stands in a JSON text, as a query string has it."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, str) else text


def _integer(rng: Random, info: kinds.IntType) -> str:
    least = info.ge if info.ge is not None else (info.gt + 1 if info.gt is not None else 0)
    most = info.le if info.le is not None else (info.lt - 1 if info.lt is not None else 1_000)
    number = rng.choice((least, most, least, rng.randint(least, most), rng.randint(1, 3)))
    return hostile.wrapped(f'"{number}"') if rng.random() < 0.1 else str(number)


def _anything(rng: Random) -> str:
    inner = rng.choice(hostile.LEAVES)
    return rng.choice(("{}", '{"a":1}', f'{{"a":{inner}}}', f'{{"a":[{inner},{inner}]}}'))
