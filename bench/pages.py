"""The scanner's page in a real browser: how long until a verdict, and how much a phone loads."""

import json
import statistics
import subprocess
import uuid

from bench.measure import Figure, milliseconds
from bench.scale import scaled
from local import web
from local.demo.play import addresses
from local.layout import ROOT
from local.ports import Ports
from local.stack import Stack

_SCANS = scaled(50)
_TARGET_SECONDS = 0.4
_TARGET_BYTES = 250 * 1024


def figures() -> list[Figure]:
    """Measure the scanner on a stack of its own.

    Raises:
        RuntimeError: the pages could not be driven; the message says why.
    """
    with Stack(ports=Ports.free(), project_id=f"demo-bench-{uuid.uuid4().hex[:8]}") as stack:
        told = subprocess.run(
            ["node", "web/e2e/latency.js", addresses(stack), str(_SCANS)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    if told.returncode != 0:
        raise RuntimeError(told.stderr)
    times = {name: [ms / 1000 for ms in found] for name, found in json.loads(told.stdout).items()}
    verdict, call = times["verdict"], times["call"]
    p95 = statistics.quantiles(verdict, n=20)[-1]
    middle, bare = statistics.median(verdict), statistics.median(call)
    size = web.zipped(web.scripts(web.manifest(), web.DOOR))
    return [
        Figure(
            f"a code to its verdict on the screen, p95 of {_SCANS}",
            milliseconds(p95),
            f"p50 {milliseconds(middle)}",
            p95 / middle,
            "≤ 400 ms",
            p95 <= _TARGET_SECONDS,
        ),
        Figure(
            "a code to its verdict on the screen",
            milliseconds(middle),
            f"`scanTicket` by the Firebase client in Node: {milliseconds(bare)}",
            middle / bare,
            "for comparison",
            None,
        ),
        Figure(
            "the scanner's scripts, gzipped, without the decoder",
            f"{size / 1024:.0f} KiB",
            "250 KiB",
            size / _TARGET_BYTES,
            "≤ 250 KiB",
            size <= _TARGET_BYTES,
        ),
    ]
