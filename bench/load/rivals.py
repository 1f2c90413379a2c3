"""The same documents read and written by what people would otherwise use.

Both rivals decide nothing: they read what an operation of the till read, and write what it wrote.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from google.cloud import firestore

from bench.load.trace import Naming, Trace
from bench.samples import Samples, drive

NODE_REPLAY = Path(__file__).parents[1] / "node_replay.mjs"
NODE_SECONDS = 300


@dataclass(frozen=True)
class Run:
    """So many copies of a trace, by so many workers; `level` names the copies' documents."""

    level: str
    hot: bool
    count: int
    workers: int


def stock(client: firestore.Client, trace: Trace, run: Run, limit_seconds: float) -> Samples:
    """Replay by the decorator that comes with the Python client.

    Args:
        client: the stock client.
        trace: what to read and write.
        run: how often, and by how many; its documents are there.
        limit_seconds: no replay begins after that. One that is under way may take long.
    """
    names = [trace.naming(run.level, number, hot=run.hot) for number in range(run.count)]
    replays = [partial(_replay, client, trace, name) for name in names]
    return drive(replays, threads=run.workers, limit_seconds=limit_seconds)


def _replay(client: firestore.Client, trace: Trace, name: Naming) -> None:
    @firestore.transactional
    def body(transaction: firestore.Transaction) -> None:
        for batch in trace.reads:
            references = [client.document(name(path)) for path in batch]
            list(client.get_all(references, transaction=transaction))
        for write in trace.writes:
            reference, fields = client.document(name(write.path)), dict(write.fields)
            if write.path in trace.found:
                transaction.update(reference, fields)
            else:
                transaction.create(reference, fields)

    body(client.transaction())


def node(project_id: str, trace: Trace, runs: Sequence[Run]) -> list[Samples]:
    """Replay by Node's `runTransaction`, run after run in one warm process."""
    asked = {"trace": trace.as_json(), "runs": [asdict(run) for run in runs]}
    done = subprocess.run(
        ["node", str(NODE_REPLAY), project_id],
        input=json.dumps(asked),
        check=True,
        capture_output=True,
        text=True,
        timeout=NODE_SECONDS,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return [Samples(one["seconds"], one["failed"], one["elapsed"]) for one in found]
