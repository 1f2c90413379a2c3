"""What the documents say that each operation costs; the tests hold the code to it."""

import re
from pathlib import Path

from tests.metering import Usage

TABLE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_ROW = re.compile(r"^\| ([^|]+?) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


def rows() -> dict[str, Usage]:
    """Every documented operation with its cost."""
    return {
        name: Usage(
            round_trips=int(trips), reads=int(reads), writes=int(writes), checks=int(checks)
        )
        for name, trips, reads, writes, checks in _ROW.findall(TABLE.read_text())
    }


def documented(name: str) -> Usage:
    """The documented cost of one operation."""
    return rows()[name]
