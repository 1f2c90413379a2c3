"""What a scan does to its batch: guests go in on tickets, leave, and come back. Pure."""

from dataclasses import dataclass
from datetime import datetime

from firetill.tickets.model import Batch, LastScan
from firetill.tickets.rules import with_counts


@dataclass(frozen=True, slots=True)
class Move:
    """`counted` guests use a ticket each, `readmitted` come back without one, `left` go out."""

    counted: int = 0
    readmitted: int = 0
    left: int = 0


def entering(batch: Batch, count: int, *, reentry: bool) -> Move:
    """Return how `count` guests go in, as far as a batch goes: first those who were in before.

    Args:
        batch: theirs.
        count: how many.
        reentry: whether the event lets guests come back.
    """
    readmitted = min(count, batch.returning) if reentry else 0
    return Move(counted=max(0, min(count - readmitted, batch.remaining)), readmitted=readmitted)


def leaving(batch: Batch, count: int) -> Move:
    """Return how `count` guests go out, as far as they were in."""
    return Move(left=min(count, batch.inside))


def moved(batch: Batch, move: Move, now: datetime, last: LastScan | None) -> Batch:
    """Return a batch after a move; `last` is its last admission then."""
    return with_counts(
        batch,
        now,
        used_count=batch.used_count + move.counted,
        outside=batch.outside + move.left - move.readmitted,
        last_scan=last,
    )


def taken_back(batch: Batch, move: Move, now: datetime, last: LastScan | None) -> Batch:
    """Return a batch as if a move had not been, whatever its guests have done since.

    Of guests who never went in nobody is out, and of those who never left nobody came back. What
    later scans said of them has no meaning until they are taken back too: the batch's `adrift`
    remembers how many these are, so that they then change nothing. Once all is taken back, in
    whatever order, the batch is as before.
    """
    used = batch.used_count - move.counted
    outside, adrift = _risen(batch.outside, batch.adrift, move.readmitted)
    outside, adrift = _fallen(outside, adrift, move.left)
    excess = max(0, outside - used)
    return with_counts(
        batch,
        now,
        used_count=used,
        outside=outside - excess,
        adrift=adrift + excess,
        last_scan=last,
    )


def _risen(outside: int, adrift: int, count: int) -> tuple[int, int]:
    """Take returns back: first those that had no meaning."""
    without = min(count, max(0, -adrift))
    return outside + count - without, adrift + without


def _fallen(outside: int, adrift: int, count: int) -> tuple[int, int]:
    """Take departures back: first those that had no meaning, then as many as are still out."""
    without = min(count, max(0, adrift))
    still_out = min(count - without, outside)
    return outside - still_out, adrift - (count - still_out)
