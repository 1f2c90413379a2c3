"""What an offline scan means for the books, case by case."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from firetill.door import offline_rules
from firetill.door.model import Scan
from firetill.door.moves import Move
from firetill.door.offline_model import OfflineScan, Revocation, UploadScans
from firetill.door.offline_rules import FAST, OLD, Judgement, Shown
from firetill.errors import InvalidField
from firetill.tickets.model import Batch, LastScan, TicketedEvent, TicketToken, TokenEnd
from firetill.transport import inputs
from tests.evening import CODES, EVENT, event_fields
from tests.factories import NOON

TOKEN = "t" * 22
HOUR = timedelta(hours=1)
TICKET = TicketToken(event_id=EVENT, rager_id="r1", user_id="ada", created_at=NOON - 9 * HOUR)
BATCH = Batch(
    rager_id="r1",
    event_id=EVENT,
    user_id="ada",
    ticket_quantity=3,
    used_count=1,
    active=True,
    purchase_date=NOON - 9 * HOUR,
    token=TOKEN,
    code=CODES.sign(TOKEN, EVENT, 1),
    version=1,
    order_id=None,
    created_at=NOON - 9 * HOUR,
    updated_at=NOON - 8 * HOUR,
)
EVENT_OPEN = msgspec.convert(event_fields(), TicketedEvent)


def offline_scan(**changes: Any) -> OfflineScan:
    scan = OfflineScan(scan_id="s1", code=TOKEN, scanned_at=NOON, verdict="admitted")
    return msgspec.structs.replace(scan, **changes)


def batch(**changes: Any) -> Batch:
    return msgspec.structs.replace(BATCH, **changes)


def event(**changes: Any) -> TicketedEvent:
    return msgspec.structs.replace(EVENT_OPEN, **changes)


def shown(**changes: Any) -> Shown:
    return Shown(TOKEN, None, msgspec.structs.replace(TICKET, **changes))


def ended(reason: TokenEnd, at: datetime) -> Shown:
    return shown(revoked_at=at, revoked_reason=reason)


def judge(
    scan: OfflineScan,
    what: Shown | None = None,
    held: Batch | None = BATCH,
    *,
    at_event: TicketedEvent = EVENT_OPEN,
    received: datetime = NOON + HOUR,
    id_reused: bool = False,
) -> Judgement:
    return offline_rules.judge(
        scan,
        what or shown(),
        held,
        event_id=EVENT,
        event=at_event,
        at=offline_rules.counts_as_of(scan.scanned_at, received),
        id_reused=id_reused,
    )


@pytest.mark.parametrize("count", [1, 2])
def test_what_the_batch_holds_goes_in(count: int) -> None:
    assert judge(offline_scan(count=count)) == Judgement(None, Move(count))


def test_more_than_the_batch_holds() -> None:
    assert judge(offline_scan(count=3)) == Judgement("more_admitted_than_held", Move(2))
    used_up = batch(used_count=3, active=False)
    assert judge(offline_scan(), held=used_up) == Judgement("more_admitted_than_held", Move())


def test_what_is_no_ticket_of_this_event() -> None:
    scan = offline_scan()
    assert judge(scan, Shown(None)) == Judgement("code_forged", Move())
    assert judge(scan, Shown(TOKEN), None) == Judgement("unknown_ticket", Move())
    assert judge(scan, Shown(TOKEN, EVENT), None) == Judgement("unknown_ticket", Move())
    assert judge(scan, shown(), None) == Judgement("unknown_ticket", Move())
    assert judge(scan, shown(event_id="opera"), None) == Judgement("wrong_event", Move())
    assert judge(scan, Shown(TOKEN, "opera", TICKET), None) == Judgement("wrong_event", Move())


@pytest.mark.parametrize("reason", ["refunded", "transferred", "revoked", "replaced"])
def test_a_token_that_has_died(reason: TokenEnd) -> None:
    scan, living_on = offline_scan(), batch(token="u" * 22, version=2)
    before, after = NOON - HOUR, NOON + HOUR
    died = Judgement("revoked_before_scan", Move(), Revocation(reason=reason, at=before))
    assert judge(scan, ended(reason, before), living_on) == died
    at_once = Judgement("revoked_before_scan", Move(), Revocation(reason=reason, at=NOON))
    assert judge(scan, ended(reason, NOON), living_on) == at_once
    since = Revocation(reason=reason, at=after)
    assert judge(scan, ended(reason, after), living_on) == Judgement(
        "revoked_after_scan", Move(1), since
    )
    closed = batch(closed="refunded", active=False)
    assert judge(scan, ended(reason, after), closed) == Judgement(
        "revoked_after_scan", Move(), since
    )


def test_a_token_that_must_have_died() -> None:
    """The token's own document does not say so, but its batch does."""
    other = Judgement("revoked_after_scan", Move(2), Revocation(reason="replaced", at=NOON + HOUR))
    renewed = batch(token="u" * 22, updated_at=NOON + HOUR)
    assert judge(offline_scan(count=2), held=renewed) == other
    closed = batch(closed="revoked", updated_at=NOON - HOUR)
    gone = Judgement("revoked_before_scan", Move(), Revocation(reason="revoked", at=NOON - HOUR))
    assert judge(offline_scan(), held=closed) == gone


