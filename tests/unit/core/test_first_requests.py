"""The first requests of a fresh instance come at once, and meet structures that nobody has read."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import main

FUNCTIONS = Path(main.__file__).parent

# Structures of a fresh module are read for the first time by eight threads at once, over and over.
RACE = """
import sys, threading, types
import msgspec
from firetill import wire

SOURCE = "from __future__ import annotations\\nimport msgspec\\n"
for depth in range(6):
    fields = "".join(f"    field{n}: str | None = None\\n" for n in range(12))
    below = f"    below: S{depth - 1} | None = None\\n    many: list[S{depth - 1}] = []\\n"
    SOURCE += f"class S{depth}(msgspec.Struct):\\n" + fields + (below if depth else "")

DATA = {"below": {"below": {"many": [{"field3": "a"}]}}, "many": [{"below": {"field5": "b"}}]}

def meet(number):
    module = types.ModuleType(f"fresh{number}")
    sys.modules[module.__name__] = module
    exec(SOURCE, module.__dict__)
    if PREPARED:
        wire.prepare()
    barrier = threading.Barrier(8)
    def read():
        barrier.wait()
        msgspec.convert(DATA, module.S5)
    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    del sys.modules[module.__name__]

sys.setswitchinterval(1e-7)
for number in range(ROUNDS):
    meet(number)
"""

UNPREPARED = """
import gc, msgspec, main

def looked_at(structure):
    return any(type(held).__name__ == "StructInfo" for held in gc.get_referents(structure))

def is_readable(structure):
    try:
        msgspec.json.Decoder(structure)
    except TypeError:
        return False
    return True

pending, seen, left = [msgspec.Struct], 0, []
while pending:
    below = pending.pop().__subclasses__()
    pending += below
    seen += len(below)
    left += [each.__name__ for each in below if not looked_at(each) and is_readable(each)]
print(seen > 20, left)
"""


def ran(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(FUNCTIONS), **environment},
        check=False,
        capture_output=True,
        text=True,
    )


def test_they_end_the_process_unless_prepared_for() -> None:
    """The control: if this passes no more without `prepare`, msgspec is mended and it can go."""
    ended = ran(f"PREPARED, ROUNDS = False, 20_000\n{RACE}")
    assert ended.returncode == -signal.SIGSEGV, ended.stderr


def test_they_are_answered_once_prepared_for() -> None:
    ended = ran(f"PREPARED, ROUNDS = True, 300\n{RACE}")
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    "served", ["api", "createOrder", "handleStripeWebhook", "sweepActions", ""]
)
def test_every_function_is_prepared(served: str) -> None:
    ended = ran(UNPREPARED, FUNCTION_TARGET=served)
    assert ended.stdout.strip() == "True []", ended.stderr
