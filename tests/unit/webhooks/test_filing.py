"""How long an event is tried, and what the inbox keeps of it."""

from datetime import timedelta
from itertools import pairwise

import pytest

from firetill.webhooks import rules
from firetill.webhooks.model import InboxEntry, InboxStatus, StripeEvent
from tests.factories import NOON
from tests.unit.webhooks.test_reading import INTENT, event

EVENT: StripeEvent = event("payment_intent.succeeded", INTENT)


def failures(count: int) -> list[InboxEntry]:
    """The inbox entry after each of so many failures, an hour apart."""
    entries: list[InboxEntry] = []
    for attempt in range(count):
        now = NOON + timedelta(hours=attempt)
        earlier = entries[-1] if entries else None
        entries.append(rules.filed(earlier, EVENT, "failed", now, reason="Boom", payload="{}"))
    return entries


def test_each_pause_is_twice_the_last() -> None:
    entries = failures(7)
    pauses = [
        entry.next_attempt_at - (NOON + timedelta(hours=attempt))
        for attempt, entry in enumerate(entries)
        if entry.next_attempt_at
    ]
    assert len(pauses) == 7
    assert pauses[0] == timedelta(minutes=1)
    assert all(later == 2 * earlier for earlier, later in pairwise(pauses))
    assert {entry.status for entry in entries} == {"failed"}


def test_the_eighth_failure_is_the_last() -> None:
    [*_, seventh, eighth, ninth] = failures(9)
    assert (seventh.status, seventh.attempts) == ("failed", 7)
    for entry in (eighth, ninth):
        assert (entry.status, entry.next_attempt_at, entry.payload) == ("dead", None, "{}")
        assert (entry.processed_at, entry.reason) == (None, "Boom")


def test_what_passes_is_waited_for_with_pauses_of_about_an_hour() -> None:
    earlier = None
    for attempt in range(1, 30):
        earlier = rules.filed(
            earlier, EVENT, "failed", NOON, reason="AccountDeleted", payload="{}", passing=True
        )
        assert (earlier.status, earlier.attempts) == ("failed", attempt)
        assert earlier.next_attempt_at is not None
        assert earlier.next_attempt_at - NOON <= timedelta(minutes=64)
    assert rules.filed(earlier, EVENT, "failed", NOON, payload="{}").status == "dead"


@pytest.mark.parametrize("status", ["processed", "ignored", "refused"])
def test_what_is_decided_waits_for_nothing(status: InboxStatus) -> None:
    [first] = failures(1)
    later = NOON + timedelta(hours=5)
    entry = rules.filed(first, EVENT, status, later)
    assert entry == InboxEntry(
        event_id="evt_1",
        type="payment_intent.succeeded",
        status=status,
        attempts=2,
        received_at=NOON,
        processed_at=later,
        expires_at=NOON + timedelta(days=90),
    )


@pytest.mark.parametrize(
    ("status", "done"),
    [
        ("processed", True),
        ("ignored", True),
        ("refused", False),
        ("failed", False),
        ("dead", False),
    ],
)
def test_only_what_had_its_effect_is_done(status: InboxStatus, *, done: bool) -> None:
    assert rules.is_done(rules.filed(None, EVENT, status, NOON)) is done
    assert not rules.is_done(None)


def test_a_payload_that_no_document_holds_is_not_kept() -> None:
    kept = "é" * (rules.PAYLOAD_BYTES // 2)
    assert rules.filed(None, EVENT, "refused", NOON, payload=kept).payload == kept
    failed = rules.filed(None, EVENT, "failed", NOON, payload=kept + "x")
    assert (failed.status, failed.payload, failed.next_attempt_at) == ("failed", None, None)
