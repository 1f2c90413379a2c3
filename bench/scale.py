"""How much is measured: all of it, or with `--quick` a tenth, to see that everything works."""

import sys
from typing import Final

QUICK: Final = "--quick" in sys.argv
_PART: Final = 10


def scaled(count: int, least: int = 1) -> int:
    """Return a count as it is, or a tenth of it, but no fewer than `least`."""
    return max(least, count // _PART) if QUICK else count
