"""`make capacity`: what a month of production costs, and which limit is met first.

Without options it answers for a thousand, a hundred thousand and ten million users who are active
in a month. Nothing is measured on Firestore: the counts are those that the tests hold the code to,
the documents are those that the code writes, and the rest is taken as docs/capacity.md says.
"""

import argparse
from pathlib import Path
from typing import Final

from bench.capacity import curves, tables
from bench.capacity.model import measured
from bench.plots import draw
from bench.report import record

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "capacity.md"


def main() -> None:
    """Print the tables, or record them in `docs/capacity.md` and draw its plots."""
    parser = argparse.ArgumentParser(prog="make capacity", description=__doc__)
    parser.add_argument(
        "--users", type=float, nargs="+", help="active in a month; prints for these instead"
    )
    parser.add_argument(
        "--record", action="store_true", help="write docs/capacity.md and its plots"
    )
    options = parser.parse_args()
    if options.record and options.users:
        parser.error("--record writes the standard scales; leave --users out")
    model = measured()
    users = options.users or list(tables.SCALES)
    found = {
        "profile": tables.habits(model, users),
        "bill": tables.bills(model, users),
        "operations": tables.operations(model, users),
        "storage": tables.storage(model, users),
        "documents": tables.documents(model),
        "bottlenecks": tables.bottlenecks(model, users),
        "rising": tables.rising(model, users[-1]),
        "jobs": tables.jobs(model, users),
        "contention": tables.contention(),
        "prices": tables.prices(),
    }
    for name, text in found.items():
        print(f"\n## {name}\n\n{text}", flush=True)
        if options.record:
            record(DOCUMENT, name, text)
    if options.record:
        curves.write(model)
        draw()


if __name__ == "__main__":
    main()
