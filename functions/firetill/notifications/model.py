"""Notifications: what there is to tell, how far it has come, and who may be told how."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from firetill.fields import DocumentId

Kind = Literal["receipt", "order_rejected", "order_refunded", "tickets_received"]
Channel = Literal["email", "push"]
Status = Literal["queued", "sending", "sent", "failed", "dead", "skipped"]
"""How far a notification is. `queued` and `failed` wait for their next attempt, `sending` is under
way, the others are done: told, given up, or nobody was there to tell."""

ChannelStatus = Literal["sent", "unreachable", "rejected", "skipped"]
"""What came of one channel; only `unreachable` is tried again."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An order was fulfilled; `resent` if the buyer asked for the receipt once more."""

    fulfillment_id: str
    resent: bool = False


class OrderRejected(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An order was paid and could not be fulfilled; `amount`, in minor units, goes back."""

    order_id: str
    amount: int
    currency: str


class RefundedUnits(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of one item whose money went back."""

    name: str
    quantity: int


class OrderRefunded(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Money went back; `amount` in minor units, `units` are those that it bought back."""

    order_id: str
    amount: int
    currency: str
    units: list[RefundedUnits] = []


class TicketsReceived(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Tickets came to a user otherwise than by an order: somebody passed them on."""

    event_id: str
    rager_id: str
    quantity: int


About = Receipt | OrderRejected | OrderRefunded | TicketsReceived

KINDS: Final[dict[Kind, type[About]]] = {
    "receipt": Receipt,
    "order_rejected": OrderRejected,
    "order_refunded": OrderRefunded,
    "tickets_received": TicketsReceived,
}


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """Something to tell a user, as the room says it where it happened.

    `notification_id` derives from the cause, so that one cause tells once.
    """

    notification_id: str
    user_id: str
    about: About


class ChannelState(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What came of the last attempt on one channel; `reason` why it was not sent."""

    status: ChannelStatus
    provider: str | None = None
    message_id: str | None = None
    reason: str | None = None


class OutboxEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`notifications/{notificationId}`: a notification in the outbox.

    `data` is what its kind carries. `next_attempt_at` is set while it waits, `lease_until` while
    somebody sends it: after that instant whoever it was has crashed.
    """

    notification_id: str
    user_id: str
    kind: Kind
    data: dict[str, Any]
    status: Status
    attempts: int
    next_attempt_at: datetime | None
    lease_until: datetime | None
    channels: dict[Channel, ChannelState]
    created_at: datetime
    sent_at: datetime | None
    expires_at: datetime


class Preferences(msgspec.Struct, frozen=True):
    """Which channels may disturb a user."""

    email: bool = True
    push: bool = True


class PushDevice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One installation of the app, as Firebase Cloud Messaging knows it."""

    token: str
    added_at: datetime


class PushDevices(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`pushDevices/{uid}`: where a user's pushes go, the latest installation last."""

    user_id: str
    tokens: list[PushDevice] = []


class RegisterPushToken(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `registerPushToken`: what `FirebaseMessaging.getToken()` gave the app."""

    token: Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"^[A-Za-z0-9_:.-]+(?!\n)$")]


class PushTokenRegistered(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `registerPushToken`; `devices` is how many the user has now."""

    status: Literal["registered", "already_registered"]
    devices: int


class ResendReceipt(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `resendReceipt`; a fulfilment's id is its PaymentIntent's."""

    fulfillment_id: DocumentId


class ReceiptQueued(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `resendReceipt`."""

    notification_id: str
