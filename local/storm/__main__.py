"""`make storm`: fifty users on the real stack while its processes die, and what was lost."""

import argparse
import os
import sys
import time
import uuid

from bench.report import EVIDENCE, machine, record
from local.ports import Ports
from local.storm.play import Settings, play
from local.storm.report import text
from local.storm.stack import StormStack

PLACE = "storm"
"""The table in docs/evidence.md."""


def main() -> int:
    """Let it storm; returns 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="make storm", description=__doc__)
    parser.add_argument("--users", type=int, default=50, help="how many live at once (50)")
    parser.add_argument("--minutes", type=float, default=10.0, help="for how long (10)")
    parser.add_argument("--seed", type=int, default=1, help="of all chance (1)")
    parser.add_argument(
        "--at-once",
        type=int,
        default=Settings.at_once,
        help="calls of the REST function under way, and half as many of each other (8)",
    )
    parser.add_argument(
        "--think", type=float, default=Settings.think_seconds, help="seconds between two acts (2)"
    )
    parser.add_argument("--record", action="store_true", help="write docs/evidence.md")
    given = parser.parse_args()
    settings = Settings(
        given.users, given.minutes, given.seed, think_seconds=given.think, at_once=given.at_once
    )
    began = time.monotonic()

    def report(said: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {said}", flush=True)

    # Stripe itself can be made to fail by nobody, so a test key in the environment is left out.
    environment = {name: value for name, value in os.environ.items() if "STRIPE" not in name}
    report("the stack starts …")
    with StormStack(
        ports=Ports.free(),
        project_id=f"demo-storm-{uuid.uuid4().hex[:8]}",
        environment=environment,
    ) as stack:
        outcome = play(stack, settings, report)
    said = f"{machine()}. {text(outcome.weather, outcome.books, outcome.lost)}"
    print(f"\n{said}", flush=True)
    if given.record:
        record(EVIDENCE, PLACE, said)
    return 1 if outcome.lost else 0


if __name__ == "__main__":
    sys.exit(main())
