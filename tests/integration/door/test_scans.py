"""Scans by token and by guest: who gets in, what is recorded, and what a repetition answers."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from firetill import access, errors
from firetill.access import SERVER
from firetill.database import Database, Transaction
from firetill.door.model import ScanTicket
from firetill.errors import Refusal, ScanDenied
from firetill.tickets import batches
from firetill.tickets.model import Batch
from tests.evening import CODES, EVENT, STEWARD, Evening
from tests.factories import NOON, ManualClock
from tests.integration.door.conftest import Documents
from tests.integration.door.gates import by_token, by_user, scan

ADA = "ada"


def refusal_of(call: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as raised:
        call()
    return raised.value


def recorded(evening: Evening, scan_id: str = "scan-1") -> dict[str, Any]:
    found = evening.document(f"scans/{scan_id}")
    assert found is not None
    return dict(found)


def summary(evening: Evening, user_id: str = ADA) -> dict[str, Any]:
    [found] = evening.database.get(f"eventUsers/{evening.event_id}/users/{user_id}")
    return dict(found.data or {})


def test_a_scan_by_token(evening: Evening) -> None:
    batch = evening.issue("r1", 3, user_id=ADA)
    admission = by_token(evening.database, batch.token, count=2)
    assert msgspec.to_builtins(admission) == {
        "ok": True,
        "scanId": "scan-1",
        "eventId": EVENT,
        "userId": ADA,
        "ragerId": "r1",
        "ticketQuantity": 3,
        "usedCount": 2,
        "remaining": 1,
        "remainingTotal": 1,
        "inside": 2,
        "direction": "in",
        "readmitted": 0,
        "replayed": False,
    }
    after = evening.batch("r1")
    assert (after.used_count, after.active, after.updated_at) == (2, True, NOON)
    assert msgspec.to_builtins(after.last_scan, builtin_types=(type(NOON),)) == {
        "scanId": "scan-1",
        "at": NOON,
        "gate": "north",
        "device": "tablet",
    }
    assert (summary(evening)["usedCount"], summary(evening)["totalTickets"]) == (2, 3)
    record = recorded(evening)
    assert record.pop("fingerprint")
    assert record == {
        "scanId": "scan-1",
        "eventId": EVENT,
        "result": "admitted",
        "reason": None,
        "data": {},
        "ragerId": "r1",
        "userId": ADA,
        "count": 2,
        "counted": 2,
        "direction": "in",
        "readmitted": 0,
        "left": 0,
        "gate": "north",
        "device": "tablet",
        "staffId": "steward",
        "at": NOON,
        "source": "online",
        "scannedAt": None,
        "conflict": False,
        "ticketQuantity": 3,
        "usedCount": 2,
        "remaining": 1,
        "remainingTotal": 1,
        "inside": 2,
        "undoneAt": None,
        "undoneBy": None,
        "undoReason": None,
        "undoneCounts": None,
    }


def test_a_code_is_as_good_as_its_token(evening: Evening) -> None:
    batch = evening.issue("r1", 2)
    assert by_token(evening.database, batch.code).remaining == 1
    assert by_token(evening.database, batch.code, "scan-2", event_id=EVENT).remaining == 0
    assert not evening.batch("r1").active


def test_a_scan_by_guest_takes_from_the_batch_with_the_most_left(evening: Evening) -> None:
    evening.issue("r1", 2, user_id=ADA)
    evening.issue("r2", 3, user_id=ADA)
    first = by_user(evening.database, ADA)
    assert (first.rager_id, first.remaining, first.remaining_total) == ("r2", 2, 4)
    second = by_user(evening.database, ADA, "scan-2", count=2)
    assert (second.rager_id, second.remaining, second.remaining_total) == ("r1", 0, 2)


def test_both_ways_end_in_the_same_state(evening: Evening, documents: Documents) -> None:
    """All documents, but for what names the ticket: its token, and the input's fingerprint."""
    states = []
    for way in ("token", "guest"):
        event = Evening(evening.database, f"event-{way}")
        event.announce()
        batch = event.issue("r1", 3, user_id=ADA)
        at = access.user("steward", {"staff": [event.event_id]})
        if way == "token":
            by_token(event.database, batch.code, count=2, caller=at, event_id=event.event_id)
        else:
            by_user(event.database, ADA, count=2, caller=at, event_id=event.event_id)
        text = json.dumps(
            {path: fields for path, fields in documents().items() if event.event_id in str(fields)}
            | {
                path: fields
                for path, fields in documents().items()
                if path.startswith(f"events/{event.event_id}")
            },
            sort_keys=True,
        )
        text = text.replace(batch.code, "CODE").replace(batch.token, "TOKEN")
        state = json.loads(text.replace(event.event_id, "EVENT"))
        assert state["events/EVENT/scans/scan-1"].pop("fingerprint")
        states.append(state)
    assert states[0] == states[1]
    assert sorted(states[0]) == [
        "eventUsers/EVENT/users/ada",
        "events/EVENT",
        "events/EVENT/ragers/r1",
        "events/EVENT/scans/scan-1",
        "ticketTokens/TOKEN",
    ]


