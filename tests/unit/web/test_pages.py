"""The web pages: their own unit tests, and how much a phone has to load."""

import subprocess
from typing import Any

import pytest

from local import web
from local.layout import ROOT

MOST_BYTES_OF_THE_DOOR = 250 * 1024


def test_the_pages_own_tests() -> None:
    told = subprocess.run(
        [str(ROOT / "node_modules" / ".bin" / "vitest"), "run", "--root", str(web.WEB)],
        cwd=web.WEB,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    return web.manifest()


def test_the_scanner_is_small_enough_for_a_phone_at_a_door(built: dict[str, Any]) -> None:
    assert 50_000 < web.zipped(web.scripts(built, web.DOOR)) <= MOST_BYTES_OF_THE_DOOR


def test_the_scanner_loads_nothing_of_the_console(built: dict[str, Any]) -> None:
    own = {web.DIST / one["file"] for one in built.values() if "src/console" in one.get("src", "")}
    assert own & web.scripts(built, web.CONSOLE)
    assert not own & web.scripts(built, web.DOOR)
