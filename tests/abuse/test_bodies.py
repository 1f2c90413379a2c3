"""Bodies that are bombs: compressed, huge, deep, wide, doubled, in other letters."""

import gzip
import json
import tracemalloc
import zlib
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from firetill.transport import callables, rest
from tests.abuse.declarations import OPERATIONS
from tests.abuse.doors import Door, callable_client, doors_of, rest_client
from tests.abuse.honest import honest
from tests.abuse.town import EVE, Town

POSTED: Final = [
    (name, door)
    for name, one in OPERATIONS.items()
    for door in doors_of(name)
    if door == "callable" or one.method == "POST"
]
MEBIBYTE: Final = 1 << 20
BOMB: Final = gzip.compress(b'{"data":' + b" " * (64 * MEBIBYTE) + b"{}}", 9)
"""64 MiB in as many KiB."""


def _send(
    name: str, door: Door, headers: dict[str, str], body: bytes, **more: str
) -> tuple[int, dict[str, Any]]:
    sent = {"Content-Type": "application/json", **headers, **more}
    answer: TestResponse
    if door == "callable":
        answer = callable_client(name).post(data=body, headers=sent)
    else:
        answer = rest_client().post(str(OPERATIONS[name].path), data=body, headers=sent)
    error = json.loads(answer.get_data())["error"]
    return answer.status_code, error["details"]


def _whole(door: Door, inner: str) -> bytes:
    return (f'{{"data":{inner}}}' if door == "callable" else inner).encode()


@pytest.mark.parametrize(("name", "door"), POSTED)
def test_compressed_bodies_are_not_opened(name: str, door: Door, town: Town) -> None:
    one = honest(town, name)[0]
    plain = _whole(door, json.dumps(one.data))
    packed = {"gzip": gzip.compress(plain), "deflate": zlib.compress(plain)}
    for encoding, body in packed.items():
        told = {"Content-Encoding": encoding}
        status, details = _send(name, door, town.headers(one.who), body, **told)
        if door == "callable":
            assert (status, details) == (400, {"reason": "invalid_field", "field": "data"})
        else:
            assert (status, details) == (415, {"reason": "unsupported_media_type"})
    assert town.everything() == town.before


@pytest.mark.parametrize("door", ["callable", "rest"])
def test_a_bomb_does_not_go_off(door: Door, town: Town) -> None:
    headers = {**town.headers(EVE), "Content-Encoding": "gzip"}
    assert len(BOMB) < 256 * 1024
    tracemalloc.start()
    status, details = _send("acceptTerms", door, headers, BOMB)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert status in {400, 415}
    assert details["reason"] in {"invalid_field", "unsupported_media_type"}
    assert most < 4 * MEBIBYTE


@pytest.mark.parametrize(("name", "door"), POSTED)
def test_giants(name: str, door: Door, town: Town) -> None:
    one = honest(town, name)[0]
    most = callables.BODY_BYTES if door == "callable" else rest.BODY_BYTES
    body = _whole(door, json.dumps(one.data)).ljust(most + 1)
    status, details = _send(name, door, town.headers(one.who), body)
    if door == "callable":
        assert (status, details) == (400, {"reason": "invalid_field", "field": "data"})
    else:
        assert (status, details) == (413, {"reason": "payload_too_large", "limit": most})
    assert town.everything() == town.before


DEEP: Final = {
    "lists": "[" * 30_000,
    "closed lists": "[" * 9_000 + "]" * 9_000,
    "objects": '{"a":' * 10_000,
    "closed objects": '{"a":' * 5_000 + "1" + "}" * 5_000,
}


@pytest.mark.parametrize(("name", "door"), POSTED)
def test_depths(name: str, door: Door, town: Town) -> None:
    one = honest(town, name)[0]
    for label, deep in DEEP.items():
        status, details = _send(name, door, town.headers(one.who), _whole(door, deep))
        assert (status, details["reason"]) == (400, "invalid_field"), label
    assert town.everything() == town.before


@pytest.mark.parametrize(("name", "door"), POSTED)
def test_many_fields(name: str, door: Door, town: Town) -> None:
    """The most that fit into a body: refused by the first that nobody knows."""
    one = honest(town, name)[0]
    many = {**one.data, **{f"f{number}": 1 for number in range(2_000)}}
    status, details = _send(name, door, town.headers(one.who), _whole(door, json.dumps(many)))
    assert (status, details["reason"]) == (400, "unknown_field")
    assert town.everything() == town.before


@pytest.mark.parametrize("name", [name for name, door in POSTED if door == "rest"])
def test_a_field_twice(name: str, town: Town) -> None:
    """Who looks at the first and who at the second of two must never disagree."""
    one = honest(town, name)[0]
    if not one.data:
        return
    inner = json.dumps(one.data)
    first = json.dumps({next(iter(one.data)): "x"})
    doubled = f"{first[:-1]},{inner[1:]}".encode()
    assert _send(name, "rest", town.headers(one.who), doubled)[1]["reason"] == "invalid_field"
    assert town.everything() == town.before


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-7", "latin-1"])
@pytest.mark.parametrize("door", ["callable", "rest"])
def test_other_letters(encoding: str, door: Door, town: Town) -> None:
    """What one reader takes for harmless bytes is a field to another."""
    body = _whole(door, '{"termsVersion":"é","admin":true}').decode().encode(encoding)
    kind = f"application/json; charset={encoding}"
    status, details = _send("acceptTerms", door, town.headers(EVE), body, **{"Content-Type": kind})
    assert status in {400, 415}, details
    assert town.everything() == town.before


@pytest.mark.parametrize(
    "field", ["__proto__", "constructor", "prototype", "__class__", "$where", "@type", "", "a.b"]
)
@pytest.mark.parametrize("door", ["callable", "rest"])
def test_names_with_powers_elsewhere(field: str, door: Door, town: Town) -> None:
    body = _whole(door, json.dumps({"termsVersion": "x", field: {"admin": True}}))
    status, details = _send("acceptTerms", door, town.headers(EVE), body)
    assert (status, details["reason"]) == (400, "unknown_field")
    assert town.everything() == town.before