def test_a_batch_that_was_deactivated_is_used_and_stays_so() -> None:
    inactive = batch(active=False)
    assert judge(offline_scan(), held=inactive) == Judgement("deactivated", Move(1))
    last = LastScan(scan_id="s1", at=NOON, gate=None, device="phone")
    after = offline_rules.moved(inactive, Move(1), last, NOON + HOUR)
    assert (after.used_count, after.active) == (2, False)


@pytest.mark.parametrize(
    ("at_event", "reason"),
    [
        (event(active=False), "event_inactive"),
        (event(doors_open_at=NOON + HOUR), "outside_window"),
        (event(ends_at=NOON), "outside_window"),
        (event(offline_allowed=False), "offline_not_allowed"),
        (event(active=False, offline_allowed=False), "event_inactive"),
        (event(doors_open_at=NOON - HOUR, ends_at=NOON + timedelta(minutes=1)), None),
    ],
)
def test_circumstances_are_noted_and_the_guests_counted(
    at_event: TicketedEvent, reason: str | None
) -> None:
    """As of the time at the door: it was uploaded an hour later, when the event had ended."""
    judged = judge(offline_scan(count=2), at_event=at_event)
    assert (judged.reason, judged.move.counted) == (reason, 2)
    too_many = judge(offline_scan(count=3), at_event=at_event)
    assert (too_many.reason, too_many.move.counted) == ("more_admitted_than_held", 2)


@pytest.mark.parametrize(
    ("off", "believed"),
    [
        (FAST, True),
        (FAST + timedelta(microseconds=1), False),
        (-OLD, True),
        (-OLD - timedelta(microseconds=1), False),
        (timedelta(days=40_000), False),
    ],
)
def test_a_clock_that_cannot_be_right_is_not_believed(off: timedelta, believed: bool) -> None:
    scan = offline_scan(scanned_at=NOON + off)
    judged = judge(scan, received=NOON, at_event=event(doors_open_at=NOON - 2 * OLD))
    assert judged == Judgement(None if believed else "clock", Move(1))
    assert (offline_rules.counts_as_of(scan.scanned_at, NOON) == NOON) is not believed


def test_with_a_wrong_clock_our_own_time_decides() -> None:
    scan = offline_scan(scanned_at=NOON - 2 * OLD)
    died = ended("revoked", NOON - OLD)
    assert judge(scan, died).reason == "revoked_before_scan"
    late = event(ends_at=NOON - OLD)
    assert judge(scan, at_event=late).reason == "clock"


def test_an_id_that_came_before() -> None:
    assert judge(offline_scan(), id_reused=True) == Judgement("scan_id_reused", Move(1))
    denied = offline_scan(verdict="denied")
    assert judge(denied, id_reused=True) == Judgement("scan_id_reused", Move())
    assert judge(denied, Shown(None)) == Judgement(None, Move())
    more = judge(offline_scan(count=3), id_reused=True)
    assert more == Judgement("more_admitted_than_held", Move(2)), "the ticket says more"


