"""One attempt at a notification: each channel on its own, and what came of it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from typing import get_args

from firetill.database import Database, Snapshot
from firetill.errors import Contention, DirectoryUnavailable
from firetill.logs import log_failure
from firetill.notifications import devices, facts, messages, repository, rules
from firetill.notifications.channels import Channels, Gone, Mail, Push, Rejected, Unreachable
from firetill.notifications.messages import Message
from firetill.notifications.model import Channel, ChannelState, OutboxEntry
from firetill.notifications.wording import zone_named


def attempt(db: Database, channels: Channels, entry: OutboxEntry) -> Mapping[Channel, ChannelState]:
    """Send a notification on each channel that is wanted and not done.

    Whatever goes wrong with one channel is that channel's outcome; what nobody expected counts as
    unreachable and is logged with its stack, so that it is tried again and then reported.

    Returns:
        What came of each channel that was not done.
    """
    try:
        about = rules.about(entry)
        paths = repository.user_path(entry.user_id), repository.devices_path(entry.user_id)
        user, found = db.get(*paths)
        wanted = rules.wanted(about, repository.preferences_in(user))
        zone = zone_named((user.data or {}).get("timeZone"))
    except Exception as error:  # noqa: BLE001 - one bad document must not stop the others
        return {name: _unexpected(entry, name, error) for name in _open(entry)}

    @cache
    def message() -> Message:
        return messages.compose(facts.gather(db, entry.user_id, about), zone)

    carry: dict[Channel, Callable[[], ChannelState]] = {
        "email": partial(_email, channels, entry, message),
        "push": partial(_push, db, channels, entry, message, found),
    }
    return {
        name: _tried(entry, name, carry[name])
        if name in wanted
        else ChannelState(status="skipped", reason="not_wanted")
        for name in _open(entry)
    }


def _tried(entry: OutboxEntry, name: Channel, carry: Callable[[], ChannelState]) -> ChannelState:
    try:
        return carry()
    except Unreachable as reason:
        return ChannelState(status="unreachable", reason=str(reason))
    except Rejected as reason:
        return ChannelState(status="rejected", reason=str(reason))
    except DirectoryUnavailable as refusal:
        return ChannelState(status="unreachable", reason=refusal.reason)
    except Exception as error:  # noqa: BLE001 - the other channel is still to be tried
        return _unexpected(entry, name, error)


def _email(channels: Channels, entry: OutboxEntry, message: Callable[[], Message]) -> ChannelState:
    address = channels.directory.email_of(entry.user_id)
    if address is None:
        return ChannelState(status="skipped", reason="no_address")
    says = message()
    mail = Mail(address, says.title, says.text, says.html, says.images)
    message_id = channels.email.send(mail, f"{entry.notification_id}:email")
    return ChannelState(status="sent", provider=channels.email.name, message_id=message_id)


def _push(
    db: Database,
    channels: Channels,
    entry: OutboxEntry,
    message: Callable[[], Message],
    found: Snapshot,
) -> ChannelState:
    """Push to all of a user's installations; one that takes it is enough."""
    tokens = [device.token for device in repository.devices_in(found).tokens]
    if not tokens:
        return ChannelState(status="skipped", reason="no_device")
    says = message()
    data = {"notificationId": entry.notification_id, "kind": entry.kind}
    sent: str | None = None
    gone: set[str] = set()
    failures: list[Unreachable | Rejected] = []
    for token in tokens:
        push = Push(token, says.title, says.body, data)
        try:
            sent = channels.push.send(push, f"{entry.notification_id}:push")
        except Gone:
            gone.add(token)
        except (Unreachable, Rejected) as failure:
            failures.append(failure)
    if gone:
        with suppress(Contention):  # the next push finds them again
            devices.forget(db, entry.user_id, gone)
    if sent is not None:
        return ChannelState(status="sent", provider=channels.push.name, message_id=sent)
    if failures:
        raise next((each for each in failures if isinstance(each, Unreachable)), failures[0])
    return ChannelState(status="skipped", reason="no_device")


def _open(entry: OutboxEntry) -> list[Channel]:
    every: tuple[Channel, ...] = get_args(Channel)
    return rules.left_to_do(entry, list(every))


def _unexpected(entry: OutboxEntry, name: Channel, error: Exception) -> ChannelState:
    log_failure("notification failed", error, notificationId=entry.notification_id, channel=name)
    return ChannelState(status="unreachable", reason=type(error).__name__)
