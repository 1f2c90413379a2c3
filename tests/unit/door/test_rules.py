"""Who gets in: the choice among batches, the doors, what a denial says. Pure."""

import itertools
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill import errors
from firetill.door import moves, rules
from firetill.door.model import Scan, ScanTicket
from firetill.door.moves import Move
from firetill.errors import Refusal, ScanDenied
from firetill.tickets.model import Batch, LastScan, TicketedEvent, TicketToken
from firetill.tickets.rules import with_counts
from tests.factories import NOON

TOKEN = "a-token-of-22-letters-"


def batch(**changes: Any) -> Batch:
    fields: dict[str, Any] = {
        "rager_id": "r1",
        "event_id": "gala",
        "user_id": "ada",
        "ticket_quantity": 3,
        "used_count": 0,
        "active": True,
        "purchase_date": NOON,
        "token": TOKEN,
        "code": "FT1",
        "version": 2,
        "order_id": None,
        "created_at": NOON,
        "updated_at": NOON,
        **changes,
    }
    return Batch(**fields)


batches = st.builds(
    lambda rager_id, used, left, day, by_hand, closed: batch(
        rager_id=rager_id,
        ticket_quantity=used + left,
        used_count=used,
        active=closed is None and left > 0 and not by_hand,
        closed=closed,
        purchase_date=NOON + timedelta(days=day),
    ),
    st.text("abc", min_size=1, max_size=3),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 2),
    st.booleans(),
    st.sampled_from([None, None, None, "refunded", "transferred"]),
)
holdings = st.lists(batches, max_size=6, unique_by=lambda one: one.rager_id)


def beats(one: Batch, other: Batch) -> bool:
    """The rule as people say it: most left, else bought first, else the smallest id."""
    if one.remaining != other.remaining:
        return one.remaining > other.remaining
    if one.purchase_date != other.purchase_date:
        return one.purchase_date < other.purchase_date
    return one.rager_id < other.rager_id


@given(holdings)
def test_the_candidate_beats_every_other_usable_batch(held: list[Batch]) -> None:
    usable = [
        one
        for one in held
        if one.active and one.closed is None and one.ticket_quantity > one.used_count
    ]
    chosen = rules.candidate(held)
    if not usable:
        assert chosen is None
        return
    [best] = [one for one in usable if all(beats(one, other) for other in usable if other != one)]
    assert chosen == best


@given(holdings.filter(lambda held: len(held) <= 4))
def test_the_choice_does_not_depend_on_the_order(held: list[Batch]) -> None:
    candidates = {
        one.rager_id if one else None for one in map(rules.candidate, itertools.permutations(held))
    }
    assert len(candidates) == 1


@given(holdings, st.integers(1, 4))
def test_somebody_gets_in_if_and_only_if_a_batch_holds_so_many(
    held: list[Batch], count: int
) -> None:
    enough = [one for one in held if one.active and one.remaining >= count]
    try:
        chosen = rules.choose(held, count, reentry=False)
    except ScanDenied:
        assert not enough
    else:
        assert chosen in enough


@pytest.mark.parametrize(
    ("held", "denial"),
    [
        ([], errors.TicketNotFound),
        ([{"active": False}, {"used_count": 3, "active": False}], errors.TicketInactive),
        (
            [{"used_count": 3, "active": False}, {"closed": "refunded", "active": False}],
            errors.AlreadyUsed,
        ),
        (
            [
                {"closed": "refunded", "active": False},
                {
                    "closed": "transferred",
                    "active": False,
                    "updated_at": NOON + timedelta(seconds=1),
                },
            ],
            errors.TicketTransferred,
        ),
    ],
)
def test_a_guest_hears_of_the_batch_that_comes_nearest(
    held: list[dict[str, Any]], denial: type[ScanDenied]
) -> None:
    found = [batch(rager_id=f"r{n}", **changes) for n, changes in enumerate(held)]
    for order in (found, found[::-1]):
        with pytest.raises(denial):
            rules.choose(order, 1, reentry=False)


@given(st.integers(0, 4), st.integers(0, 4), st.integers(1, 5), st.booleans())
def test_a_batch_admits_what_it_holds_and_no_more(
    used: int, left: int, count: int, by_hand: bool
) -> None:
    one = batch(ticket_quantity=used + left, used_count=used, active=left > 0 and not by_hand)
    expected: type[ScanDenied] | None = None
    if left == 0:
        expected = errors.AlreadyUsed
    elif by_hand:
        expected = errors.TicketInactive
    elif left < count:
        expected = errors.NoneRemaining
    if expected:
        with pytest.raises(expected):
            rules.require_tickets(one, count, reentry=False)
    else:
        rules.require_tickets(one, count, reentry=False)


@pytest.mark.parametrize(
    ("reason", "denial"),
    [
        ("refunded", errors.TicketRefunded),
        ("transferred", errors.TicketTransferred),
        ("revoked", errors.TicketRevoked),
        ("replaced", errors.TicketRevoked),
    ],
)
def test_a_revoked_token_says_why(reason: Any, denial: type[ScanDenied]) -> None:
    live = TicketToken(event_id="gala", rager_id="r1", user_id="ada", created_at=NOON)
    rules.require_live_token(batch(), TOKEN, live, 2)
    rules.require_live_token(batch(), TOKEN, live, None)
    dead = msgspec.structs.replace(live, revoked_at=NOON, revoked_reason=reason)
    with pytest.raises(denial):
        rules.require_live_token(batch(), TOKEN, dead, None)
    for token, version in (("another-token", None), (TOKEN, 1), (TOKEN, 3)):
        with pytest.raises(errors.TicketRevoked):
            rules.require_live_token(batch(), token, live, version)


