"""Batches of tickets, and what the till keeps beside them."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Closed = Literal["refunded", "transferred", "revoked"]
"""Why a batch admits nobody any more, whatever it holds."""

TokenEnd = Literal["refunded", "transferred", "revoked", "replaced"]
"""Why a token opens no door any more; a replaced one gave way to a new token of its batch."""

Quantity = Annotated[int, Meta(ge=1, le=100)]

SHARDS = 50
"""The most parts that the stock of an event, or of a product, can be split into."""


class TicketedEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`events/{eventId}`: what is sold and scanned, and the stock that is not split over shards.

    `quantity` is what is left to sell, `reserved` the part of it that orders hold; `price_cents`
    in minor units. Administrators write these documents; of all fields the till changes only
    `quantity`, `reserved` and `dealt_shards`: how many shards have ever held stock. With `reentry`
    guests who have left come back on the ticket that they used.
    """

    name: str
    price_cents: Annotated[int, Meta(ge=0)]
    currency: str
    quantity: Annotated[int, Meta(ge=0)]
    initial_quantity: Annotated[int, Meta(ge=0)]
    active: bool
    reserved: Annotated[int, Meta(ge=0)] = 0
    doors_open_at: datetime | None = None
    ends_at: datetime | None = None
    sales_end_at: datetime | None = None
    per_order_limit: Annotated[int, Meta(ge=1)] | None = None
    per_user_limit: Annotated[int, Meta(ge=1)] | None = None
    shards: Annotated[int, Meta(ge=0, le=SHARDS)] = 0
    dealt_shards: Annotated[int, Meta(ge=0, le=SHARDS)] = 0
    offline_allowed: bool = False
    reentry: bool = False


class LastScan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The last admission of a batch: when and where."""

    scan_id: str
    at: datetime
    gate: str | None
    device: str | None


class Batch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`events/{eventId}/ragers/{ragerId}`: tickets that one guest holds under one token.

    `ticket_quantity` counts the tickets that live or were used; those that died are taken off it
    and counted in `voided_units`. `refunded_units` counts those whose money went back, used ones
    too. `outside` counts those of `used_count` who have left and not come back. `adrift` counts
    departures that say nothing any more, since the admission before them was taken back; below 0,
    returns to which the departure is missing. `version` is the code's: it rises when the token is
    replaced. `code` is the content of the QR code.

    Tickets that were passed on are a batch of their own: `transferred_from` says of which batch,
    `origin` which one was bought in the beginning. That one names in `transferred_to` all that came
    of it and are not empty, wherever they went since, so that they can be found without a query.
    """

    rager_id: str
    event_id: str
    user_id: str
    ticket_quantity: int
    used_count: int
    active: bool
    purchase_date: datetime
    token: str
    code: str
    version: int
    order_id: str | None
    created_at: datetime
    updated_at: datetime
    closed: Closed | None = None
    refunded_units: int = 0
    voided_units: int = 0
    outside: int = 0
    adrift: int = 0
    origin: str | None = None
    transferred_from: str | None = None
    transferred_to: list[str] = []
    previous_token_hashes: list[str] = []
    last_scan: LastScan | None = None

    @property
    def remaining(self) -> int:
        """Return how many may still go in."""
        return 0 if self.closed else self.ticket_quantity - self.used_count

    @property
    def inside(self) -> int:
        """Return how many are in at the moment."""
        return self.used_count - self.outside

    @property
    def returning(self) -> int:
        """Return how many of those outside may come back: all but those whose money went back."""
        return max(0, self.outside - (self.refunded_units - self.voided_units))


class TicketToken(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`ticketTokens/{token}`: whose token it is; kept when it is revoked, to say why."""

    event_id: str
    rager_id: str
    user_id: str
    created_at: datetime
    revoked_at: datetime | None = None
    revoked_reason: TokenEnd | None = None


class Summary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`eventUsers/{eventId}/users/{uid}`: all that one guest holds for one event.

    `rager_ids` names the guest's batches, except empty ones beside others: what was passed on or
    refunded shall not make it grow for ever. `version` is one more with each write.

    Each write of a batch writes its guest's summary in the same commit. So whoever has read the
    summary knows the set of the guest's batches, and a commit that insists on it insists on all.
    """

    event_id: str
    user_id: str
    total_tickets: int = 0
    used_count: int = 0
    rager_ids: list[str] = []
    version: int = 0
    updated_at: datetime | None = None

    @property
    def remaining(self) -> int:
        """Return how many tickets of this guest are unused."""
        return self.total_tickets - self.used_count
