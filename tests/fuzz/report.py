"""The table of a run, as the evidence shows it."""

from collections.abc import Mapping
from typing import Final

from bench import report
from tests.fuzz.campaign import sum_of
from tests.fuzz.catalogue import SHARES
from tests.fuzz.runner import Tally

BOUNDARIES: Final[Mapping[str, str]] = {
    "callable": "callables, by envelope and fields",
    "rest": "REST operations, by body, path and query",
    "door": "contents of QR codes, scanned online and offline",
    "webhook": "Stripe's webhook, rightly and wrongly signed",
    "envelope": "raw HTTP: methods, paths, headers, lengths",
    "bearer": "ID tokens and bearer headers",
    "task": "tasks from the queue",
    "event": "Firestore's trigger",
    "blocking": "Authentication's call before a sign-up",
    "model": "input models",
    "cursor": "cursors",
    "code": "tickets' and pairing codes",
    "id": "validators of ids",
    "route": "the table of paths",
    "value": "values to and from Firestore",
    "username": "usernames",
    "news": "readers of Stripe's objects",
}

_HEADER: Final = (
    "| boundary | targets | inputs | fewest to one | accepted | refused | exceptions | "
    "CPU seconds | slowest |\n|---|---|---|---|---|---|---|---|---|"
)


def table(found: Mapping[str, Tally], seed: int, seconds: float) -> str:
    """Write what came of a run as Markdown."""
    rows = [
        _row(BOUNDARIES[boundary], among)
        for boundary in SHARES
        if (among := [one for name, one in found.items() if name.split("/")[0] == boundary])
    ]
    total = sum_of(list(found.values()))
    caption = (
        f"{total.inputs:,} inputs with seed {seed} in {seconds:,.0f} s; {report.machine()}. "
        f"{_reasons(found)} different reasons were given."
    )
    return "\n".join([caption, "", _HEADER, *rows, _row("**all**", list(found.values()))])


def _row(name: str, tallies: list[Tally]) -> str:
    total = sum_of(tallies)
    cells = [
        name,
        str(len(tallies)),
        f"{total.inputs:,}",
        f"{min(one.inputs for one in tallies):,}",
        f"{total.accepted:,}",
        f"{total.refused:,}",
        f"{len(total.failures):,}",
        f"{total.seconds:,.0f}",
        f"{1_000 * total.slowest_seconds:,.0f} ms",
    ]
    return f"| {' | '.join(cells)} |"


def _reasons(found: Mapping[str, Tally]) -> int:
    return len({reason for tally in found.values() for reason in tally.came_of}) - 1
