"""The web pages: their own unit tests, and how much a phone has to load."""

import gzip
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local.layout import ROOT

WEB = ROOT / "web"
DIST = WEB / "dist"
DOOR = "door/index.html"
CONSOLE = "console/index.html"
DECODER = "decoder"
"""In the names of the files that hold the decoder of QR codes."""

MOST_BYTES_OF_THE_DOOR = 250 * 1024


def test_the_pages_own_tests() -> None:
    told = subprocess.run(
        [str(ROOT / "node_modules" / ".bin" / "vitest"), "run", "--root", str(WEB)],
        cwd=WEB,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """What `make setup` has built."""
    found: dict[str, Any] = json.loads((DIST / ".vite" / "manifest.json").read_text())
    return found


def scripts(manifest: Mapping[str, Any], page: str) -> set[Path]:
    """Every script that a page may come to load, the decoder of QR codes left out."""
    seen: set[str] = set()
    waiting = [page]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            chunk = manifest[name]
            waiting += [*chunk.get("imports", []), *chunk.get("dynamicImports", [])]
    files = {DIST / manifest[name]["file"] for name in seen}
    return {file for file in files if file.suffix == ".js" and DECODER not in file.name}


def zipped(files: set[Path]) -> int:
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def test_the_scanner_is_small_enough_for_a_phone_at_a_door(manifest: dict[str, Any]) -> None:
    assert 50_000 < zipped(scripts(manifest, DOOR)) <= MOST_BYTES_OF_THE_DOOR


def test_the_scanner_loads_nothing_of_the_console(manifest: dict[str, Any]) -> None:
    own = {chunk["file"] for chunk in manifest.values() if "src/console/" in chunk.get("src", "")}
    assert not {str(file.relative_to(DIST)) for file in scripts(manifest, DOOR)} & own
