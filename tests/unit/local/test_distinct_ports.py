"""Processes that firebase-tools starts at the same time get ports of their own, on any stack."""

import json
import subprocess

import pytest

from local.layout import ROOT

_PRELOAD = ("--require", str(ROOT / "local" / "distinct_ports.cjs"))
_BEGIN = 'const {getPortPromise: ask} = require("portfinder"); const from = {port: 21000};'
_IN_TURN = "ask(from).then(async (first) => print([first, await ask(from), await ask(from)]));"
_AT_ONCE = "Promise.all([ask(from), ask(from), ask(from)]).then(print);"
_PRINT = "const print = (ports) => console.log(JSON.stringify(ports));"
_STAY = "process.stdin.resume();"


def ask(how: str, *preload: str) -> subprocess.Popen[str]:
    """Let a process ask for three ports; it stays up until its input ends."""
    return subprocess.Popen(
        ["node", *preload, "-e", _BEGIN + _PRINT + how + _STAY],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ports(asking: subprocess.Popen[str]) -> list[int]:
    assert asking.stdout is not None
    found: list[int] = json.loads(asking.stdout.readline())
    return found


@pytest.mark.parametrize("how", [_IN_TURN, _AT_ONCE])
def test_a_port_is_given_once(how: str) -> None:
    with ask(how, *_PRELOAD) as asking:
        assert len(set(ports(asking))) == 3
        asking.communicate()


def test_a_port_is_given_once_on_one_machine() -> None:
    with ask(_AT_ONCE, *_PRELOAD) as one, ask(_IN_TURN, *_PRELOAD) as other:
        assert len({*ports(one), *ports(other)}) == 6
        for asking in (one, other):
            asking.communicate()


def test_it_would_be_given_again_as_long_as_nobody_listens() -> None:
    """The first may be taken just then by somebody else, so any repetition will do."""
    with ask(_IN_TURN) as one, ask(_IN_TURN) as other:
        first, second = ports(one), ports(other)
        assert len(set(first)) < 3
        assert set(first) & set(second)
        for asking in (one, other):
            asking.communicate()


def test_a_port_that_somebody_listens_on_is_not_given() -> None:
    busy = "const {createServer} = require('net');"
    busy += (
        "createServer().unref().listen(21500, '127.0.0.1', () => ask({port: 21500}).then(print));"
    )
    with ask(busy, *_PRELOAD) as asking:
        assert 21500 < int(str(ports(asking))) < 21600
        asking.communicate()
