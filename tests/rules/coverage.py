"""The emulator's rule coverage report, expression by expression."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Expression:
    """A piece of the rules and the kinds of value that it took."""

    start: int
    end: int
    took_true: bool
    took_false: bool
    took_other: bool
    is_leaf: bool

    @property
    def is_condition(self) -> bool:
        """Tell a condition from a value that may happen to be a boolean."""
        return not self.took_other

    @property
    def is_covered(self) -> bool:
        """Tell whether a condition went both ways, or a value was ever computed."""
        return self.took_other or (self.took_true and self.took_false)

    def in_place_of(self, source: str, replacement: str) -> str:
        """Return the rules with `replacement` where this expression stands."""
        return source[: self.start] + replacement + source[self.end :]


def expressions(report: Sequence[Mapping[str, Any]], source: str) -> list[Expression]:
    """Return every expression of the report, each once.

    An error (`undefined`) and a short circuit (no value at all) count as no evaluation.
    """
    found: dict[tuple[int, int], Expression] = {}
    for node in report:
        for expression in _expressions_under(node, source):
            found[expression.start, expression.end] = expression
    return list(found.values())


def _expressions_under(node: Mapping[str, Any], source: str) -> Iterator[Expression]:
    below = [
        each for child in node.get("children", ()) for each in _expressions_under(child, source)
    ]
    yield from below
    values = [seen["value"] for seen in node.get("values", ())]
    start, end = _span(node["sourcePosition"], source)
    yield Expression(
        start,
        end,
        took_true={"boolValue": True} in values,
        took_false={"boolValue": False} in values,
        took_other=any(value and not value.keys() & {"boolValue", "undefined"} for value in values),
        is_leaf=not any(each.is_condition for each in below),
    )


def _span(position: Mapping[str, int], source: str) -> tuple[int, int]:
    """The report leaves out the brackets that close an expression, and those of an empty call."""
    start, end = position["currentOffset"], position["endOffset"] + 1
    if source.startswith("()", end):
        end += 2
    for opening, closing in ("[]", "()"):
        while source[start:end].count(opening) > source[start:end].count(closing):
            end = source.index(closing, end) + 1
    return start, end
