"""Which names look the same, to a reader in a hurry. Pure."""

import unicodedata
from typing import Final

_LOOKS_LIKE: Final = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "5": "s", "2": "z", "_": "", ".": ""}
)
_PAIRS: Final = (("rn", "m"), ("vv", "w"))
_STANDS_FOR: Final = str.maketrans({"3": "e", "4": "a", "7": "t", "8": "b", "9": "g"})


def skeleton(username: str) -> str:
    """Return what names that look the same have in common.

    `paypa1`, `pay_pal` and `paypal` share one; so do `corn` and `com`, `vvill` and `will`.
    """
    seen = username.translate(_LOOKS_LIKE)
    for pair, letter in _PAIRS:
        seen = seen.replace(pair, letter)
    return seen


def read_aloud(username: str) -> str:
    """Return the skeleton of a name whose digits are read as the letters that they stand for.

    `4dm1n` and `admin` share one. Coarser than the look: for words that nobody may have, not for
    telling one user's name from another's.
    """
    return skeleton(username.translate(_STANDS_FOR))


def stranger_in(username: str) -> str | None:
    """Return what a name holds besides ASCII, in words; None if there is nothing."""
    strange = next((letter for letter in username if not letter.isascii()), None)
    if strange is None:
        return None
    called = unicodedata.name(strange, "a character without a name").lower()
    twin = _ascii_twin(strange)
    return f"{called}, which looks like {twin}" if twin else called


def _ascii_twin(letter: str) -> str | None:
    # Only a strange letter needs the tables, and reading them takes 40 ms.
    from confusable_homoglyphs import confusables  # noqa: PLC0415

    found = confusables.is_confusable(letter, greedy=True, preferred_aliases=[])
    twins = [glyph["c"] for one in found or () for glyph in one["homoglyphs"]]
    return next((twin for twin in twins if twin.isascii()), None)
