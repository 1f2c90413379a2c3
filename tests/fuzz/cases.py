"""What went wrong once, as files, so that it is tried again in every run of the tests."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tests.fuzz.runner import Failure

FOLDER: Final = Path(__file__).parent / "cases"


def keep(failure: Failure, folder: Path = FOLDER) -> Path:
    """Write a failure down; the same one always into the same file."""
    text = json.dumps(asdict(failure), indent=1)
    inputs = json.dumps([failure.target, failure.inputs])
    mark = hashlib.sha256(inputs.encode()).hexdigest()[:8]
    name = "-".join("".join(c if c.isalnum() else " " for c in failure.target).split())
    path = folder / f"{name}-{mark}.json"
    path.write_text(text + "\n")
    return path


def read(path: Path) -> Failure:
    """Read a failure again."""
    said = json.loads(path.read_text())
    return Failure(said["target"], tuple(said["inputs"]), said["said"])


def every() -> list[Path]:
    """The files of all that went wrong once."""
    return sorted(FOLDER.glob("*.json"))
