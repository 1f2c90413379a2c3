"""Resident memory over a long run: a process of its own serves customer after customer."""

import json
import subprocess
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from bench.customers import OPERATIONS
from bench.scale import scaled
from bench.series import Plot, Series, rounded
from local.layout import FUNCTIONS, ROOT

CUSTOMERS = scaled(5_600)
POINTS = 10
WARM_POINTS = 2
"""So many of the points are warm-up: pools, caches and the allocator's arenas fill."""

MOST_GROWTH = 0.05
_MEBIBYTE = 2**20


@dataclass(frozen=True)
class Point:
    """How much memory there was after so many operations, and when, in seconds."""

    operations: int
    mebibytes: float
    seconds: float


def points(address: str, customers: int = CUSTOMERS) -> list[Point]:
    """Serve so many customers; return the memory at the start and after each tenth of them.

    Args:
        address: the Firestore emulator's.
        customers: each asks for nine operations.
    """
    print(f"  {customers * OPERATIONS:,} operations in one process …", flush=True)
    project_id = f"demo-memory-{uuid.uuid4().hex[:8]}"
    command = [sys.executable, "-m", "bench.customers", address, project_id]
    done = subprocess.run(
        [*command, str(customers), str(POINTS)],
        cwd=ROOT,
        env={"PYTHONPATH": f"{FUNCTIONS}:{ROOT}"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return [Point(one["operations"], one["bytes"] / _MEBIBYTE, one["seconds"]) for one in told]


def growth(found: Sequence[Point]) -> float:
    """Return by how much the memory has grown since it was warm, as a fraction of what it was."""
    return found[-1].mebibytes / found[WARM_POINTS].mebibytes - 1


def table(found: Sequence[Point]) -> str:
    """Write the points as a table in Markdown, and what came of them below."""
    warm, last = found[WARM_POINTS], found[-1]
    rows = [
        f"| {point.operations:,} | {point.mebibytes:.1f} | {_since(warm, point)} |"
        for point in found
    ]
    seconds = last.seconds - found[0].seconds
    met = "met" if growth(found) < MOST_GROWTH else "**missed**"
    verdict = (
        f"From {warm.operations:,} operations to {last.operations:,}: "
        f"{last.mebibytes - warm.mebibytes:+.1f} MiB, {100 * growth(found):+.1f} %; "
        f"target < {100 * MOST_GROWTH:.0f} %: {met}. {last.operations / seconds:,.0f} "
        "operations a second all the while."
    )
    return "\n".join(
        [
            "| operations done | resident, MiB | since warm, MiB |\n|---|---|---|",
            *rows,
            "",
            verdict,
        ]
    )


def _since(warm: Point, point: Point) -> str:
    later = point.operations > warm.operations
    return f"{point.mebibytes - warm.mebibytes:+.1f}" if later else ""


def plots(found: Sequence[Point]) -> list[Plot]:
    """Draw the memory over the operations."""
    operations = [point.operations for point in found]
    resident = Series("resident", operations, rounded([point.mebibytes for point in found]))
    title = "Memory of one process over a long run"
    return [Plot("memory", title, "operations done", "MiB", [resident])]
