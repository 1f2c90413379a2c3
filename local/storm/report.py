"""What the storm was, and what came of it, as Markdown."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from local.storm.books import Books
from local.storm.calls import Told
from local.storm.wallets import Discrepancy

_ELSEWHERE = frozenset({"pay", "refund", "dispute"})
"""What people did at Stripe, not at our functions."""


@dataclass(frozen=True)
class Weather:
    """What was asked for, and what went wrong meanwhile.

    Attributes:
        users: how many lived through it.
        minutes: for how long.
        seed: of all chance.
        faults: what went wrong, and how often.
        troubles: what made calls be repeated, and how often.
    """

    users: int
    minutes: float
    seed: int
    faults: Counter[str]
    troubles: Counter[str]


def text(weather: Weather, books: Books, found: Sequence[Discrepancy]) -> str:
    """The whole report."""
    calls = [one for one in books.told if one.operation not in _ELSEWHERE]
    repeated = sum(one.attempts > 1 for one in calls)
    parts = [
        f"{weather.users} users for {weather.minutes:g} minutes, seed {weather.seed}.",
        _operations(books.told),
        _table(("fault", "times"), sorted(weather.faults.items())),
        (
            f"{repeated} of {len(calls)} calls were repeated with the same key until they were "
            f"answered, {weather.troubles.total()} times in all: {_listed(weather.troubles)}."
        ),
        (
            f"Calls that were answered, under the storm: {_times(calls)}. Nothing of it is a "
            "measure of the till: processes start anew all the time."
        ),
        _sums(books),
        _lost(found),
    ]
    return "\n\n".join(parts)


def _operations(told: Sequence[Told]) -> str:
    rows = []
    for operation in sorted({one.operation for one in told}):
        of_kind = [one for one in told if one.operation == operation]
        done = sum(one.ok is True for one in of_kind)
        refused = sum(one.ok is False for one in of_kind)
        rows.append((operation, done, refused, len(of_kind) - done - refused))
    total = ("**all**", *(sum(column) for column in zip(*(row[1:] for row in rows), strict=True)))
    return _table(("operation", "done", "refused", "unanswered"), [*rows, total])


def _table(header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(_cell(one) for one in line)} |" for line in lines)


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common()) or "none"


def _times(calls: Sequence[Told]) -> str:
    taken = sorted(1_000 * one.seconds for one in calls if one.ok is not None)
    if len(taken) < 2:
        return "too few to say"
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    return ", ".join(f"p{part} {cuts[part - 1]:,.0f} ms" for part in (50, 95, 99))


def _sums(books: Books) -> str:
    """What there was to lose."""
    paid = [one for one in books.stripe["payment_intent"] if one["status"] == "succeeded"]
    captured = sum(one["amount_received"] for one in paid)
    gone = sum(books.gone(one) for one in paid)
    tickets = sum(batch["ticketQuantity"] for batch in books.all("ragers"))
    used = sum(batch["usedCount"] for batch in books.all("ragers"))
    return (
        f"Accounted for: {len(paid):,} payments over {captured / 100:,.2f} USD, of which "
        f"{gone / 100:,.2f} USD went back; {len(books.all('ledger')):,} ledger entries in "
        f"{len(books.all('users')):,} wallets; {len(books.all('orders')):,} orders with "
        f"{len(books.all('fulfillments')):,} fulfilments; {tickets:,} tickets, {used:,} of them "
        f"used, and {len(books.all('scans')):,} scans; {len(books.all('actions')):,} actions; "
        f"{len(books.all('sessions')):,} sessions; {len(books.all('stripeEvents')):,} events."
    )


def _lost(found: Sequence[Discrepancy]) -> str:
    if not found:
        return "Lost: nothing."
    counts = Counter(one.name for one in found)
    return "\n".join([f"**Lost: {_listed(counts)}**", "", *(f"- {one}" for one in found)])
