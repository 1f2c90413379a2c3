"""What each document adds to the figures of its day. Pure.

A document that is not what it should be adds nothing: reconciliation reports it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

Source = Literal["entries", "payments", "scans", "offline_scans"]
"""What is counted."""

Figure = tuple[str, ...]
"""A figure's place in the day's document, such as `("ledger", "credits_burn", "amount")`."""


def counted(source: Source, documents: Iterable[Mapping[str, Any]]) -> dict[str, Counter[Figure]]:
    """Return by how much each figure of each day rises."""
    count = {
        "entries": _entry,
        "payments": _payment,
        "scans": _scan,
        "offline_scans": _offline_scan,
    }[source]
    days: dict[str, Counter[Figure]] = {}
    for data in documents:
        for at, figure, amount in count(data):
            if isinstance(at, datetime) and type(amount) is int and all(figure):
                days.setdefault(day_of(at), Counter())[figure] += amount
    return days


def day_of(at: datetime) -> str:
    """Return the day of an instant in UTC, such as `2026-11-21`."""
    return at.astimezone(UTC).date().isoformat()


def added(day: Mapping[str, Any], counts: Mapping[Figure, int]) -> dict[str, Any]:
    """Return the top-level fields of a day's document that rise, with the counts added."""
    rising = {figure[0] for figure in counts}
    raised = {name: _copied(value) for name, value in day.items() if name in rising}
    for figure, amount in counts.items():
        inner = raised
        for part in figure[:-1]:
            inner = inner.setdefault(part, {})
        inner[figure[-1]] = (inner.get(figure[-1]) or 0) + amount
    return raised


def _copied(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {name: _copied(one) for name, one in value.items()}


_Found = Iterator[tuple[Any, Figure, Any]]


def _entry(data: Mapping[str, Any]) -> _Found:
    at, kind = data.get("createdAt"), _text(data.get("kind"))
    yield at, ("ledger", kind, "entries"), 1
    yield at, ("ledger", kind, "amount"), data.get("amount")
    if data.get("seq") == 1:
        yield at, ("newUsers",), 1
    metadata = data.get("metadata")
    named = _text(metadata.get("kind")) if isinstance(metadata, Mapping) else ""
    if kind == "credits_spend":
        yield at, ("actions", named, "charged"), 1
    if kind == "credits_spend_refund":
        yield at, ("actions", named, "refunded"), 1


def _payment(data: Mapping[str, Any]) -> _Found:
    at, currency = data.get("settledAt"), _text(data.get("currency"))
    yield at, ("revenue", currency, "payments"), 1
    yield at, ("revenue", currency, "amount"), data.get("amount")


def _scan(data: Mapping[str, Any]) -> _Found:
    if data.get("source") != "offline":
        yield from _verdict(data)


def _offline_scan(data: Mapping[str, Any]) -> _Found:
    yield from _verdict(data)


def _verdict(data: Mapping[str, Any]) -> _Found:
    at, result = data.get("at"), data.get("result")
    if result == "admitted":
        yield at, ("door", "admitted"), data.get("count")
        if data.get("readmitted"):
            yield at, ("door", "readmitted"), data.get("readmitted")
    elif result == "left":
        yield at, ("door", "left"), data.get("count")
    else:
        yield at, ("door", "denied"), 1
        yield at, ("denials", _text(data.get("reason")) or "unknown"), 1


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