def test_the_last_scan_is_the_latest_at_the_door() -> None:
    early = LastScan(scan_id="z", at=NOON, gate="north", device="phone")
    late = LastScan(scan_id="a", at=NOON + HOUR, gate="south", device="pad")
    one_way = offline_rules.moved(
        offline_rules.moved(BATCH, Move(1), early, NOON + 2 * HOUR), Move(1), late, NOON + 3 * HOUR
    )
    other_way = offline_rules.moved(
        offline_rules.moved(BATCH, Move(1), late, NOON + 2 * HOUR), Move(1), early, NOON + 3 * HOUR
    )
    assert one_way == other_way
    assert one_way.last_scan == late
    assert one_way.updated_at == NOON + 3 * HOUR, "devices hear of it"


def test_the_same_ticket_as_a_code_or_a_token_is_the_same_input() -> None:
    def mark(**changes: Any) -> str:
        return offline_rules.fingerprint_of(offline_scan(**changes), "phone", "hash")

    assert mark(code=BATCH.code) == mark(code=TOKEN)
    assert mark(count=1) == mark()
    assert mark(direction="in", forced_reason=None) == mark()
    others = [
        mark(direction="out"),
        mark(forced_reason="a guest of the house"),
        mark(count=2),
        mark(gate="north"),
        mark(scanned_at=NOON + timedelta(milliseconds=1)),
        mark(verdict="denied"),
        offline_rules.fingerprint_of(offline_scan(), "pad", "hash"),
        offline_rules.fingerprint_of(offline_scan(), "phone", "other"),
    ]
    assert len({mark(), *others}) == len(others) + 1


def recorded(**changes: Any) -> Scan:
    scan = Scan(
        scan_id="s1",
        event_id=EVENT,
        result="admitted",
        reason=None,
        data={},
        rager_id="r1",
        user_id="ada",
        count=1,
        counted=1,
        gate=None,
        device=None,
        staff_id="steward",
        at=NOON,
        fingerprint="online",
    )
    return msgspec.structs.replace(scan, **changes)


@pytest.mark.parametrize(
    ("known", "same"),
    [
        (recorded(), True),
        (recorded(count=2), False),
        (recorded(rager_id="r2"), False),
        (recorded(result="denied"), False),
        (recorded(source="offline"), False),
        (recorded(source="offline", fingerprint="offline"), True),
    ],
)
def test_an_online_scan_whose_answer_never_came_is_the_same(known: Scan, same: bool) -> None:
    assert offline_rules.is_repetition(known, offline_scan(), "offline", TICKET) is same


def test_a_denial_twice_is_the_same() -> None:
    denied = offline_scan(verdict="denied")
    known = recorded(result="denied", rager_id=None)
    assert offline_rules.is_repetition(known, denied, "offline", TICKET)
    assert not offline_rules.is_repetition(recorded(), denied, "offline", TICKET)


SENT = {
    "scanId": "s1",
    "code": "c",
    "scannedAt": "2026-02-07T12:00:00.000Z",
    "verdict": "admitted",
}


@pytest.mark.parametrize(
    "changes",
    [
        {"scannedAt": "2026-02-07T12:00:00.000"},
        {"scannedAt": "0001-01-01T00:00:00.000+14:00"},
        {"scannedAt": "9999-12-31T23:59:59.999-14:00"},
        {"scannedAt": 1_770_465_600},
        {"scannedAt": "yesterday"},
        {"scanId": "a/b"},
        {"scanId": "__a__"},
        {"code": ""},
        {"code": "c" * 295},
        {"count": 0},
        {"count": 101},
        {"verdict": "maybe"},
        {"gate": ""},
        {"reason": "tired"},
        {"direction": "up"},
        {"forcedReason": ""},
        {"forcedReason": "x" * 201},
        {"forcedReason": "x", "verdict": "denied"},
        {"forcedReason": "x", "direction": "out"},
    ],
)
def test_strict_input(changes: dict[str, Any]) -> None:
    body = {"eventId": EVENT, "device": "phone", "scans": [SENT]}
    assert inputs.parse(body, UploadScans).scans[0].scanned_at == NOON
    with pytest.raises(InvalidField) as refused:
        inputs.parse({**body, "scans": [{**SENT, **changes}]}, UploadScans)
    assert str(refused.value.data["field"]).startswith("scans[")


@pytest.mark.parametrize("scans", [[], [SENT] * 101])
def test_at_most_a_hundred_at_once(scans: list[Any]) -> None:
    with pytest.raises(InvalidField):
        inputs.parse({"eventId": EVENT, "device": "phone", "scans": scans}, UploadScans)
