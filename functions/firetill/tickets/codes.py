"""Tokens, and the signed codes that carry them.

A code is what the QR code holds: `FT1.{eventId}.{version}.{token}.{signature}`. The signature is
Ed25519 over everything before the last dot, so that a device with only the public key can tell a
forgery while it is offline. See `docs/adr/0011-tickets.md`.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEED_BYTES: Final = 32

_CODE: Final = re.compile(
    r"(?P<signed>FT1\.(?P<event>[A-Za-z0-9_-]{1,128})\.(?P<version>[1-9][0-9]{0,8})"
    r"\.(?P<token>[A-Za-z0-9_-]{16,64}))\.(?P<signature>[A-Za-z0-9_-]{86})",
    re.ASCII,
)
_TOKEN: Final = re.compile(r"(?!__.*__\Z)[A-Za-z0-9_-]{16,64}", re.ASCII)
"""Firestore reserves `__names__`, and a token names a document."""


class ForgedCodeError(Exception):
    """A code that none of the keys has signed, or no code at all."""


@dataclass(frozen=True, slots=True)
class ReadCode:
    """What a code says: `event_id` and `version` are None for a bare token."""

    token: str
    event_id: str | None = None
    version: int | None = None


class Codes:
    """Signs codes with one key, and reads those that any of several keys has signed."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take the keys; the first one signs.

        Args:
            keys: Ed25519 seeds of 32 bytes, in base64.

        Raises:
            ValueError: there is none, or one is no such seed.
        """
        self._seeds = [_seed(key) for key in keys]
        if not self._seeds:
            raise ValueError("there is no key to sign tickets with")

    def sign(self, token: str, event_id: str, version: int) -> str:
        """Return the code of a token."""
        signed = f"FT1.{event_id}.{version}.{token}"
        return f"{signed}.{_encode(self._keys[0].sign(signed.encode()))}"

    def read(self, text: str) -> ReadCode:
        """Return what a code or a bare token says.

        Raises:
            ForgedCodeError: it is neither, or nobody has signed it.
        """
        if _TOKEN.fullmatch(text):
            return ReadCode(text)
        found = _CODE.fullmatch(text)
        if found is None or not self._is_signed(found["signed"], found["signature"]):
            raise ForgedCodeError
        return ReadCode(found["token"], found["event"], int(found["version"]))

    @property
    def public_keys(self) -> list[str]:
        """Return the public keys, as base64url of their 32 raw bytes, without padding."""
        return [_encode(key.public_key().public_bytes_raw()) for key in self._keys]

    @cached_property
    def _keys(self) -> "list[Ed25519PrivateKey]":
        # Slow to import, and most functions sign nothing.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PrivateKey,
        )

        return [Ed25519PrivateKey.from_private_bytes(seed) for seed in self._seeds]

    def _is_signed(self, signed: str, signature: str) -> bool:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as above

        raw = base64.urlsafe_b64decode(signature + "==")
        if _encode(raw) != signature:
            return False  # the same bytes in another spelling
        for key in self._keys:
            try:
                key.public_key().verify(raw, signed.encode())
            except InvalidSignature:
                continue
            return True
        return False


def new_token() -> str:
    """Return a fresh random token of 128 bits, as 22 characters that fit a URL."""
    return secrets.token_urlsafe(16)


def token_hash(token: str) -> str:
    """Return a token's SHA-256 in hexadecimal: what devices keep of tokens."""
    return hashlib.sha256(token.encode()).hexdigest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _seed(key: str) -> bytes:
    try:
        seed = base64.b64decode(key, validate=True)
    except ValueError:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise ValueError("a key that signs tickets is 32 bytes in base64")
    return seed
