"""One line of the table of loads."""

from dataclasses import dataclass

from bench.samples import Samples
from tests.metering import Usage

HEADER = (
    "| operation | through | at once | p50 ms | p95 ms | p99 ms | throughput | failed "
    "| trips, reads, writes, checks |\n|---|---|---|---|---|---|---|---|---|"
)
LEVELS = (1, 8, 16)
"""How many callers at once."""


@dataclass(frozen=True)
class Row:
    """What became of one workload by one way at one level; `used` if that was counted."""

    name: str
    way: str
    threads: int
    samples: Samples
    used: str = ""

    def __str__(self) -> str:
        return (
            f"| {self.name} | {self.way} | {self.threads} | {self.samples.cells()} | {self.used} |"
        )


def counted(used: Usage, operations: int) -> str:
    """Write what each of some operations used; a mean if they do not use the same."""
    parts = (used.round_trips, used.reads, used.writes, used.checks)
    return ", ".join(f"{part / operations:g}" for part in parts)
