"""`make simulate`: play many seeds, and show the smallest history of each that breaks a promise."""

import argparse
import json
import os
import sys
import time
import traceback
from typing import Final

from bench.report import EVIDENCE, machine, record
from tests.simulation.rooms import ROOMS
from tests.simulation.run import Played, plan_of, play
from tests.simulation.seeds import Totals, played
from tests.simulation.shrink import read, smallest, written

REPORT_EVERY_SECONDS: Final = 15.0
SHOWN: Final = 3
"""How many failing seeds are made small; of more, only the promise is told."""


def main() -> int:
    """Play seeds, or one plan; the exit code is 1 if a promise was broken."""
    options = _parser().parse_args()
    if options.replay is not None:
        return _show(play(read(options.replay), keeps_trace=True))
    began = time.monotonic()
    totals = Totals()
    told = began
    for part in played(options.first, options.seeds, options.jobs, options.rooms):
        totals.merge(part)
        if part.failed:
            for seed, _, says in part.failed:
                print(f"FAILED seed {seed}: {says}", flush=True)
        if time.monotonic() - told >= REPORT_EVERY_SECONDS:
            told = time.monotonic()
            print(f"{totals.seeds:,} of {options.seeds:,} seeds …", flush=True)
    seconds = time.monotonic() - began
    for seed, promise, _ in sorted(totals.failed)[:SHOWN]:
        print(f"\nmaking seed {seed} small …", flush=True)
        _show(play(smallest(plan_of(seed, options.rooms), promise), keeps_trace=True))
    text = summary(totals, seconds)
    print(f"\n{text}")
    if options.record:
        record(
            EVIDENCE, "simulation", f"{machine()}. `make simulate SEEDS={totals.seeds}`\n\n{text}"
        )
    return 1 if totals.failed else 0


def summary(totals: Totals, seconds: float) -> str:
    """The totals as a table."""
    rows = [
        ("seeds", totals.seeds),
        ("things that people, banks and jobs began", totals.acts),
        ("times that somebody went on", totals.steps),
        ("commits, each with every promise looked at", totals.commits),
        *((f"injected: {_named(kind)}", count) for kind, count in sorted(totals.troubles.items())),
        ("promises broken", len(totals.failed)),
    ]
    lines = [
        "| what | how many |",
        "|---|---|",
        *(f"| {name} | {count:,} |" for name, count in rows),
    ]
    return "\n".join([*lines, f"| seconds | {seconds:,.0f} |"])


def _named(kind: str) -> str:
    return kind.replace("_", " ")


def _show(played: Played) -> int:
    """Print a history, and how to play it again; returns the exit code."""
    print("\n".join(played.trace))
    if played.broken is None:
        print("every promise held")
        return 0
    print(f"\nBROKEN {played.broken}")
    if played.broken.__cause__ is not None:
        traceback.print_exception(played.broken.__cause__)
    print(f"\nagain: make simulate REPLAY='{written(played.plan)}'", flush=True)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2_000, help="how many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="how many processes share them"
    )
    parser.add_argument(
        "--rooms", nargs="+", choices=sorted(ROOMS), default=(), help="draw from these rooms alone"
    )
    parser.add_argument("--replay", type=str, help="play one plan that a failure printed")
    parser.add_argument("--record", action="store_true", help="write docs/evidence.md")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except json.JSONDecodeError as error:
        sys.exit(f"--replay takes what a failing seed printed: {error}")