# What nobody gets in with.


def _used(evening: Evening) -> str:
    token = evening.issue("r1").token
    by_token(evening.database, token, "before", gate="south")
    return token


def _too_few(evening: Evening) -> str:
    return evening.issue("r1", 2).token


def _inactive(evening: Evening) -> str:
    token = evening.issue("r1", 5).token
    evening.write(f"events/{EVENT}/ragers/r1", {"active": False})
    return token


def _replaced(evening: Evening) -> str:
    old = evening.issue("r1", 5)
    evening.reissue("r1")
    return old.token


def _replaced_code(evening: Evening) -> str:
    old = evening.issue("r1", 5)
    evening.reissue("r1")
    return old.code


def _old_version(evening: Evening) -> str:
    """A code that is signed for the live token, under a version that is gone."""
    batch = evening.issue("r1", 5)
    evening.write(f"events/{EVENT}/ragers/r1", {"version": 2})
    return batch.code


def _refunded(evening: Evening) -> str:
    batch = evening.issue("r1", 2)
    evening.database.run_transaction(lambda tx: batches.buy_back(tx, EVENT, "r1", 2))
    return batch.token


def _transferred(evening: Evening) -> str:
    old = evening.issue("r1", 5)

    def change(tx: Transaction, batch: Batch) -> Batch:
        return batches.replace_token(tx, CODES, batch, "a-new-token-of-its-own", "transferred")

    evening.change("r1", change)
    return old.token


def _closed(evening: Evening) -> str:
    batch = evening.issue("r1", 5)
    evening.write(f"events/{EVENT}/ragers/r1", {"closed": "revoked", "active": False})
    return batch.token


def _unknown(evening: Evening) -> str:  # noqa: ARG001 - as the others
    return "no-such-token-anywhere"


def _without_batch(evening: Evening) -> str:
    batch = evening.issue("r1", 5)

    def body(tx: Transaction) -> None:
        tx.get(_R1)
        tx.delete(_R1)

    evening.database.run_transaction(body)
    return batch.token


_R1 = f"events/{EVENT}/ragers/r1"


def _forged(evening: Evening) -> str:
    code = evening.issue("r1", 5).code
    return code[:-1] + ("A" if code[-1] != "A" else "Q")


def _of_another_event(evening: Evening) -> str:
    other = Evening(evening.database, "other")
    other.announce()
    return other.issue("r1", 5).token


def _code_of_another_event(evening: Evening) -> str:
    """Signed for another event than its token's record says."""
    batch = evening.issue("r1", 5)
    return CODES.sign(batch.token, "other", 1)


def _too_early(evening: Evening) -> str:
    evening.announce(doorsOpenAt=NOON + timedelta(microseconds=1), endsAt=None)
    return evening.issue("r1", 5).token


def _too_late(evening: Evening) -> str:
    evening.announce(endsAt=NOON)
    return evening.issue("r1", 5).token


def _event_off(evening: Evening) -> str:
    evening.announce(active=False)
    return evening.issue("r1", 5).token


