"""Over HTTP: callables and the webhook behind real sockets."""

import uuid
from functools import partial

from bench.load.row import LEVELS, Row
from bench.load.serving import Outside, customer, outside, served
from bench.load.stage import Stage
from bench.load.wire import Sent, Wire, sent
from bench.load.workloads import WORKLOADS, Workload
from bench.samples import Samples, drive
from local.ports import HOST, Ports
from local.stack import Stack

WAY = "HTTP"
EMULATOR_WAY = "Functions emulator"
WARM_UP = 20
EMULATED = 50
"""Calls through the Functions emulator; it is measured to show what it adds."""


def rows(address: str, count: int) -> list[Row]:
    """Drive every workload against a process of its own.

    Args:
        address: the Firestore emulator's.
        count: how many calls at each level.
    """
    found = list[Row]()
    with outside(address) as around:
        for workload in WORKLOADS:
            print(f"  {workload.name}, over HTTP …", flush=True)
            found += _rows(workload, around, count)
    return found


def _rows(workload: Workload, around: Outside, count: int) -> list[Row]:
    project_id = f"demo-http-{uuid.uuid4().hex[:8]}"
    stage = Stage(around.firestore, project_id, around.customer_id)
    with served(workload.function, project_id, around) as port:
        wire = Wire(port)
        drive(_calls(wire, _requests(workload, stage, WARM_UP)), threads=1)
        return [
            Row(workload.name, WAY, threads, _driven(wire, workload, stage, count, threads))
            for threads in LEVELS
        ]


def emulated(count: int = EMULATED) -> list[Row]:
    """Drive every workload, one call at a time, through the Functions emulator of a whole stack."""
    found = list[Row]()
    project_id = f"demo-bench-{uuid.uuid4().hex[:8]}"
    with Stack(ports=Ports.free(), project_id=project_id, environment={}) as stack:
        payer = customer(f"http://{HOST}:{stack.ports.stripe}")
        stage = Stage(stack.firestore_address, project_id, payer)
        wire = Wire(stack.ports.functions)
        for workload in WORKLOADS:
            print(f"  {workload.name}, through the Functions emulator …", flush=True)
            path = stack.function_url(workload.function).removeprefix(stack.functions_url)
            drive(_calls(wire, _requests(workload, stage, 2, path)), threads=1)
            samples = drive(_calls(wire, _requests(workload, stage, count, path)), threads=1)
            found.append(Row(workload.name, EMULATOR_WAY, 1, samples))
    return found


def _driven(wire: Wire, workload: Workload, stage: Stage, count: int, threads: int) -> Samples:
    return drive(_calls(wire, _requests(workload, stage, count)), threads=threads)


def _requests(workload: Workload, stage: Stage, count: int, path: str = "/") -> list[Sent]:
    prepared = workload.prepare(stage, count)
    return [sent(one.request, stage.project_id, path) for one in prepared]


def _calls(wire: Wire, requests: list[Sent]) -> list[partial[None]]:
    return [partial(wire.post, request) for request in requests]
