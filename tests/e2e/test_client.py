"""The official Firebase JS client against the stack: `client.test.js`, by Node's test runner."""

import re
import subprocess
from pathlib import Path

from local.demo.play import addresses
from local.layout import ROOT
from local.stack import Stack

SCRIPT = Path(__file__).parent / "client.test.js"
LONGEST_SECONDS = 150


def test_through_the_official_client(stack: Stack) -> None:
    told = subprocess.run(
        ["node", str(SCRIPT), addresses(stack)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    written = len(re.findall(r"^test\(", SCRIPT.read_text(), re.MULTILINE))
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"pass {written}" in told.stdout
