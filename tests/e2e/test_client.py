"""The official Firebase JS client against the stack: `client.test.js`, by Node's test runner."""

import re
from pathlib import Path

from local.demo.play import addresses
from local.stack import Stack
from tests.e2e.telling import tell, tells_a_story

SCRIPT = Path(__file__).parent / "client.test.js"


@tells_a_story
def test_through_the_official_client(stack: Stack) -> None:
    told = tell(["node", str(SCRIPT), addresses(stack)])
    written = len(re.findall(r"^test\(", SCRIPT.read_text(), re.MULTILINE))
    assert told.code == 0, told.out + told.errors
    assert f"pass {written}" in told.out