DENIALS: dict[Callable[[Evening], str], tuple[type[ScanDenied], dict[str, Any]]] = {
    _used: (errors.AlreadyUsed, {"usedAt": "2026-02-07T12:00:00.000Z", "gate": "south"}),
    _too_few: (errors.NoneRemaining, {"remaining": 2}),
    _inactive: (errors.TicketInactive, {}),
    _replaced: (errors.TicketRevoked, {}),
    _replaced_code: (errors.TicketRevoked, {}),
    _old_version: (errors.TicketRevoked, {}),
    _refunded: (errors.TicketRefunded, {}),
    _transferred: (errors.TicketTransferred, {}),
    _closed: (errors.TicketRevoked, {}),
    _unknown: (errors.TicketNotFound, {}),
    _without_batch: (errors.TicketNotFound, {}),
    _forged: (errors.CodeForged, {}),
    _of_another_event: (errors.WrongEvent, {}),
    _code_of_another_event: (errors.WrongEvent, {}),
    _too_early: (
        errors.OutsideWindow,
        {"doorsOpenAt": "2026-02-07T12:00:00.000Z", "endsAt": None},
    ),
    _too_late: (errors.OutsideWindow, {"doorsOpenAt": None, "endsAt": "2026-02-07T12:00:00.000Z"}),
    _event_off: (errors.EventInactive, {}),
}


@pytest.mark.parametrize("prepare", DENIALS, ids=lambda prepare: prepare.__name__)
def test_a_denial_is_told_recorded_and_repeated(
    prepare: Callable[[Evening], str], evening: Evening, documents: Documents
) -> None:
    kind, data = DENIALS[prepare]
    token = prepare(evening)
    before = documents()

    def attempt() -> object:
        return by_token(evening.database, token, count=3, event_id=EVENT)

    first = refusal_of(attempt)
    assert type(first) is kind
    assert first.data == {**data, "scanId": "scan-1", "replayed": False}
    record = recorded(evening)
    assert (record["result"], record["reason"], record["counted"]) == ("denied", kind.reason, 0)
    after = documents()
    assert after.keys() - before.keys() == {f"events/{EVENT}/scans/scan-1"}
    assert {path: after[path] for path in before} == before
    again = refusal_of(attempt)
    assert type(again) is kind
    assert again.data == {**data, "scanId": "scan-1", "replayed": True}
    assert documents() == after
    assert token not in str(record)


def test_an_open_door_is_open_from_its_first_to_its_last_instant(
    evening: Evening, clock: ManualClock
) -> None:
    evening.announce(doorsOpenAt=NOON, endsAt=NOON + timedelta(seconds=1))
    token = evening.issue("r1", 5).token
    assert by_token(evening.database, token).used_count == 1
    clock.instant = NOON + timedelta(seconds=1, microseconds=-1)
    assert by_token(evening.database, token, "scan-2").used_count == 2
    clock.instant = NOON + timedelta(seconds=1)
    late = refusal_of(lambda: by_token(evening.database, token, "scan-3"))
    assert isinstance(late, errors.OutsideWindow)


@pytest.mark.parametrize(
    ("quantities", "change", "kind", "data"),
    [
        ([], {}, errors.TicketNotFound, {}),
        ([2, 2], {}, errors.NoneRemaining, {"remaining": 2}),
        ([5], {"active": False}, errors.TicketInactive, {}),
        ([5], {"closed": "transferred", "active": False}, errors.TicketTransferred, {}),
        (
            [3],
            {"usedCount": 3, "active": False},
            errors.AlreadyUsed,
            {"usedAt": None, "gate": None},
        ),
    ],
)
def test_a_guest_who_does_not_get_in(
    quantities: list[int],
    change: dict[str, Any],
    kind: type[ScanDenied],
    data: dict[str, Any],
    evening: Evening,
) -> None:
    for n, quantity in enumerate(quantities):
        evening.issue(f"r{n}", quantity, user_id=ADA)
    if change:
        evening.write(f"events/{EVENT}/ragers/r0", change)
    denial = refusal_of(lambda: by_user(evening.database, ADA, count=3))
    assert type(denial) is kind
    assert denial.data == {**data, "scanId": "scan-1", "replayed": False}
    assert recorded(evening)["userId"] == ADA


