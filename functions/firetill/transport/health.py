"""Whether this process can do its work."""

import threading
from collections.abc import Callable, Mapping
from typing import Final, Literal

from firetill import config, runtime
from firetill.clock import monotonic_seconds
from firetill.logs import log_failure

READ_SECONDS: Final = 2.0
"""How long Firestore may take to answer."""

FRESH_SECONDS: Final = 5.0
"""How long an answer holds: whoever may ask, and asking costs a read, so it is not asked often."""

Part = Literal["ok", "failed"]


class Health:
    """Asks each part that every operation needs; safe on many threads."""

    def __init__(self, checks: Mapping[str, Callable[[], object]] | None = None) -> None:
        """Take the checks, each of which raises if its part cannot be used."""
        self._checks = checks if checks is not None else _CHECKS
        self._asking = threading.Lock()
        self._found: dict[str, Part] = {}
        self._asked_at: float | None = None

    def parts(self) -> dict[str, Part]:
        """Return the state of each part, as it is or was a moment ago."""
        with self._asking:
            now = monotonic_seconds()
            if self._asked_at is None or now - self._asked_at >= FRESH_SECONDS:
                self._found = {name: _state(name, check) for name, check in self._checks.items()}
                self._asked_at = now
            return self._found


def _state(name: str, check: Callable[[], object]) -> Part:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the part cannot be used
        log_failure("part failed", error, part=name)
        return "failed"
    return "ok"


def _read() -> None:
    runtime.store().read(["health/probe"], seconds=READ_SECONDS)


_CHECKS: Final[Mapping[str, Callable[[], object]]] = {
    "firestore": _read,
    "proxyKeys": config.proxy_keys,
}
