"""Random concurrent histories, and the search for a serial order that explains one.

An operation reads some documents, perhaps in two batches, and then writes or deletes some of them
or refuses. What it writes tells what it saw, so that an order that explains all results and the
final documents leaves little to chance.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from firetill.database import Database, Snapshot, Store, Write
from firetill.errors import Refusal
from tests.factories import at_once

NAMES = ("a", "b", "c")

State = dict[str, Mapping[str, Any]]


class Reads(Protocol):
    """The part of a transaction that an operation uses."""

    def get(self, *paths: str) -> list[Snapshot]: ...
    def merge(self, path: str, fields: Mapping[str, Any]) -> None: ...
    def delete(self, path: str) -> None: ...
    def create(self, path: str, fields: Mapping[str, Any]) -> None: ...


class Refused(Refusal):
    """The answer of an operation that found an even number of documents and minds."""

    reason, code, http_status = "refused", "failed-precondition", 409

    def __init__(self, seen: str) -> None:
        super().__init__(seen)


@dataclass(frozen=True)
class Step:
    """One operation of a history, within the documents under `root`."""

    root: str
    key: str
    batches: tuple[tuple[str, ...], ...]
    written: tuple[tuple[str, str], ...]
    minds_even: bool
    seconds: float

    def __call__(self, tx: Reads) -> str:
        done = f"{self.root}/done-{self.key}"
        [record] = tx.get(done, *self._paths(self.batches[0]))[:1]
        if record.data is not None:
            return str(record.data["seen"])
        found = [one for batch in self.batches for one in tx.get(*self._paths(batch))]
        time.sleep(self.seconds)
        seen = f"{self.key}({' '.join(_told(one) for one in found)})"
        if self.minds_even and sum(one.exists for one in found) % 2 == 0:
            raise Refused(seen)
        for name, how in self.written:
            if how == "merge":
                tx.merge(f"{self.root}/{name}", {"by": _short(seen)})
            else:
                tx.delete(f"{self.root}/{name}")
        if self.written:
            tx.create(done, {"seen": seen})
        return seen

    def _paths(self, names: Sequence[str]) -> list[str]:
        return [f"{self.root}/{name}" for name in names]


@dataclass(frozen=True)
class History:
    """What was there, what was run at once, what each answered, and what was there then."""

    before: State
    steps: tuple[Step, ...]
    answers: tuple[str, ...]
    after: State


def random_steps(rng: random.Random, root: str) -> list[Step]:
    """Make three to five operations, one of which may be sent twice."""
    steps = [_random_step(rng, root, f"op{number}") for number in range(rng.randint(3, 5))]
    if rng.random() < 0.3:
        steps.append(rng.choice(steps))
    return steps


def run(store: Store, database: Database, rng: random.Random, root: str) -> History:
    """Run a random history at once and keep what became of it."""
    before: State = {f"{root}/{name}": {"by": "was"} for name in NAMES if rng.random() < 0.6}
    if before:
        store.commit([Write(path, "put", fields) for path, fields in before.items()], seconds=5)
    steps = random_steps(rng, root)
    answers = at_once([partial(_answer, partial(database.run_transaction, step)) for step in steps])
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    paths = [f"{root}/{name}" for name in (*NAMES, *(f"done-{step.key}" for step in steps))]
    after = {one.path: one.data for one in store.read(paths, seconds=5) if one.data is not None}
    return History(before, tuple(steps), tuple(str(answer) for answer in answers), after)


def serial_order(history: History) -> list[int] | None:
    """Find an order in which the steps, one after another, give all answers and the end."""

    def search(state: State, left: frozenset[int]) -> list[int] | None:
        if not left:
            return [] if state == history.after else None
        for index in sorted(left):
            serial = _Serial(state)
            if _answer(partial(history.steps[index], serial)) != history.answers[index]:
                continue
            rest = search(serial.state, left - {index})
            if rest is not None:
                return [index, *rest]
        return None

    return search(history.before, frozenset(range(len(history.steps))))


class _Serial:
    """A transaction that has the documents to itself."""

    def __init__(self, state: State) -> None:
        self.state = dict(state)

    def get(self, *paths: str) -> list[Snapshot]:
        return [Snapshot(path, self.state.get(path), None) for path in paths]

    def merge(self, path: str, fields: Mapping[str, Any]) -> None:
        self.state[path] = {**self.state.get(path, {}), **fields}

    create = merge

    def delete(self, path: str) -> None:
        self.state.pop(path, None)


def _random_step(rng: random.Random, root: str, key: str) -> Step:
    read = rng.sample(NAMES, rng.randint(1, len(NAMES)))
    cut = rng.randint(1, len(read)) if rng.random() < 0.3 else len(read)
    return Step(
        root,
        key,
        batches=tuple(tuple(batch) for batch in (read[:cut], read[cut:]) if batch),
        written=tuple(
            (name, "delete" if rng.random() < 0.25 else "merge")
            for name in rng.sample(read, rng.randint(0, min(2, len(read))))
        ),
        minds_even=rng.random() < 0.25,
        seconds=rng.choice((0, 0.001, 0.003)),
    )


def _answer(call: Callable[[], str]) -> str:
    try:
        return call()
    except Refused as refused:
        return f"refused {refused.message}"


def _told(one: Snapshot) -> str:
    return "-" if one.data is None else str(one.data["by"])


def _short(seen: str) -> str:
    """Keep what was written from growing with every step that saw it."""
    return f"{seen[:3]}#{hash(seen) & 0xFFFFFFFF:x}"
