"""What clients put into their profile."""

from collections.abc import Iterator
from typing import Any

from tests.rules.case import NOON, Case, commit
from tests.rules.client import Write

_GOOD: dict[str, tuple[Any, ...]] = {
    "displayName": ("x", "x" * 100, "é" * 100, "名前", "😀 O'Hara-Núñez"),
    "photoUrl": (
        "https://example.com",
        "https://lh3.googleusercontent.com/a-/AOh14G?sz=96#top",
        "https://localhost:5000/p.png",
        "https://example.com/" + "p" * 2028,
    ),
    "locale": ("en", "pt-BR", "zh-Hant-TW", "en_GB", "de-DE-1996", "sl-rozaj-biske"),
    "timeZone": ("UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "America/Port-au-Prince"),
    "notifications": ({}, {"push": False}, {"email": True}, {"push": True, "email": True}),
}
_NOT_TEXT: tuple[Any, ...] = (None, 7, 1.5, True, ["x"], {"x": "x"}, b"x", NOON, "")
_BAD: dict[str, tuple[Any, ...]] = {
    "displayName": (*_NOT_TEXT, "x" * 101, "😀" * 101, "x" * 100_000),
    "photoUrl": (
        *_NOT_TEXT,
        "https://",
        "http://example.com/p.png",
        "//example.com/p.png",
        "example.com/p.png",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "https://good.example@evil.example/",
        "https://exämple.com/",
        "https://example.com/a b",
        "https://example.com/\nhttps://example.com",
        "x https://example.com/",
        "https://example.com/" + "p" * 2029,
    ),
    "locale": (
        *_NOT_TEXT,
        "e",
        "englishes",
        "en-",
        "en GB",
        "en\n",
        "-en",
        "en-GB;q=1",
        "ён",
        "en-" + "a" * 9,
        "en" + "-abcdefgh" * 3 + "-abcdefg",
    ),
    "timeZone": (
        *_NOT_TEXT,
        "/UTC",
        "UTC/",
        "../../etc/passwd",
        "America/../UTC",
        "America//UTC",
        "A/B/C/D",
        "+05:00",
        "Europe/London ",
        "Еurope/London",  # noqa: RUF001 - a Cyrillic capital
        "Europe/" + "L" * 58,
    ),
    "notifications": (
        None,
        True,
        "push",
        ["push"],
        {"push": "yes"},
        {"push": None},
        {"email": 1},
        {"push": True, "email": {"daily": True}},
        {"sms": True},
        {"push": True, "email": True, "wallet": True},
    ),
}


def profiles() -> Iterator[Case]:
    for name, values in _GOOD.items():
        for number, value in enumerate(values):
            act = commit(Write("users/alice", {name: value}, mask=(name,)))
            yield Case(f"{name} {number}: {_short(value)}", "alice", act, True)
        yield Case(f"{name}: remove", "alice", commit(Write("users/alice", mask=(name,))), True)
    for name, values in _BAD.items():
        for number, value in enumerate(values):
            act = commit(Write("users/alice", {name: value}, mask=(name,)))
            yield Case(f"bad {name} {number}: {_short(value)}", "alice", act, False)


def _short(value: Any) -> str:
    return ascii(value)[:40]
