"""Pairing codes: twelve letters that a person can read out, and what is stored in their place."""

import hashlib
import re
import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L and O, which look like digits, and without U."""

LENGTH: Final = 12
"""Five bits each: 60, of which nobody guesses one within the minutes that a code lives."""

_CODE: Final = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
_SEPARATORS: Final = re.compile(r"[\s\u2010-\u2015-]")
_LOOKS_LIKE: Final = str.maketrans("OIL", "011")


def new_code() -> str:
    """Return a random code."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read(text: str) -> str | None:
    """Return the code that somebody has typed or scanned; None if it cannot be one.

    Case, spaces and dashes do not matter, and letters that look like digits count as those.
    """
    code = _SEPARATORS.sub("", text).upper().translate(_LOOKS_LIKE)
    return code if _CODE.fullmatch(code) else None


def hashed(code: str) -> str:
    """Return what stands for a code in the database: its SHA-256 in hexadecimal."""
    return hashlib.sha256(code.encode()).hexdigest()
