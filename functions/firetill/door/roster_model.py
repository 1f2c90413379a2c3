"""The roster: what a device at the door needs to know of an event's tickets to go on offline."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from firetill.fields import DocumentId
from firetill.tickets.model import Closed

CURSOR_CHARACTERS = 2_048


class GetRoster(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `getRoster`; without `cursor` from the beginning."""

    event_id: DocumentId
    cursor: Annotated[str, Meta(min_length=1, max_length=CURSOR_CHARACTERS)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 200


class RosterScan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The last admission of a batch."""

    at: datetime
    gate: str | None


class RosterEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One batch of tickets without its guest: `token_hash` is `codes.token_hash` of its token."""

    rager_id: str
    token_hash: str
    version: int
    ticket_quantity: int
    used_count: int
    remaining: int
    outside: int
    active: bool
    closed: Closed | None
    previous_token_hashes: list[str]
    last_scan: RosterScan | None
    updated_at: datetime


class RosterEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a device needs to know of the event itself."""

    name: str
    active: bool
    doors_open_at: datetime | None
    ends_at: datetime | None
    offline_allowed: bool
    reentry: bool


class Roster(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `getRoster`; with `more`, the next page is there already under `cursor`.

    `public_keys` are the base64url of raw Ed25519 keys, without padding; any of them may have
    signed a code.
    """

    event_id: str
    entries: list[RosterEntry]
    cursor: str
    more: bool
    public_keys: list[str]
    server_time: datetime
    event: RosterEvent
