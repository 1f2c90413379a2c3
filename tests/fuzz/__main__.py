"""`python -m tests.fuzz`: hostile inputs at every parser and every boundary, by the seed."""

import argparse
import sys
import time
from pathlib import Path

from bench.report import EVIDENCE, record
from tests.fuzz import campaign, cases, catalogue, report, runner
from tests.fuzz.runner import Failure
from tests.fuzz.targets import named
from tests.fuzz.world import opened


def main() -> int:
    """Run, and print what came of it; 1 if anything went wrong."""
    asked = _arguments()
    if asked.repeat:
        return _repeat(asked.repeat)
    if asked.list:
        with opened() as world:
            names = [target.name for target in catalogue.targets(world)]
        print("\n".join(names))
        return 0
    began = time.monotonic()
    found = campaign.run(asked.inputs, asked.seed, only=asked.target, processes=asked.processes)
    text = report.table(found, asked.seed, time.monotonic() - began)
    print(text)
    failures = [failure for tally in found.values() for failure in tally.failures]
    for failure in failures:
        _show(failure, keep=not asked.forget)
    if asked.record:
        record(EVIDENCE, "fuzz", text)
    return 1 if failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="how many; default 100,000")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same inputs")
    parser.add_argument("--target", help="one target, or all of one boundary, such as `callable`")
    parser.add_argument("--processes", type=int, help="default: one for each core")
    parser.add_argument("--record", action="store_true", help="write the table to the evidence")
    parser.add_argument("--forget", action="store_true", help="keep no file of what went wrong")
    parser.add_argument("--repeat", type=Path, help="do what such a file says, once more")
    parser.add_argument("--list", action="store_true", help="name the targets and stop")
    return parser.parse_args()


def _show(failure: Failure, *, keep: bool) -> None:
    said = failure.said.replace("\\n", "\n")
    print(f"\n{failure.target}, after {len(failure.inputs)} inputs: {said[:1_500]}")
    if keep:
        print(f"again: functions/venv/bin/python -m tests.fuzz --repeat {cases.keep(failure)}")
    else:
        print(f"the last of them: {failure.inputs[-1] if failure.inputs else ''}"[:1_000])


def _repeat(path: Path) -> int:
    failure = cases.read(path)
    with opened() as world:
        [target] = named(catalogue.targets(world), failure.target)
        said = runner.fails(world, target, failure.inputs)
    print(said.replace("\\n", "\n") if said else "It goes well now.")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
