"""A process of a function that is not ready in time, or fails, gets company."""

import json
import subprocess

import pytest

from local.layout import ROOT

# firebase-tools' class in miniature; what is late is late at once.
_BEGIN = """
const path = require.resolve("firebase-tools/lib/emulator/functionsEmulator");
let started = 0;
class FunctionsEmulator {
  startRuntime(backend, trigger) { return STARTS[started++](backend, trigger); }
}
require.cache[path] = {id: path, filename: path, loaded: true, exports: {FunctionsEmulator}};
globalThis.setTimeout = (late, _ms, value) => setImmediate(late, value);
globalThis.clearTimeout = clearImmediate;
const ready = async (...request) => request.join(" ");
const hangs = () => new Promise(() => {});
const fails = async () => { throw new Error("no"); };
"""
_PRELOAD = 'require("./local/second_starts.cjs");'
_ASK = """
new FunctionsEmulator().startRuntime("backend", "trigger").then(
  (answer) => console.log(JSON.stringify([answer, started])),
  () => console.log(JSON.stringify([null, started])),
);
"""


def asked(starts: str, preload: str = _PRELOAD) -> list[object] | None:
    """What a request that needs a process got, and how many were started; None if no answer."""
    code = f"{_BEGIN}const STARTS = [{starts}];{preload}{_ASK}"
    told = subprocess.run(
        ["node", "-e", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    answer: list[object] | None = json.loads(told) if told else None
    return answer


@pytest.mark.parametrize(
    ("starts", "got"),
    [
        ("ready, hangs", ["backend trigger", 1]),
        ("hangs, ready", ["backend trigger", 2]),
        ("fails, ready", ["backend trigger", 2]),
        ("fails, fails", [None, 2]),
    ],
)
def test_a_request_goes_to_what_is_ready(starts: str, got: list[object]) -> None:
    assert asked(starts) == got


def test_it_would_wait_for_good() -> None:
    assert asked("hangs, ready", preload="") is None
