"""Cold start: a fresh process until all functions are defined."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench.measure import Figure

FUNCTIONS = Path(__file__).parents[1] / "functions"
TARGET = 1.15
ROUNDS = 21

FLOOR = "firebase_functions.https_fn, firebase_admin.firestore"
_TIMED = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def figure() -> Figure:
    """Time importing `main` against importing what no Python function can avoid."""
    times: dict[str, list[float]] = {"main": [], FLOOR: []}
    for number in range(ROUNDS + 2):
        for what, taken in times.items():
            seconds = _import_seconds(what)
            if number >= 2:
                taken.append(seconds)
    ours, floor = (statistics.median(taken) for taken in times.values())
    ratio = ours / floor
    return Figure(
        "cold start: `import main`",
        f"{1000 * ours:.0f} ms",
        f"{1000 * floor:.0f} ms",
        ratio,
        f"≤ {TARGET} × importing {FLOOR}",
        ratio <= TARGET,
    )


def _import_seconds(what: str) -> float:
    # Compiled files must be there, as they are in a deployed image.
    environment = {**os.environ, "PYTHONPATH": str(FUNCTIONS), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, "-c", _TIMED.format(what)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)
