"""Bytes of a valid sample, changed here and there."""

from collections.abc import Sequence
from random import Random
from typing import Final

_PIECES: Final = (
    b"",
    b"\x00",
    b"\xff",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xef\xbb\xbf",
    b"\\ud800",
    b"\\u0000",
    b"NaN",
    b"1e400",
    b"-",
    b"9" * 30,
    b"null",
    b"true",
    b"{}",
    b"[]",
    b'"',
    b"\\",
    b",",
    b":",
    b"}",
    b"]",
    b"{",
    b"[" * 1_000,
    b'{"a":' * 1_000,
    b"/",
    b"..",
    b".",
    b"__x__",
    b"%00",
    b"=",
    b"t=0,",
    b"v1=",
    b'"__proto__":{},',
    b" " * 64,
    b"x" * 1_500,
    b"\n",
)


def mutated(rng: Random, sample: bytes, others: Sequence[bytes] = ()) -> bytes:
    """A sample after one to six changes; parts of `others` may get into it."""
    found = bytearray(sample)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        _change(rng, found, others)
    return bytes(found)


def _change(rng: Random, found: bytearray, others: Sequence[bytes]) -> None:
    at = rng.randrange(len(found) + 1)
    end = min(len(found), at + rng.choice((1, 1, 2, 4, 8, 32, 200)))
    match rng.randrange(8):
        case 0 if at < len(found):
            found[at] ^= 1 << rng.randrange(8)
        case 1 if at < len(found):
            found[at] = rng.randrange(256)
        case 2:
            del found[at:end]
        case 3:
            found[at:at] = found[at:end] * rng.choice((1, 2, 50))
        case 4:
            found[at:end] = rng.choice(_PIECES)
        case 5:
            found[at:at] = rng.choice(_PIECES)
        case 6 if others:
            other = rng.choice(others)
            cut = rng.randrange(len(other) + 1)
            found[at:end] = other[cut : cut + rng.choice((4, 16, 64, len(other)))]
        case _:
            del found[at:]
