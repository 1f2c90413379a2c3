"""A store that lets something else happen at a chosen moment."""

from collections.abc import Sequence

from firetill.database import Snapshot
from tests.integration.pledges.meetings import InterruptedOnce


class AfterFirstRead(InterruptedOnce):
    """Does something else right after the first read."""

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        found = super().read(paths, seconds=seconds)
        interruption, self._interruption = self._interruption, None
        if interruption is not None:
            interruption()
        return found
