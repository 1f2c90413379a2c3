"""The till's operations and jobs on one emulator, each against a floor or a peer."""

import os
import uuid

from bench import cold_start, contention, jobs, metered, operations, retention, sales
from bench.measure import Figure
from firetill.firestore import connect_emulator
from local.emulators import firestore_emulator


def figures() -> list[Figure]:
    """Measure them all."""
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
