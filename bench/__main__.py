"""`make bench`: print the figures, or record them in `docs/benchmarks.md` with `--record`."""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence

from bench import memory, pages, till
from bench.growth import measure as growth
from bench.load import job, over_http, peers, services
from bench.load import report as load
from bench.plots import draw
from bench.report import BENCHMARKS, machine, record, table
from bench.scale import scaled
from bench.series import Plot
from local.emulators import firestore_emulator

Part = Callable[[], tuple[str, Sequence[Plot]]]
"""Measures; returns a table in Markdown, and what can be drawn of it."""

COUNT = scaled(600)
HTTP_COUNT = scaled(400)
PEERS_COUNT = scaled(300)
EMULATED = scaled(50)
JOB_RUNS = scaled(10, least=2)
GIBIBYTES = 4
"""An emulator's, for some hundred thousand documents."""


def _till() -> tuple[str, Sequence[Plot]]:
    return table(till.figures()), ()


def _pages() -> tuple[str, Sequence[Plot]]:
    return table(pages.figures()), ()


def _load() -> tuple[str, Sequence[Plot]]:
    with firestore_emulator(gibibytes=GIBIBYTES) as emulator:
        rows = services.rows(emulator.address, COUNT)
        rows += over_http.rows(emulator.address, HTTP_COUNT)
        rows += job.rows(emulator.address, JOB_RUNS)
    rows += over_http.emulated(EMULATED)
    for row in rows:
        row.samples.show_errors(f"{row.name}, {row.way}, {row.threads} at once")
    return load.table(rows), load.plots(rows)


def _peers() -> tuple[str, Sequence[Plot]]:
    with firestore_emulator(gibibytes=GIBIBYTES) as emulator:
        os.environ["FIRESTORE_EMULATOR_HOST"] = emulator.address
        found = peers.matches(emulator.address, PEERS_COUNT)
    for match in found:
        for side, samples in match.sides.items():
            samples.show_errors(f"{match.contest.name}, {match.callers}, {side}")
    return peers.table(found), peers.plots(found)


def _growth() -> tuple[str, Sequence[Plot]]:
    found = list[growth.Curve]()
    for history in growth.HISTORIES:
        with firestore_emulator(gibibytes=GIBIBYTES) as emulator:
            found += growth.curves(history, emulator.address)
    return growth.table(found), growth.plots(found)


def _memory() -> tuple[str, Sequence[Plot]]:
    with firestore_emulator(gibibytes=GIBIBYTES) as emulator:
        found = memory.points(emulator.address)
    return memory.table(found), memory.plots(found)


PARTS: dict[str, tuple[str, Part]] = {
    "figures": ("the operations and jobs against floors and peers", _till),
    "pages": ("the web pages, on a stack of their own", _pages),
    "load": ("load through services, over HTTP, through the Functions emulator", _load),
    "peers": ("the same work by the stock decorator and by Node", _peers),
    "growth": ("operations as history grows", _growth),
    "memory": ("memory over a long run", _memory),
}
"""Each part by the name of its table in docs/benchmarks.md and of its option."""


def main() -> None:
    """Run the parts that were asked for, or all of them, and report."""
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, epilog="Without the name of a part, all of them."
    )
    parser.add_argument(
        "--record", action="store_true", help="write docs/benchmarks.md and its plots"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of everything, to see that it works"
    )
    for name, (what, _) in PARTS.items():
        parser.add_argument(f"--{name}", action="store_true", help=f"measure {what}")
    options = vars(parser.parse_args())
    if options["quick"] and options["record"]:
        parser.error("what --quick measures is not for the record")
    chosen = [name for name in PARTS if options[name]] or list(PARTS)
    took, broken = dict[str, float](), list[str]()
    for name in chosen:
        started = time.perf_counter()
        try:
            _run(name, keep=options["record"])
        except Exception:  # noqa: BLE001 - the other parts shall not be lost; told at the end again
            traceback.print_exc()
            broken.append(name)
        took[name] = time.perf_counter() - started
    if options["record"]:
        draw()
    times = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in took.items())
    print(f"\n{sum(took.values()):.0f} s in all: {times}", flush=True)
    if broken:
        sys.exit(f"Broken off, see above: {', '.join(broken)}")


def _run(name: str, *, keep: bool) -> None:
    """Measure one part, print it, and write it into its place in the report if it is to be kept."""
    what, part = PARTS[name]
    print(f"\n{what} …", flush=True)
    found, plots = part()
    text = f"{machine()}, the Firestore emulator on the same machine.\n\n{found}"
    print(f"\n{text}", flush=True)
    if keep:
        record(BENCHMARKS, name, text)
        for plot in plots:
            plot.write()


if __name__ == "__main__":
    main()
