"""The table of loads, and its plots."""

from collections.abc import Sequence

from bench.load.over_http import WAY as HTTP
from bench.load.row import HEADER, Row
from bench.load.services import WAY as SERVICES
from bench.series import Plot, Series, rounded

_PERCENTS = (50, 75, 90, 95, 99)
_AT_ONCE = 8


def table(rows: Sequence[Row]) -> str:
    """Write the rows as a table in Markdown, each operation's together."""
    names = list(dict.fromkeys(row.name for row in rows))
    together = sorted(rows, key=lambda row: names.index(row.name))
    return "\n".join([HEADER, *map(str, together)])


def plots(rows: Sequence[Row]) -> list[Plot]:
    """Draw the percentiles of what 8 callers wait for, through services and over HTTP."""
    return [_latency(rows, SERVICES, "services"), _latency(rows, HTTP, "http")]


def _latency(rows: Sequence[Row], way: str, name: str) -> Plot:
    driven = [row for row in rows if row.way == way and row.threads == _AT_ONCE]
    return Plot(
        f"latency-{name}",
        f"Latency through {way}, {_AT_ONCE} callers at once",
        "percentile",
        "ms",
        [
            Series(
                row.name,
                _PERCENTS,
                rounded([1000 * row.samples.percentile(percent) for percent in _PERCENTS]),
            )
            for row in driven
        ],
    )
