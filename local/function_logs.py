"""What the functions log, made readable: structured entries as one short line each."""

import json
from pathlib import Path
from typing import TextIO

_MARK = ">"  # firebase-tools puts it before whatever a function prints
_LEVELS = ["DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"]
_SHOWN_APART = {"severity", "message", "time", "timestamp"}


def readable(line: str, least: str) -> str | None:
    """One line of firebase-tools' log as a reader wants it, or None if it is not worth a look.

    Args:
        line: as logged.
        least: the least severity that is wanted, such as `WARNING`. What a function prints
            unstructured counts as `INFO`.
    """
    if not line.startswith(_MARK):
        return None
    text = line[len(_MARK) :].strip()
    if not text:
        return None
    try:
        entry = json.loads(text)
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        return text if _rank("INFO") >= _rank(least) else None
    severity = str(entry.get("severity", "INFO")).upper()
    if _rank(severity) < _rank(least):
        return None
    rest = [
        f"{key}={_short(value)}"
        for key, value in entry.items()
        if key not in _SHOWN_APART and value is not None
    ]
    return " ".join([f"{severity:<8}", str(entry.get("message", "")), *rest]).rstrip()


def _rank(severity: str) -> int:
    return _LEVELS.index(severity) if severity in _LEVELS else _LEVELS.index("WARNING")


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


class Follower:
    """Reads a log file as it grows."""

    def __init__(self, path: Path, least: str) -> None:
        """Follow the file at `path`, which exists, from its beginning."""
        self._file: TextIO = path.open(errors="replace")
        self._least = least
        self._partial = ""

    def new_lines(self) -> list[str]:
        """The readable lines that were added since the last call."""
        *complete, self._partial = (self._partial + self._file.read()).split("\n")
        found = (readable(line, self._least) for line in complete)
        return [line for line in found if line is not None]

    def close(self) -> None:
        """Stop following."""
        self._file.close()
