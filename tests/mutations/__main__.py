"""`make mutate`: make mistakes in copies of the code, and see whether they are found.

Each mistake is made in a copy of its own, and the tests that ought to find it are run against that,
then the simulation. One that nothing finds is a rule without a test, and the exit code is 1.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Final

from bench.report import EVIDENCE, machine, record
from tests.mutations import running
from tests.mutations.catalog import CATALOG
from tests.mutations.confirming import Confirmed
from tests.mutations.model import Mutation, copied
from tests.mutations.running import Failure

PLACE: Final = "mutations"
SEEDS: Final = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """What found a mutation: a test, a failing seed, both or nothing.

    `trouble` says why a run came to no end.
    """

    mutation: Mutation
    test: str | None = None
    failure: Failure | None = None
    trouble: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked: the tests, the simulation with so many seeds, or both."""

    tests: bool
    seeds: int


def main() -> int:
    """Try the mutations, print what found each, and return the exit code."""
    options = _options()
    wanted = options.only or [""]
    chosen = [one for one in CATALOG if any(name in one.name for name in wanted)]
    if options.list:
        for one in chosen:
            print(f"{one.name}  ({one.file}): {one.suffers}")
        return 0
    asked = Asked(options.by != "simulation", 0 if options.by == "tests" else options.seeds)
    print(f"{len(chosen)} mutations to come …", flush=True)
    if asked.seeds and (trouble := _simulated_as_it_is(asked.seeds)):
        print(f"the code as it is breaks already: {trouble}")
        return 1
    begun = time.monotonic()
    verdicts = _all(asked, chosen, options.jobs)
    minutes = (time.monotonic() - begun) / 60
    missed = [one.mutation.name for one in verdicts if not one.test and not one.failure]
    text = _report(verdicts, asked, minutes)
    print(f"\n{text}", flush=True)
    if options.record:
        record(EVIDENCE, PLACE, text)
    for name in missed:
        print(f"NOTHING FINDS: {name}")
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument(
        "--only", metavar="NAME", action="append", default=[], help="those with this in their name"
    )
    parser.add_argument("--list", action="store_true", help="name them and try none")
    parser.add_argument(
        "--with",
        dest="by",
        choices=("simulation", "tests", "both"),
        default="both",
        help="who is asked",
    )
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how much is simulated for each")
    parser.add_argument("--jobs", type=int, choices=(1, 2), default=1, help="how many at once")
    parser.add_argument("--record", action="store_true", help="write the table to docs/evidence.md")
    return parser.parse_args()


def _simulated_as_it_is(seeds: int) -> Failure | None:
    with copied() as copy:
        return running.ask_simulation(copy, seeds)


def _all(asked: Asked, mutations: Sequence[Mutation], jobs: int) -> list[Verdict]:
    verdicts, confirmed = dict[str, Verdict](), Confirmed()
    with ThreadPoolExecutor(jobs) as pool:
        trying = [pool.submit(_try, asked, confirmed, mutation) for mutation in mutations]
        try:
            for done in as_completed(trying):
                verdict = done.result()
                verdicts[verdict.mutation.name] = verdict
                print(f"[{len(verdicts):3}/{len(mutations)}] {_line(verdict)}", flush=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [verdicts[mutation.name] for mutation in mutations]


def _try(asked: Asked, confirmed: Confirmed, mutation: Mutation) -> Verdict:
    begun = time.monotonic()
    test, failure, trouble = None, None, None
    with copied(mutation) as copy:
        try:
            if asked.tests:
                found = (confirmed.find(copy, paths) for paths in running.folders(mutation))
                test = next(filter(None, found), None)
            if asked.seeds:
                failure = running.ask_simulation(copy, asked.seeds, mutation.room)
        except running.BrokenRunError as error:
            trouble = str(error)
    return Verdict(mutation, test, failure, trouble, time.monotonic() - begun)


def _line(verdict: Verdict) -> str:
    found = [verdict.test] if verdict.test else []
    if verdict.failure:
        found.append(str(verdict.failure))
    if verdict.trouble:
        found.append(f"TROUBLE: {verdict.trouble}")
    return (
        f"{verdict.mutation.name}: {' and '.join(found) or 'NOTHING FINDS IT'}, "
        f"{verdict.seconds:.0f} s"
    )


def _report(verdicts: Sequence[Verdict], asked: Asked, minutes: float) -> str:
    found = sum(1 for one in verdicts if one.test or one.failure)
    by_tests = sum(1 for one in verdicts if one.test)
    by_seeds = sum(1 for one in verdicts if one.failure)
    said = [f"{len(verdicts)} mutations, {found} of them found"]
    said += [f"{by_tests} by the tests"] if asked.tests else []
    said += [f"{by_seeds} by the simulation within {asked.seeds} seeds"] if asked.seeds else []
    rows = [
        f"| {one.mutation.name} | `{one.mutation.file}` | {one.mutation.suffers} "
        f"| {_test(one, asked)} | {_simulated(one, asked)} |"
        for one in verdicts
    ]
    head = "| mistake | where | what a user would suffer | found by the test | by the simulation |"
    return "\n".join(
        [
            f"{machine()}; {minutes:.0f} minutes. {'; '.join(said)}.",
            "",
            head,
            "|---" * 5 + "|",
            *rows,
        ]
    )


def _test(one: Verdict, asked: Asked) -> str:
    if not asked.tests:
        return "not asked"
    return f"`{one.test}`" if one.test else "**none**"


def _simulated(one: Verdict, asked: Asked) -> str:
    if not asked.seeds:
        return "not asked"
    return str(one.failure or "no")


if __name__ == "__main__":
    sys.exit(main())
