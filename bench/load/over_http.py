"""Over HTTP: callables and the webhook behind real sockets."""

import uuid
from functools import partial

from bench.load.row import LEVELS, Row
from bench.load.serving import Outside, customer, outside, served
from bench.load.stage import Stage
from bench.load.wire import Sent, Wire, sent
from bench.load.workloads import WORKLOADS, Workload
from bench.samples import Samples, drive
from firetill.api import OPERATIONS
from local.ports import HOST, Ports
from local.stack import Stack

WAY = "HTTP"
REST_WAY = "REST"
EMULATOR_WAY = "Functions emulator"
BY_REST = "scanTicket"
"""Goes over the REST gateway as well; the gateway's own part is the same for all operations."""

GATEWAY = "api"
WARM_UP = 20
EMULATED = 50
"""Calls through the Functions emulator; it is measured to show what it adds."""

_REST_PATHS = {declared.name: declared.path or "/" for declared in OPERATIONS}


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
            if workload.function == BY_REST:
                found += _rows(workload, around, count, by_rest=True)
    return found


def _rows(workload: Workload, around: Outside, count: int, *, by_rest: bool = False) -> list[Row]:
    project_id = f"demo-http-{uuid.uuid4().hex[:8]}"
    stage = Stage(around.firestore, project_id, around.customer_id)
    function = GATEWAY if by_rest else workload.function
    path = _REST_PATHS[workload.function] if by_rest else "/"
    with served(function, project_id, around) as port:
        wire = Wire(port)

        def driven(number: int, threads: int) -> Samples:
            requests = _requests(workload, stage, number, path, by_rest=by_rest)
            return drive(_calls(wire, requests), threads=threads)

        driven(WARM_UP, 1)
        way = REST_WAY if by_rest else WAY
        return [Row(workload.name, way, threads, driven(count, threads)) for threads in LEVELS]


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


def _requests(
    workload: Workload, stage: Stage, count: int, path: str, *, by_rest: bool = False
) -> list[Sent]:
    prepared = workload.prepare(stage, count)
    return [sent(one.request, stage.project_id, path, by_rest=by_rest) for one in prepared]


def _calls(wire: Wire, requests: list[Sent]) -> list[partial[None]]:
    return [partial(wire.post, request) for request in requests]
