"""What can be a username, and how often one may try. Pure."""

import math
import re
import unicodedata
from datetime import datetime, timedelta
from typing import Final

import msgspec

from firetill.errors import RateLimited, Refusal, UsernameInvalid, UsernameReserved
from firetill.usernames.likeness import stranger_in
from firetill.usernames.model import UsernameAttempts
from firetill.usernames.words import is_profane, is_reserved

SHORTEST: Final = 3
LONGEST: Final = 20

MOST_REFUSED: Final = 10
WINDOW: Final = timedelta(hours=1)

_RULE: Final = (
    "Use a to z, digits, _ and . only. Begin with a letter, and put letters or digits on both "
    "sides of each _ and ."
)
_FORM: Final = re.compile(r"[a-z](?:[._]?[a-z0-9])*")


def normalised(text: str) -> str:
    """Return a name in its one spelling: what means the same is written the same."""
    return unicodedata.normalize("NFKC", text).lower()


def fault_of(username: str) -> Refusal | None:
    """Return why a normalised name can be nobody's; None if it can be somebody's."""
    if strange := stranger_in(username):
        return UsernameInvalid(
            "script", f"Use letters a to z, digits, _ and . only; this has {strange}."
        )
    if not SHORTEST <= len(username) <= LONGEST:
        return UsernameInvalid("length", f"A name has {SHORTEST} to {LONGEST} characters.")
    if not _FORM.fullmatch(username):
        return UsernameInvalid("form", _RULE)
    if is_reserved(username):
        return UsernameReserved()
    if is_profane(username):
        return UsernameInvalid("profanity", "Please choose another name.")
    return None


def check_rate(attempts: UsernameAttempts, now: datetime) -> None:
    """Refuse who was refused too often within the last hour.

    Raises:
        RateLimited: says when the next attempt counts.
    """
    recent = _recent(attempts, now)
    if len(recent) >= MOST_REFUSED:
        left = recent[-MOST_REFUSED] + WINDOW - now
        raise RateLimited(retry_after_seconds=math.ceil(left.total_seconds()))


def refused(attempts: UsernameAttempts, now: datetime) -> UsernameAttempts:
    """Return the attempts with one more that was refused."""
    return msgspec.structs.replace(
        attempts, refused_at=[*_recent(attempts, now), now], expires_at=now + WINDOW
    )


def _recent(attempts: UsernameAttempts, now: datetime) -> list[datetime]:
    # One from further ahead than the window is the work of a clock that was wrong.
    return [instant for instant in attempts.refused_at if abs(now - instant) < WINDOW]
