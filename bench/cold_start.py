"""Cold start: a fresh process until all functions are defined."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench.measure import Figure
from bench.scale import scaled

FUNCTIONS = Path(__file__).parents[1] / "functions"
TARGET = 1.15
ROUNDS = scaled(21)

SERVED = ("startSession", "scanTicket", "runAction", "handleStripeWebhook")
EVERYTHING = "api"

FLOOR = "firebase_functions.https_fn, firebase_admin.firestore"
_TIMED = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def figures() -> list[Figure]:
    """Time importing `main` for one function against importing what no Python function can avoid.

    `api` serves every operation, so it imports every room.
    """
    times: dict[str, list[float]] = {name: [] for name in (*SERVED, EVERYTHING, "")}
    for number in range(ROUNDS + 2):
        for name, taken in times.items():
            seconds = _import_seconds("main" if name else FLOOR, name)
            if number >= 2:
                taken.append(seconds)
    floor = statistics.median(times.pop(""))
    return [_figure(name, statistics.median(taken), floor) for name, taken in times.items()]


def _figure(name: str, seconds: float, floor: float) -> Figure:
    ratio, held = seconds / floor, name != EVERYTHING
    return Figure(
        f"cold start: `import main` for `{name}`",
        f"{1000 * seconds:.0f} ms",
        f"{1000 * floor:.0f} ms",
        ratio,
        f"≤ {TARGET} × importing {FLOOR}" if held else "for comparison",
        ratio <= TARGET if held else None,
    )


def _import_seconds(what: str, served: str) -> float:
    # Compiled files must be there, as they are in a deployed image.
    environment = {
        **os.environ,
        "PYTHONPATH": str(FUNCTIONS),
        "PYTHONDONTWRITEBYTECODE": "",
        "FUNCTION_TARGET": served,
    }
    done = subprocess.run(
        [sys.executable, "-c", _TIMED.format(what)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)
