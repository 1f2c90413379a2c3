"""What `make setup` has built of the web pages, and how much of it each page loads."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from local.layout import ROOT

WEB: Final = ROOT / "web"
DIST: Final = WEB / "dist"
DOOR: Final = "door/index.html"
CONSOLE: Final = "console/index.html"


def manifest() -> dict[str, Any]:
    """Return Vite's list of what it has built: each source with its file and what that imports."""
    found: dict[str, Any] = json.loads((DIST / ".vite" / "manifest.json").read_text())
    return found


def scripts(built: Mapping[str, Any], page: str) -> set[Path]:
    """Return every script that a page may come to load.

    Workers have lists of their own, so the decoder of QR codes is not among them.
    """
    seen: set[str] = set()
    waiting = [page]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [
                *built[name].get("imports", []),
                *built[name].get("dynamicImports", []),
            ]
    files = {DIST / built[name]["file"] for name in seen}
    return {file for file in files if file.suffix == ".js"}


def zipped(files: set[Path]) -> int:
    """Return how many bytes `files` are on the wire, each compressed by gzip."""
    return sum(len(gzip.compress(file.read_bytes())) for file in files)
