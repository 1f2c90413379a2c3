"""Delta debugging: the fewest inputs, and the shortest of each, with which it still goes wrong."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.fuzz.targets import Input

T = TypeVar("T")

MOST_TRIES = 600
"""How often a failure is repeated to make it smaller; nobody waits for the very smallest."""


class _Tries:
    """Counts, and stops at some point: then nothing else is tried."""

    def __init__(self, still_fails: Callable[[Sequence[Input]], bool], most: int) -> None:
        self._still_fails = still_fails
        self._left = most

    def __call__(self, inputs: Sequence[Input]) -> bool:
        if self._left == 0:
            return False
        self._left -= 1
        return self._still_fails(inputs)


def minimised(
    inputs: Sequence[Input],
    still_fails: Callable[[Sequence[Input]], bool],
    most: int = MOST_TRIES,
) -> tuple[Input, ...]:
    """The inputs without whatever is not needed to fail."""
    tries = _Tries(still_fails, most)
    if len(inputs) > 1 and tries(inputs[-1:]):
        inputs = inputs[-1:]
    kept = list(smaller(list(inputs), tries))
    for place, given in enumerate(kept):
        for _, name in sorted((-len(text), name) for name, text in given.items()):
            _shorten(kept, place, name, tries)
    return tuple(kept)


def _shorten(
    kept: list[Input], place: int, name: str, fails: Callable[[Sequence[Input]], bool]
) -> None:
    """Make one part of one input as short as it can be."""
    before, given, behind = kept[:place], kept[place], kept[place + 1 :]
    text = smaller(
        list(given[name]),
        lambda letters: fails([*before, {**given, name: "".join(letters)}, *behind]),
    )
    kept[place] = {**given, name: "".join(text)}


def smaller(whole: list[T], fails: Callable[[Sequence[T]], bool]) -> list[T]:
    """Zeller's ddmin, by leaving parts out."""
    parts = 2
    while len(whole) > 1:
        size = -(-len(whole) // parts)
        for begin in range(0, len(whole), size):
            rest = whole[:begin] + whole[begin + size :]
            if rest and fails(rest):
                whole, parts = rest, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(2 * parts, len(whole))
    return whole
