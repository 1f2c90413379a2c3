"""What becomes of a notification: whose turn it is, what an attempt changed, which channels."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from firetill.notifications.model import (
    KINDS,
    About,
    Channel,
    ChannelState,
    Kind,
    Notification,
    OutboxEntry,
    Preferences,
    PushDevice,
    PushDevices,
    Receipt,
    Status,
)
from firetill.wire import fields_of

ATTEMPTS: Final = 8
FIRST_PAUSE: Final = timedelta(minutes=1)
"""Before the second attempt; each further pause is twice as long, so that eight take two hours."""

LEASE: Final = timedelta(minutes=5)
"""Longer than all of one notification's time-outs together, so that nobody else sends meanwhile."""

KEPT: Final = timedelta(days=90)
DEVICES: Final = 10


def queued(notification: Notification, now: datetime) -> OutboxEntry:
    """Return a notification as it first stands in the outbox."""
    return OutboxEntry(
        notification_id=notification.notification_id,
        user_id=notification.user_id,
        kind=_kind(notification.about),
        data=fields_of(notification.about),
        status="queued",
        attempts=0,
        next_attempt_at=now,
        lease_until=None,
        channels={},
        created_at=now,
        sent_at=None,
        expires_at=now + KEPT,
    )


def about(entry: OutboxEntry) -> About:
    """Return what a notification is about.

    Raises:
        msgspec.ValidationError: its data is not what its kind carries.
    """
    return msgspec.convert(entry.data, KINDS[entry.kind])


def is_due(entry: OutboxEntry, now: datetime) -> bool:
    """Tell whether somebody should send a notification now, and nobody is at it."""
    due = entry.lease_until if entry.status == "sending" else entry.next_attempt_at
    return due is not None and due <= now


def leased(entry: OutboxEntry, now: datetime) -> OutboxEntry:
    """Return a notification that is due as its sender's; dead if all its attempts are used up.

    That happens when the last sender crashed, over and over.
    """
    if entry.attempts >= ATTEMPTS:
        return msgspec.structs.replace(entry, status="dead", next_attempt_at=None, lease_until=None)
    return msgspec.structs.replace(
        entry,
        status="sending",
        attempts=entry.attempts + 1,
        next_attempt_at=None,
        lease_until=now + LEASE,
    )


def wanted(about: About, preferences: Preferences) -> list[Channel]:
    """Return the channels that a notification goes by.

    A receipt always goes by e-mail: it is a document that the buyer is owed. One that the buyer
    asks for again makes no phone ring.
    """
    match about:
        case Receipt(resent=resent):
            email, push = True, preferences.push and not resent
        case _:
            email, push = preferences.email, preferences.push
    choices: list[tuple[Channel, bool]] = [("email", email), ("push", push)]
    return [channel for channel, chosen in choices if chosen]


def left_to_do(entry: OutboxEntry, channels: list[Channel]) -> list[Channel]:
    """Return those of a notification's channels that no earlier attempt has finished."""
    return [
        name
        for name in channels
        if name not in entry.channels or entry.channels[name].status == "unreachable"
    ]


def settled(
    entry: OutboxEntry, came_of: Mapping[Channel, ChannelState], now: datetime
) -> OutboxEntry:
    """Return a notification after its sender's attempt.

    It is `sent` once no channel is left to try and at least one took it; `dead` if one never will,
    though another may have; `skipped` if there was nobody to tell.
    """
    channels = {**entry.channels, **came_of}
    found = {state.status for state in channels.values()}
    status: Status
    if "unreachable" in found and entry.attempts < ATTEMPTS:
        status = "failed"
    elif found & {"unreachable", "rejected"}:
        status = "dead"
    else:
        status = "sent" if "sent" in found else "skipped"
    waits = status == "failed"
    return msgspec.structs.replace(
        entry,
        status=status,
        channels=channels,
        next_attempt_at=now + _pause(entry.attempts) if waits else None,
        lease_until=None,
        sent_at=entry.sent_at or (now if "sent" in found else None),
    )


def with_token(devices: PushDevices, token: str, now: datetime) -> PushDevices:
    """Return a user's devices with one more; beyond the limit the oldest goes."""
    tokens = [*devices.tokens, PushDevice(token=token, added_at=now)]
    return msgspec.structs.replace(devices, tokens=tokens[-DEVICES:])


def without_tokens(devices: PushDevices, gone: set[str]) -> PushDevices:
    """Return a user's devices without those that exist no more."""
    tokens = [device for device in devices.tokens if device.token not in gone]
    return msgspec.structs.replace(devices, tokens=tokens)


def _pause(attempts: int) -> timedelta:
    doublings: int = 2 ** (attempts - 1)
    return FIRST_PAUSE * doublings


def _kind(about: About) -> Kind:
    return next(kind for kind, carried in KINDS.items() if isinstance(about, carried))
