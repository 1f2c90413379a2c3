"""Processes that firebase-tools starts at the same time get ports of their own."""

import json
import subprocess

import pytest

from local.layout import ROOT

_BEGIN = 'const {getPortPromise: ask} = require("portfinder"); const from = {port: 21000};'
_IN_TURN = "ask(from).then(async (first) => print([first, await ask(from), await ask(from)]));"
_AT_ONCE = "Promise.all([ask(from), ask(from), ask(from)]).then(print);"
_PRINT = "const print = (ports) => console.log(JSON.stringify(ports));"


def ports(how: str, *preload: str) -> list[int]:
    told = subprocess.run(
        ["node", *preload, "-e", _BEGIN + _PRINT + how],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[int] = json.loads(told.stdout)
    return found


@pytest.mark.parametrize("how", [_IN_TURN, _AT_ONCE])
def test_a_port_is_given_once(how: str) -> None:
    assert len(set(ports(how, "--require", str(ROOT / "local" / "distinct_ports.cjs")))) == 3


def test_it_would_be_given_again_as_long_as_nobody_listens() -> None:
    """The first may be taken just then by somebody else, so any repetition will do."""
    assert len(set(ports(_IN_TURN))) < 3