def test_the_same_scan_again_returns_the_first_verdict(
    evening: Evening, clock: ManualClock, documents: Documents
) -> None:
    batch = evening.issue("r1", 3, user_id=ADA)
    first = by_token(evening.database, batch.token)
    by_token(evening.database, batch.token, "scan-2")
    clock.advance(hours=1)
    before = documents()
    again = by_token(evening.database, batch.token)
    assert again == msgspec.structs.replace(first, replayed=True)
    assert documents() == before


def test_a_verdict_stands_though_the_event_is_over_and_the_ticket_dead(evening: Evening) -> None:
    batch = evening.issue("r1", 3)
    first = by_token(evening.database, batch.token)
    evening.announce(active=False)
    evening.reissue("r1")
    again = by_token(evening.database, batch.token)
    assert again == msgspec.structs.replace(first, replayed=True)


@pytest.mark.parametrize(
    "changes", [{"count": 2}, {"gate": "south"}, {"event_id": EVENT}, {"token": "x" * 22}]
)
def test_another_scan_under_the_same_id_is_refused(
    changes: dict[str, Any], evening: Evening, documents: Documents
) -> None:
    batch = evening.issue("r1", 3)
    request = ScanTicket(token=batch.token, scan_id="scan-1", gate="north")
    scan(evening.database, request)
    before = documents()
    other = msgspec.structs.replace(request, **{"event_id": EVENT, **changes})
    assert isinstance(
        refusal_of(lambda: scan(evening.database, other)), errors.IdempotencyKeyReused
    )
    assert documents() == before


def test_a_default_that_is_sent_is_the_same_input(evening: Evening) -> None:
    batch = evening.issue("r1", 3)
    sent: dict[str, Any] = {"token": batch.token, "scanId": "scan-1"}
    scan(evening.database, msgspec.convert(sent, ScanTicket))
    again = scan(evening.database, msgspec.convert({**sent, "count": 1}, ScanTicket))
    assert again.replayed


def test_a_scan_may_insist_on_what_a_preview_showed(evening: Evening) -> None:
    batch = evening.issue("r1", 3, user_id=ADA)
    version = summary(evening)["version"]
    assert by_user(evening.database, ADA, version=version).used_count == 1
    outdated = refusal_of(lambda: by_user(evening.database, ADA, "scan-2", version=version))
    assert isinstance(outdated, errors.PreviewOutdated)
    assert outdated.data == {"version": version + 1}
    request = ScanTicket(token=batch.token, scan_id="scan-2", expected_version=version)
    assert isinstance(refusal_of(lambda: scan(evening.database, request)), errors.PreviewOutdated)
    assert evening.document("scans/scan-2") is None
    assert by_user(evening.database, ADA, version=version).replayed


# Tokens that nobody knows, at no event's door.


def test_a_stray_scan_by_a_server_goes_to_the_audit_log(
    evening: Evening, documents: Documents
) -> None:
    before = documents()

    def attempt() -> object:
        return by_token(evening.database, "no-such-token-anywhere", caller=SERVER)

    first, again = refusal_of(attempt), refusal_of(attempt)
    assert isinstance(first, errors.TicketNotFound)
    assert first.data == {"scanId": "scan-1", "replayed": False}
    assert isinstance(again, errors.TicketNotFound)
    assert again.data == {"scanId": "scan-1", "replayed": True}
    [(path, record)] = [item for item in documents().items() if item[0] not in before]
    assert path.startswith("auditLog/")
    assert record["kind"] == {"stringValue": "scan_denied"}
    assert record["reason"] == {"stringValue": "ticket_not_found"}
    assert "no-such-token-anywhere" not in str(record)
    other = refusal_of(lambda: by_token(evening.database, "another-token-of-nobody", caller=SERVER))
    assert isinstance(other, errors.IdempotencyKeyReused)


def test_a_forgery_that_names_no_event_is_audited_as_one(
    evening: Evening, documents: Documents
) -> None:
    denial = refusal_of(lambda: by_token(evening.database, "https://evil.example/"))
    assert isinstance(denial, errors.CodeForged)
    [record] = [fields for path, fields in documents().items() if path.startswith("auditLog/")]
    assert record["staffId"] == {"stringValue": "steward"}


