"""Names, amounts and instants, in words that are safe to put into a message."""

import re
import unicodedata
from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

LONGEST: Final = 120

_SPACES: Final = re.compile(r"\s+")
_DIRECTIONS: Final = dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e"))
_ISOLATES: Final = dict.fromkeys(range(0x2066, 0x206A))

_WHOLE: Final = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
_THREE_PLACES: Final = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})


def clean(text: str) -> str:
    """Return a name as one line of at most 120 characters, without what could disturb others.

    Line breaks could start a header, and direction marks could turn the words around it.
    """
    text = text.translate(_DIRECTIONS).translate(_ISOLATES)
    kept = "".join(" " if unicodedata.category(each) == "Cc" else each for each in text)
    line = _SPACES.sub(" ", kept).strip()
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"


def money(amount: int, currency: str) -> str:
    """Write an amount in minor units, as Stripe counts them: `$1,234.50`, `12.00 EUR`, `500 JPY`.

    Args:
        amount: minor units.
        currency: ISO 4217, in lower case.
    """
    places = 0 if currency in _WHOLE else 3 if currency in _THREE_PLACES else 2
    sign, (whole, part) = "-" if amount < 0 else "", divmod(abs(amount), 10**places)
    digits = f"{whole:,}.{part:0{places}}" if places else f"{whole:,}"
    return f"{sign}${digits}" if currency == "usd" else f"{sign}{digits} {currency.upper()}"


def moment(instant: datetime, zone: tzinfo) -> str:
    """Write an instant as the clock on the user's wall shows it, and which wall that is.

    In UTC where that clock has no such year any more.
    """
    try:
        there = instant.astimezone(zone)
    except OverflowError:
        there, zone = instant.astimezone(UTC), UTC
    return f"{there:%A}, {there.day} {there:%B %Y, %H:%M} ({zone})"


def zone_named(name: object) -> tzinfo:
    """Return the time zone of an IANA name; UTC for what names none."""
    try:
        return ZoneInfo(name) if isinstance(name, str) else UTC
    except (KeyError, ValueError, OSError):
        return UTC
