"""Where a list goes on that is paged by time, the newest first. Pure."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from firetill.errors import InvalidField
from firetill.fields import DocumentId

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


def written(at: datetime, document_id: str) -> str:
    """Return a place as clients keep it, without looking inside."""
    raw = msgspec.json.encode(Place((at - _EPOCH) // _MICROSECOND, document_id))
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read(text: str) -> Place:
    """Return the place that a client sent back.

    Raises:
        InvalidField: it is none of ours.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=Place)
    except (binascii.Error, ValueError):
        raise InvalidField("cursor", "is none that an earlier page gave") from None
