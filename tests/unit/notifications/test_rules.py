"""What becomes of a notification, by the table and by chance."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.notifications import rules
from firetill.notifications.model import (
    KINDS,
    About,
    Channel,
    ChannelState,
    ChannelStatus,
    Notification,
    OrderRefunded,
    OrderRejected,
    OutboxEntry,
    Preferences,
    PushDevices,
    Receipt,
    RefundedUnits,
    Status,
    TicketsReceived,
)
from tests.factories import NOON

ABOUT: list[About] = [
    Receipt(fulfillment_id="pi_1", resent=True),
    OrderRejected(order_id="o", amount=5, currency="usd"),
    OrderRefunded(
        order_id="o", amount=5, currency="usd", units=[RefundedUnits(name="n", quantity=2)]
    ),
    TicketsReceived(event_id="e", rager_id="r", quantity=1),
]
BOTH: list[Channel] = ["email", "push"]
SECOND = timedelta(seconds=1)


def entry(**fields: Any) -> OutboxEntry:
    about = OrderRejected(order_id="o", amount=5, currency="usd")
    fresh = rules.queued(Notification(notification_id="n", user_id="ada", about=about), NOON)
    return msgspec.structs.replace(fresh, **fields)


def states(**statuses: ChannelStatus) -> dict[Any, ChannelState]:
    return {name: ChannelState(status=status) for name, status in statuses.items()}


@pytest.mark.parametrize("about", ABOUT, ids=lambda about: type(about).__name__)
def test_what_it_is_about_survives_the_outbox(about: About) -> None:
    queued = rules.queued(Notification(notification_id="n", user_id="ada", about=about), NOON)
    assert isinstance(about, KINDS[queued.kind])
    assert rules.about(queued) == about
    assert queued.expires_at == NOON + timedelta(days=90)


def test_every_kind_is_tried_here() -> None:
    assert {type(about) for about in ABOUT} == set(KINDS.values())


@pytest.mark.parametrize(
    ("status", "next_attempt_at", "lease_until", "due"),
    [
        ("queued", NOON, None, True),
        ("queued", NOON + SECOND, None, False),
        ("failed", NOON, None, True),
        ("failed", NOON + SECOND, None, False),
        ("sending", None, NOON + SECOND, False),
        ("sending", None, NOON, True),
        ("sent", None, None, False),
        ("dead", None, None, False),
        ("skipped", None, None, False),
    ],
)
def test_whose_turn_it_is(
    status: Status, next_attempt_at: datetime | None, lease_until: datetime | None, due: bool
) -> None:
    standing = entry(status=status, next_attempt_at=next_attempt_at, lease_until=lease_until)
    assert rules.is_due(standing, NOON) is due


def test_a_lease_counts_an_attempt_and_ends() -> None:
    leased = rules.leased(entry(), NOON)
    assert (leased.status, leased.attempts) == ("sending", 1)
    assert not rules.is_due(leased, NOON + rules.LEASE - SECOND)
    assert rules.is_due(leased, NOON + rules.LEASE)


def test_a_sender_that_crashes_each_time_leaves_a_dead_one() -> None:
    standing, now = entry(), NOON
    for _ in range(rules.ATTEMPTS):
        standing = rules.leased(standing, now)
        assert standing.status == "sending"
        now += rules.LEASE
    dead = rules.leased(standing, now)
    assert (dead.status, dead.attempts, rules.is_due(dead, now)) == ("dead", 8, False)


@pytest.mark.parametrize(
    ("email", "push", "status"),
    [
        ("sent", "sent", "sent"),
        ("sent", "skipped", "sent"),
        ("skipped", "sent", "sent"),
        ("skipped", "skipped", "skipped"),
        ("sent", "unreachable", "failed"),
        ("unreachable", "skipped", "failed"),
        ("unreachable", "rejected", "failed"),
        ("sent", "rejected", "dead"),
        ("rejected", "skipped", "dead"),
        ("rejected", "rejected", "dead"),
    ],
)
def test_what_an_attempt_comes_to(
    email: ChannelStatus, push: ChannelStatus, status: Status
) -> None:
    leased = rules.leased(entry(), NOON)
    settled = rules.settled(leased, states(email=email, push=push), NOON)
    assert settled.status == status
    assert settled.lease_until is None
    assert (settled.next_attempt_at is not None) is (status == "failed")
    assert (settled.sent_at is not None) is ("sent" in {email, push})


def test_pauses_double_from_a_minute_and_end_after_eight_attempts() -> None:
    standing, pauses = entry(), []
    for _ in range(rules.ATTEMPTS):
        leased = rules.leased(standing, NOON)
        standing = rules.settled(leased, states(email="unreachable"), NOON)
        if standing.next_attempt_at:
            pauses.append((standing.next_attempt_at - NOON).total_seconds() / 60)
    assert pauses == [1, 2, 4, 8, 16, 32, 64]
    assert standing.status == "dead"


@pytest.mark.parametrize(
    ("about", "preferences", "wanted"),
    [
        (ABOUT[1], Preferences(), ["email", "push"]),
        (ABOUT[1], Preferences(email=False), ["push"]),
        (ABOUT[1], Preferences(push=False), ["email"]),
        (ABOUT[1], Preferences(email=False, push=False), []),
        (Receipt(fulfillment_id="p"), Preferences(email=False), ["email", "push"]),
        (Receipt(fulfillment_id="p"), Preferences(email=False, push=False), ["email"]),
        (Receipt(fulfillment_id="p", resent=True), Preferences(), ["email"]),
    ],
)
def test_which_channels(about: About, preferences: Preferences, wanted: list[Channel]) -> None:
    assert rules.wanted(about, preferences) == wanted


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "email": st.sampled_from(["sent", "unreachable", "rejected", "skipped"]),
                "push": st.sampled_from(["sent", "unreachable", "rejected", "skipped"]),
            }
        ),
        min_size=rules.ATTEMPTS,
        max_size=rules.ATTEMPTS,
    )
)
def test_whatever_providers_say_it_ends_and_no_channel_is_sent_twice(
    told: list[dict[Channel, ChannelStatus]],
) -> None:
    standing, now, sent = entry(), NOON, list[Channel]()
    for answers in told:
        assert rules.is_due(standing, now)
        standing = rules.leased(standing, now)
        came_of = {
            name: ChannelState(status=answers[name]) for name in rules.left_to_do(standing, BOTH)
        }
        sent += [name for name, state in came_of.items() if state.status == "sent"]
        standing = rules.settled(standing, came_of, now)
        if standing.next_attempt_at is None:
            break
        assert standing.next_attempt_at > now
        now = standing.next_attempt_at
    assert standing.status in {"sent", "dead", "skipped"}
    assert len(sent) == len(set(sent))
    final = {state.status for state in standing.channels.values()}
    assert (standing.status == "dead") is bool(final & {"unreachable", "rejected"})


def test_the_oldest_of_eleven_devices_goes() -> None:
    devices = PushDevices(user_id="ada")
    for number in range(11):
        devices = rules.with_token(devices, f"t{number}", NOON)
    assert [device.token for device in devices.tokens] == [f"t{number}" for number in range(1, 11)]
    left = rules.without_tokens(devices, {"t1", "t10", "t99"})
    assert [device.token for device in left.tokens] == [f"t{number}" for number in range(2, 10)]
