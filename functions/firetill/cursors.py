"""Where a paged answer goes on, as clients keep it without looking inside. Pure."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta

from firetill.errors import InvalidField
from firetill.fields import DocumentId

S = TypeVar("S", bound=msgspec.Struct)

NOT_OURS: Final = "is none that an earlier page gave"
"""What a client is told of a cursor that it has not got from us."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Behind one document: its stamp in microseconds since 1970, before 10000, and its id."""

    microseconds: Annotated[int, Meta(ge=0, lt=253_402_300_800_000_000)]
    document_id: DocumentId

    @property
    def at(self) -> datetime:
        """Return the stamp."""
        return _EPOCH + timedelta(microseconds=self.microseconds)


def encode(place: msgspec.Struct) -> str:
    """Return a place as a cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def decode(text: str, kind: type[S]) -> S:
    """Return the place in a cursor that a client sent back.

    Raises:
        InvalidField: it is none of ours.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=kind)
    except (binascii.Error, ValueError):
        raise InvalidField("cursor", NOT_OURS) from None


def written(at: datetime, document_id: str) -> str:
    """Return the cursor behind one document of a list by time."""
    return encode(Place((at - _EPOCH) // _MICROSECOND, document_id))


def read(text: str) -> Place:
    """Return the place in a cursor of a list by time.

    Raises:
        InvalidField: it is none of ours.
    """
    return decode(text, Place)
