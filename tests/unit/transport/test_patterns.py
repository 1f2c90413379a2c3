"""Clients read the patterns of the description with JavaScript's rules, the till with Python's."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any, Final

import pytest

from firetill import api
from firetill.transport.openapi import document

_CLASS: Final = re.compile(r"\[(?:\\.|[^\]\\])*\]")
_POINTS: Final = [*range(0xD800), *range(0xE000, 0x10000), 0x1F525]
_JAVASCRIPT: Final = """
const {classes, points} = JSON.parse(require("fs").readFileSync(0, "utf8"));
const takes = (one, point) => new RegExp(one, "u").test(String.fromCodePoint(point));
const taken = (one) => points.filter((point) => takes(one, point));
console.log(JSON.stringify(classes.map(taken)));
"""


def _patterns(described: Any) -> Iterator[str]:
    if isinstance(described, dict):
        if isinstance(described.get("pattern"), str):
            yield described["pattern"]
        described = list(described.values())
    if isinstance(described, list):
        for one in described:
            yield from _patterns(one)


def _taken(classes: list[str]) -> list[list[int]]:
    """The code points that each class of characters takes, by JavaScript's rules."""
    told = subprocess.run(
        ["node", "-e", _JAVASCRIPT],
        input=json.dumps({"classes": classes, "points": _POINTS}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    taken: list[list[int]] = json.loads(told.stdout)
    return taken


def test_both_take_the_same_characters() -> None:
    patterns = set(_patterns(document(api.OPERATIONS)))
    classes = sorted({one for pattern in patterns for one in _CLASS.findall(pattern)})
    assert len(classes) > 5
    for one, taken in zip(classes, _taken(classes), strict=True):
        assert [point for point in _POINTS if re.search(one, chr(point))] == taken, one


@pytest.mark.parametrize("different", [r"[\s]", r"[^\s]", r"[\w]", r"[\d]"])
def test_shorthands_alone_would_differ(different: str) -> None:
    """Else the test above would prove nothing."""
    [taken] = _taken([different])
    assert [point for point in _POINTS if re.search(different, chr(point))] != taken
