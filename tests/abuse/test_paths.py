"""Tricks with paths in every field that names something, at every door."""

import base64
import re
from collections.abc import Iterator
from typing import Final

import pytest

from tests.abuse.declarations import OPERATIONS, with_value
from tests.abuse.doors import SURROGATE, Answer, Door, call, doors_of
from tests.abuse.honest import honest_for
from tests.abuse.naming import NAMING, Names
from tests.abuse.town import Town

TRICKS: Final[dict[str, str]] = {
    "empty": "",
    "slash": "/",
    "dot": ".",
    "dots": "..",
    "upwards": "../users/u-ada-5521",
    "below": "gala/ragers/x",
    "absolute": "/users/u-ada-5521",
    "reserved": "__x__",
    "longest of Firestore's": "x" * 1_500,
    "one more": "x" * 1_501,
    "1,500 bytes": "é" * 750,
    "1,501 bytes": "é" * 750 + "x",
    "line end": "a\n",
    "nothing visible": "a\u0000b",
    "escaped": "..%2F..%2Fusers",
    "backslash": "a\\..\\b",
    "half a character": SURROGATE,
    "a field path": "`wallet.credits`",
    "blanks": "   ",
    "a query": "x?y=1&z=2#f",
}
FORMS: Final = {
    "id": re.compile(r"(?!)"),  # none of the tricks is one
    "key": re.compile(r"[A-Za-z0-9_:.-]+"),
    "user": re.compile(r"(?!\.{1,2}\Z|__.*__\Z)[^/\ud800]+", re.DOTALL),
    "text": re.compile(r".*", re.DOTALL),
}
NO_SUCH_FORM: Final = {"invalid_field", "route_not_found", "sign_in_required"}

CURSORS: Final = [
    b"[]",
    b"null",
    b"{}",
    b"[1]",
    b'[-1, "x"]',
    b'[99999999999999999999, "x"]',
    b'[1, ""]',
    b'[1, "../x"]',
    b'[1, "__x__"]',
    b'[1, "x", 1]',
    b'["sessions", "sessions/__x__"]',
    b'["sessions", "users/u-ada-5521"]',
    b'["sessions", "sessions/x/y/z"]',
    b'["../users", null]',
    b'["ball", [1, "__x__"], null]',
    b'["ball", [1, "a/b"], null]',
    b'["ball", [-1, "x"], null]',
    b'["batches", "ball", "__x__"]',
    b'["batches", "a/b", "x"]',
    b'["batches", null, "x"]',
    b'["payments", null, "../../x"]',
    b'["payments", null, "pi_of_nobody"]',
    b"[" * 500,
    b"\xff\xfe",
]
"""What a cursor would say that none of our pages gave."""


@pytest.mark.parametrize(
    ("operation", "door"),
    [
        pytest.param(operation, door, id=f"{operation}-{door}")
        for operation, field, names in NAMING
        if field == "cursor" and names.what.endswith("cursor")
        for door in doors_of(operation)
    ],
)
def test_cursors_that_were_made_up(operation: str, door: Door, town: Town) -> None:
    honest = honest_for(town, operation, "cursor")
    headers = town.headers(honest.who)
    for said in CURSORS:
        cursor = base64.urlsafe_b64encode(said).decode().rstrip("=")
        answer = call(operation, {**honest.data, "cursor": cursor}, headers, door)
        assert answer.status in {200, 400}, (said, answer.text)
        assert answer.status == 200 or answer.reason == "invalid_field", (said, answer.text)


def _parts(paths: Iterator[str]) -> set[str]:
    return {part for path in paths for part in path.split("/")}


@pytest.mark.parametrize(
    ("operation", "field", "names", "door"),
    [
        pytest.param(operation, field, names, door, id=f"{operation}.{field}-{door}")
        for operation, field, names in NAMING
        for door in doors_of(operation)
    ],
)
def test_tricks(operation: str, field: str, names: Names, door: Door, town: Town) -> None:
    honest = honest_for(town, operation, field)
    headers = town.headers(honest.who)
    for label, trick in TRICKS.items():
        if trick == SURROGATE and door == "rest" and OPERATIONS[operation].method != "POST":
            continue  # no URL can spell it
        town.store.restore(town.before)
        answer = call(operation, with_value(honest.data, field, trick), headers, door)
        _check(answer, label, trick, names)
        after = town.everything()
        made = after.keys() - town.before.keys()
        assert not trick or trick not in _parts(iter(made)) or _fits(trick, names), label
        assert all(len(path.split("/")) % 2 == 0 for path in made), label
        if not _fits(trick, names):
            assert after == town.before, f"{label}: refused, and yet something was written"


def _fits(trick: str, names: Names) -> bool:
    longest = len(trick) if names.shape == "text" else names.longest
    return len(trick) <= longest and FORMS[names.shape].fullmatch(trick) is not None


def _check(answer: Answer, label: str, trick: str, names: Names) -> None:
    if _fits(trick, names):
        assert answer.status in {200, 400, 401, 403, 404, 409, 422}, (label, answer.text)
        return
    assert answer.status in {400, 401, 404}, f"{label} is taken for a name: {answer.text}"
    assert answer.reason in NO_SUCH_FORM, (label, answer.text)
