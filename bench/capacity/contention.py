"""What it costs that many want one document: tries and waiting, by how many come in a second.

An operation reads, decides and commits; its commit stands if nobody else's did in between. If
others commit at `rate` and the time from read to commit is `seconds`, it stands with probability
exp(-rate * seconds), as comings are independent of each other. A try that fails costs its reads
again and a pause. No lock is held while Python runs, so Firestore's lock mode matters for the
commit alone: the Standard edition makes those who come at once wait in line for a lock, Enterprise
refuses all but one, and both end in another try.
"""

import math
from typing import Final

WINDOW_SECONDS: Final = 0.05
"""From the read's snapshot to the commit's, two round trips: taken, not measured."""

COMMIT_SECONDS: Final = 0.02
"""How long a commit holds its locks: taken, not measured."""


def expected_tries(rate: float, seconds: float = WINDOW_SECONDS) -> float:
    """Return how often an operation is tried on average, itself included.

    Args:
        rate: commits of others to the same document, a second.
        seconds: from the read to the commit.
    """
    return math.exp(rate * seconds)


def conflict_share(rate: float, seconds: float = WINDOW_SECONDS) -> float:
    """Return the share of tries that end in a conflict."""
    return 1 - math.exp(-rate * seconds)


def waiting_seconds(rate: float, seconds: float = COMMIT_SECONDS) -> float:
    """Return how long a commit waits in line for a lock: one line, equal times, random comings.

    Infinite if more come than the lock can serve.
    """
    load = rate * seconds
    return load * seconds / (2 * (1 - load)) if load < 1 else math.inf
