"""Tables in documents, each between `<!-- name -->` and `<!-- /name -->`."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.measure import Figure

_DOCS = Path(__file__).parents[1] / "docs"
BENCHMARKS: Final = _DOCS / "benchmarks.md"
EVIDENCE: Final = _DOCS / "evidence.md"

_HEADER = "| what | ours | floor or peer | ratio | target | |\n|---|---|---|---|---|---|"


def table(found: list[Figure]) -> str:
    """Write figures as a table in Markdown."""
    return "\n".join([_HEADER, *(figure.row() for figure in found)])


def record(document: Path, name: str, text: str) -> None:
    """Put a text into its place in a document, and nothing else there.

    Raises:
        ValueError: the document has no such place.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = document.read_text().partition(begin)
    if not found or end not in rest:
        raise ValueError(f"{document.name} has no place called {name}")
    after = rest.partition(end)[2]
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}")
    print(f"\nrecorded in {document.name}", flush=True)


def machine() -> str:
    """Say when and on what this was measured."""
    today = datetime.now(UTC).date().isoformat()
    return (
        f"{today}, {os.cpu_count()} cores ({platform.machine()}, {platform.system()}), "
        f"Python {platform.python_version()}"
    )