def event(**changes: Any) -> TicketedEvent:
    fields: dict[str, Any] = {
        "name": "Gala",
        "price_cents": 0,
        "currency": "eur",
        "quantity": 0,
        "initial_quantity": 0,
        "active": True,
        **changes,
    }
    return TicketedEvent(**fields)


seconds = st.one_of(st.none(), st.integers(-2, 2))


@given(seconds, seconds, st.booleans())
def test_doors(opens: int | None, ends: int | None, active: bool) -> None:
    at = event(
        active=active,
        doors_open_at=None if opens is None else NOON + timedelta(seconds=opens),
        ends_at=None if ends is None else NOON + timedelta(seconds=ends),
    )
    is_open = (opens is None or opens <= 0) and (ends is None or ends > 0)
    if active and is_open:
        rules.require_open(at, NOON)
        return
    with pytest.raises(errors.OutsideWindow if active else errors.EventInactive):
        rules.require_open(at, NOON)


def test_every_denial_is_told_again_as_it_was() -> None:
    assert len(rules.DENIALS) == 12
    for reason, kind in rules.DENIALS.items():
        again = rules.denial("s1", reason, {"remaining": 2}, replayed=True)
        assert type(again) is kind
        assert again.details() == {
            "reason": reason,
            "remaining": 2,
            "scanId": "s1",
            "replayed": True,
        }


def test_the_fingerprint_tells_inputs_apart_and_holds_no_token() -> None:
    request = ScanTicket(token=TOKEN, scan_id="s1", gate="north")
    assert rules.input_fingerprint(request) == rules.input_fingerprint(
        msgspec.convert({"token": TOKEN, "scanId": "s1", "gate": "north", "count": 1}, ScanTicket)
    )
    others: list[dict[str, Any]] = [
        {"token": f"{TOKEN}x"},
        {"token": None, "user_id": "ada"},
        {"event_id": "gala"},
        {"count": 2},
        {"gate": None},
        {"device": "tablet"},
        {"expected_version": 0},
        {"direction": "out"},
    ]
    prints = {
        rules.input_fingerprint(msgspec.structs.replace(request, **changes)) for changes in others
    }
    assert len(prints | {rules.input_fingerprint(request)}) == len(others) + 1


def test_scans_from_before_there_were_directions_are_still_the_same() -> None:
    """What an old record holds: the hash of its input, in which there was no direction."""
    recorded = "ad91d04e86d805f8408b38dd9d6928bf3b7d98dfb80bf9c833fb82507533213d"
    request = ScanTicket(token=TOKEN, scan_id="s1", gate="north", direction="in")
    assert rules.input_fingerprint(request) == recorded


def test_a_later_field_leaves_the_fingerprint() -> None:
    later: Any = msgspec.defstruct(
        "Later", [("note", str | None, None)], bases=(ScanTicket,), kw_only=True, rename="camel"
    )
    sent = {"token": TOKEN, "scanId": "s1"}
    before = rules.input_fingerprint(msgspec.convert(sent, ScanTicket))
    assert rules.input_fingerprint(msgspec.convert(sent, later)) == before


@given(st.integers(1, 3), st.integers(0, 3))
def test_taking_back_restores_what_was_counted(counted: int, others: int) -> None:
    last = LastScan(scan_id="s1", at=NOON, gate=None, device=None)
    held = batch(ticket_quantity=6, used_count=others)
    after = moves.moved(held, Move(counted), NOON, last)
    scan = _scan(counted=counted)
    back = rules.undone(after, scan, NOON)
    assert (back.used_count, back.last_scan, back.active) == (others, None, True)
    later = msgspec.structs.replace(last, scan_id="s2")
    kept = rules.undone(msgspec.structs.replace(after, last_scan=later), scan, NOON)
    assert kept.last_scan == later


def test_a_batch_that_was_deactivated_by_hand_stays_so() -> None:
    by_hand = batch(active=False, used_count=1)
    assert not rules.undone(by_hand, _scan(counted=1), NOON).active
    used_up = batch(active=False, used_count=3)
    assert rules.undone(used_up, _scan(counted=1), NOON).active
    assert not with_counts(batch(), NOON, used_count=3).active


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, None),
        ({"refunded_units": 1, "voided_units": 1}, None),
        ({"refunded_units": 2, "voided_units": 1}, errors.TicketRefunded),
        ({"closed": "refunded"}, errors.TicketRefunded),
        ({"closed": "transferred"}, errors.TicketTransferred),
        ({"closed": "revoked"}, errors.TicketRevoked),
    ],
)
def test_what_can_be_taken_back(changes: dict[str, Any], refusal: type[Refusal] | None) -> None:
    if refusal is None:
        rules.require_undoable(batch(**changes), _scan())
        return
    with pytest.raises(refusal):
        rules.require_undoable(batch(**changes), _scan())


def test_only_an_admission_took_from_a_batch() -> None:
    assert rules.taken_from(_scan()) == "r1"
    for changes in ({"result": "denied"}, {"rager_id": None}):
        with pytest.raises(errors.ScanNotAdmitted):
            rules.taken_from(_scan(**changes))


def _scan(**changes: Any) -> Scan:
    fields: dict[str, Any] = {
        "scan_id": "s1",
        "event_id": "gala",
        "result": "admitted",
        "reason": None,
        "data": {},
        "rager_id": "r1",
        "user_id": "ada",
        "count": 1,
        "counted": 1,
        "gate": None,
        "device": None,
        "staff_id": "steward",
        "at": NOON,
        "fingerprint": "f",
        **changes,
    }
    return Scan(**fields)