def test_a_stranger_writes_nothing(evening: Evening, documents: Documents) -> None:
    before = documents()
    denial = refusal_of(
        lambda: by_token(evening.database, "no-such-token-anywhere", caller=access.user("eve", {}))
    )
    assert isinstance(denial, errors.TicketNotFound)
    assert documents() == before


def test_a_signed_code_names_its_door_though_its_token_is_gone(evening: Evening) -> None:
    code = CODES.sign("a-token-that-was-deleted", EVENT, 1)
    assert isinstance(refusal_of(lambda: by_token(evening.database, code)), errors.TicketNotFound)
    assert recorded(evening)["reason"] == "ticket_not_found"


def test_the_ticket_of_another_event_tells_nothing_of_its_guest(evening: Evening) -> None:
    token = _of_another_event(evening)
    refusal_of(lambda: by_token(evening.database, token, event_id=EVENT))
    record = recorded(evening)
    assert (record["userId"], record["ragerId"]) == (None, None)


# Who may scan.


@pytest.mark.parametrize("way", ["token", "guest"])
def test_only_the_events_staff_scans(way: str, evening: Evening, documents: Documents) -> None:
    batch = evening.issue("r1", 3, user_id=ADA)
    of_another = access.user("olga", {"staff": ["other"]})
    evening.write("eventStaff/other/members/olga", {"role": "supervisor"})
    before = documents()

    def attempt() -> object:
        if way == "token":
            return by_token(evening.database, batch.token, caller=of_another)
        return by_user(evening.database, ADA, caller=of_another)

    assert isinstance(refusal_of(attempt), errors.NotStaff)
    assert documents() == before
    evening.write(f"eventStaff/{EVENT}/members/olga", {"role": "staff"})
    attempt()
    evening.write(f"eventStaff/{EVENT}/members/olga", {"role": "former"})
    assert isinstance(refusal_of(attempt), errors.NotStaff)


def test_a_server_and_an_administrator_scan(evening: Evening) -> None:
    batch = evening.issue("r1", 3, user_id=ADA)
    by_token(evening.database, batch.token, caller=SERVER)
    assert recorded(evening)["staffId"] == "server"
    evening.write("adminUsers/root", {})
    by_user(evening.database, ADA, "scan-2", caller=access.user("root", {}))
    assert recorded(evening, "scan-2")["staffId"] == "root"


def test_an_event_that_is_none_records_nothing(evening: Evening, documents: Documents) -> None:
    before = documents()
    anywhere = access.user("steward", {"staff": True})
    missing = refusal_of(
        lambda: by_user(evening.database, ADA, event_id="no-such", caller=anywhere)
    )
    assert isinstance(missing, errors.EventNotFound)
    assert documents() == before


@pytest.mark.parametrize(
    ("fields", "kind", "field"),
    [
        ({}, errors.MissingField, "token"),
        ({"event_id": EVENT}, errors.MissingField, "token"),
        ({"user_id": ADA}, errors.MissingField, "eventId"),
        ({"user_id": ADA, "token": "x" * 22, "event_id": EVENT}, errors.InvalidField, "userId"),
    ],
)
def test_a_scan_names_a_token_or_a_guest(
    fields: dict[str, str], kind: type[Refusal], field: str, database: Database
) -> None:
    request = ScanTicket(scan_id="scan-1", **fields)  # type: ignore[arg-type]  # of the table
    refused = refusal_of(lambda: scan(database, request, STEWARD))
    assert type(refused) is kind
    assert refused.data == {"field": field}


def test_every_verdict_is_logged_without_token_or_guest(
    evening: Evening, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = evening.issue("r1", 1, user_id=ADA)
    by_token(evening.database, batch.code)
    refusal_of(lambda: by_token(evening.database, batch.code, "scan-2"))
    output = capsys.readouterr().out
    lines = [json.loads(line) for line in output.splitlines()]
    shown = [(line["message"], line["result"], line["reason"], line["gate"]) for line in lines]
    assert shown == [
        ("ticket scanned", "admitted", None, "north"),
        ("ticket scanned", "denied", "already_used", "north"),
    ]
    assert {line["eventId"] for line in lines} == {EVENT}
    assert batch.token not in output
    assert ADA not in output
