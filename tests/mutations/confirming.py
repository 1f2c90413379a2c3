"""A test that fails without a mistake too has found nothing."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.mutations import running
from tests.mutations.model import copied

ATTEMPTS: Final = 3


class Confirmed:
    """Tests that are known to pass as long as nobody makes a mistake; safe to share by threads."""

    def __init__(self) -> None:
        self._passing: set[str] = set()
        self._lock = threading.Lock()

    def find(self, copy: Path, paths: Sequence[str]) -> str | None:
        """Return the test that finds what is wrong with a copy; None if all pass.

        Each is tried on the code as it is, once, so that a test which fails for some other reason,
        such as an emulator that did not start, does not count.

        Raises:
            BrokenRunError: the tests fail on the code as it is, or did not run.
        """
        for _ in range(ATTEMPTS):
            found = running.ask_tests(copy, paths)
            if found is None or self._passes(found):
                return found
        raise running.BrokenRunError(f"{found} fails on the code as it is")

    def _passes(self, test: str) -> bool:
        with self._lock:
            if test in self._passing:
                return True
        with copied() as copy:
            passes = running.ask_tests(copy, [test]) is None
        if passes:
            with self._lock:
                self._passing.add(test)
        return passes
