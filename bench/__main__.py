"""`make bench`: print the figures, or record them in `docs/benchmarks.md` with `--record`."""

import argparse
import os
import uuid

from bench import cold_start, contention, jobs, metered, operations, pages, retention, sales
from bench.measure import Figure
from bench.report import BENCHMARKS, machine, record, table
from firetill.firestore import connect_emulator
from local.emulators import firestore_emulator

FIGURES, PAGES = "figures", "pages"
"""The tables in docs/benchmarks.md."""


def main() -> None:
    """Run every bench, or that of the pages alone, and report."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--record", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--pages", action="store_true", help="measure the web pages alone")
    options = parser.parse_args()
    if not options.pages:
        report(FIGURES, _till(), keep=options.record)
    print("the scanner's page, on a stack of its own …", flush=True)
    report(PAGES, pages.figures(), keep=options.record)


def report(name: str, found: list[Figure], *, keep: bool) -> None:
    """Print a table of figures, and write it into its place in the report if it is to be kept."""
    measured = f"{machine()}, the Firestore emulator on the same machine; medians."
    text = f"{measured}\n\n{table(found)}"
    print(f"\n{text}", flush=True)
    if keep:
        record(BENCHMARKS, name, text)


def _till() -> list[Figure]:
    """Measure the till's operations and jobs on one emulator."""
    found: list[Figure] = []
    print("cold start …", flush=True)
    found += cold_start.figures()
    with firestore_emulator() as emulator:
        project_id = f"demo-bench-{uuid.uuid4().hex[:8]}"
        os.environ["FIRESTORE_EMULATOR_HOST"] = emulator.address
        store = connect_emulator(emulator.address, project_id)
        print("operations against the bare clients …", flush=True)
        found = [*operations.figures(store, emulator.address, project_id), *found]
        print("orders and scans …", flush=True)
        found += sales.figures(store, emulator.address, project_id)
        print("actions and allowances …", flush=True)
        found += metered.figures(store, emulator.address, project_id)
        print("jobs …", flush=True)
        found += jobs.figures(connect_emulator(emulator.address, f"{project_id}-jobs"))
        found += metered.sweep_figures(connect_emulator(emulator.address, f"{project_id}-sweep"))
        found += retention.figures(connect_emulator(emulator.address, f"{project_id}-purge"))
        print("contention (the stock decorator takes its time) …", flush=True)
        found += contention.figures(store, project_id)
    return found


if __name__ == "__main__":
    main()
