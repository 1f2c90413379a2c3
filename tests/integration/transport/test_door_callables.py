"""The door's callables as they are deployed, and what hostile callers try at them."""

import base64
import json
import time
from typing import Any

import pytest

from firetill import runtime
from firetill.database import Database, Transaction
from firetill.door.endpoints import previewScan, scanTicket, undoScan
from tests.evening import EVENT, Evening
from tests.unit.transport.doors import Caller, error_of

pytestmark = pytest.mark.usefixtures("firebase_process")

INT64 = "type.googleapis.com/google.protobuf.Int64Value"
MIA = "mia"
KEY = base64.b64encode(bytes(range(32))).decode()  # the evening's own


@pytest.fixture
def evening(firebase_process: str, monkeypatch: pytest.MonkeyPatch) -> Evening:  # noqa: ARG001 - it must be there first
    """The evening in the functions' own process; Mia is its staff."""
    monkeypatch.setenv("TICKET_SIGNING_KEYS", KEY)
    database: Database = runtime.database()
    evening = Evening(database)
    evening.announce()
    evening.write(f"eventStaff/{EVENT}/members/{MIA}", {"role": "staff"})
    evening.write(f"eventStaff/{EVENT}/members/max", {"role": "supervisor"})
    return evening


def result(door: Any, data: dict[str, Any], user_id: str = MIA) -> dict[str, Any]:
    response = Caller(door).call(data, user_id=user_id)
    assert response.status_code == 200, response.get_data(as_text=True)
    answer: dict[str, Any] = json.loads(response.get_data())["result"]
    return answer


def refused(door: Any, data: Any, user_id: str | None = MIA) -> dict[str, Any]:
    details: dict[str, Any] = error_of(Caller(door).call(data, user_id=user_id))["details"]
    return details


def test_an_evening_over_the_wire(evening: Evening) -> None:
    batch = evening.issue("r1", 3, user_id="ada")
    shown = result(previewScan, {"userId": "ada", "eventId": EVENT})
    assert shown["nextCandidate"] == "r1"
    assert shown["items"][0]["purchaseDate"].endswith("Z")
    sent = {
        "token": batch.code,
        "scanId": "s1",
        "count": {"@type": INT64, "value": "2"},
        "expectedVersion": shown["version"],
    }
    admitted = result(scanTicket, sent)
    assert (admitted["ok"], admitted["usedCount"], admitted["replayed"]) == (True, 2, False)
    assert result(scanTicket, sent) == {**admitted, "replayed": True}
    denied = refused(scanTicket, {"userId": "ada", "eventId": EVENT, "scanId": "s2", "count": 2})
    assert denied == {"reason": "none_remaining", "remaining": 1, "scanId": "s2", "replayed": False}
    assert refused(undoScan, {"scanId": "s1", "reason": "x"})["reason"] == "not_staff"
    undone = result(undoScan, {"scanId": "s1", "reason": "wrong guest"}, "max")
    assert (undone["usedCount"], undone["undoneAt"][-1]) == (0, "Z")


@pytest.mark.parametrize("user_id", ["ada", "eve", f"{MIA}.", "máx", "../mia", None])
def test_nobody_else_scans(user_id: str | None, evening: Evening) -> None:
    batch = evening.issue("r1", 3, user_id="ada")
    ways = (
        (scanTicket, {"token": batch.token, "scanId": "s1"}),
        (scanTicket, {"userId": "ada", "eventId": EVENT, "scanId": "s1"}),
        (previewScan, {"userId": "ada", "eventId": EVENT}),
        (undoScan, {"scanId": "s1", "reason": "x", "eventId": EVENT}),
    )
    outsider = user_id is None or "/" in user_id
    expected = "sign_in_required" if outsider else "not_staff"
    for door, data in ways:
        assert refused(door, data, user_id)["reason"] == expected
    assert evening.document("scans/s1") is None
    assert evening.batch("r1").used_count == 0


def test_whoever_was_staff_is_not(evening: Evening) -> None:
    batch = evening.issue("r1", 3)
    result(scanTicket, {"token": batch.token, "scanId": "s1"})
    member = f"eventStaff/{EVENT}/members/{MIA}"

    def dismiss(tx: Transaction) -> None:
        tx.get(member)
        tx.delete(member)

    evening.database.run_transaction(dismiss)
    for scan_id in ("s1", "s2"):
        sent = {"token": batch.token, "scanId": scan_id}
        assert refused(scanTicket, sent)["reason"] == "not_staff"


SURROGATE = "\ud800"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"token": "x" * 1_000_000}, "data"),
        ({"token": "x" * 401}, "token"),
        ({"token": ""}, "token"),
        ({"token": SURROGATE}, "token"),
        ({"token": 7}, "token"),
        ({"scanId": "a/b"}, "scanId"),
        ({"scanId": "../x"}, "scanId"),
        ({"scanId": "__x__"}, "scanId"),
        ({"scanId": "x" * 129}, "scanId"),
        ({"scanId": "ünïcode"}, "scanId"),
        ({"scanId": "a\n"}, "scanId"),
        ({"eventId": "gala/ragers/r1"}, "eventId"),
        ({"eventId": ""}, "eventId"),
        ({"gate": ""}, "gate"),
        ({"gate": "x" * 65}, "gate"),
        ({"gate": SURROGATE}, "gate"),
        ({"device": {"$": 1}}, "device"),
        ({"count": 0}, "count"),
        ({"count": 101}, "count"),
        ({"count": True}, "count"),
        ({"count": 1.5}, "count"),
        ({"count": "2"}, "count"),
        ({"count": -1}, "count"),
        ({"expectedVersion": -1}, "expectedVersion"),
        ({"userId": "ada"}, "userId"),
        ({"staffId": "root"}, "staffId"),
        ({"replayed": True}, "replayed"),
        ({"at": "2026-02-07T12:00:00Z"}, "at"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_hostile_fields_are_refused_by_name(
    changes: dict[str, Any], field: str, evening: Evening
) -> None:
    batch = evening.issue("r1", 3)
    sent = {"token": batch.token, "scanId": "s1", **changes}
    assert refused(scanTicket, sent)["field"] == field
    assert evening.batch("r1").used_count == 0


@pytest.mark.parametrize("user_id", ["a/b", ".", "..", "__x__", "", "x" * 129, SURROGATE, None, 7])
def test_a_guest_who_cannot_be_one(user_id: Any, evening: Evening) -> None:  # noqa: ARG001 - Mia's
    scan = refused(scanTicket, {"userId": user_id, "eventId": EVENT, "scanId": "s1"})
    assert scan.get("field") in {"userId", "token"}
    assert refused(previewScan, {"userId": user_id, "eventId": EVENT})["field"] == "userId"


@pytest.mark.parametrize("gate", ["Tor Süd", "北口", "🚪", "'; DROP TABLE", "a\nb", "a\u202eb"])
def test_a_gate_may_have_any_name(gate: str, evening: Evening) -> None:
    batch = evening.issue("r1", 3)
    result(scanTicket, {"token": batch.token, "scanId": "s1", "gate": gate})
    record = evening.document("scans/s1")
    assert record is not None
    assert record["gate"] == gate


def _flipped(code: str, place: int) -> str:
    return code[:place] + ("B" if code[place] == "A" else "A") + code[place + 1 :]


def test_no_letter_of_a_code_can_be_changed(evening: Evening) -> None:
    code = evening.issue("r1", 3).code
    for place in range(0, len(code), 7):
        forged = {"token": _flipped(code, place), "scanId": f"s{place}", "eventId": EVENT}
        assert refused(scanTicket, forged)["reason"] == "code_forged"
    assert evening.batch("r1").used_count == 0


@pytest.mark.parametrize(
    "text",
    [
        "FT1",
        "FT1....",
        "https://ticket.example/?t=1",
        "../../events/gala",
        "events/gala/ragers/r1/and/more",
        "FT1.gala.1.a/b/c/d/e/f/g/h/i/j.x",
        "\u0000" * 22,
        "\uff54\uff4f\uff4b\uff45\uff4e" * 5,
        "a" * 65,
        " " * 22,
    ],
)
def test_what_is_no_code(text: str, evening: Evening) -> None:  # noqa: ARG001 - Mia's
    sent = {"token": text, "scanId": "s1", "eventId": EVENT}
    assert refused(scanTicket, sent)["reason"] == "code_forged"


def test_a_hostile_code_takes_no_time(evening: Evening) -> None:  # noqa: ARG001 - Mia's
    started = time.monotonic()
    for text in ("FT1." + "a" * 396, "-" * 400, "." * 400, "FT1.a.1." + "." * 300):
        sent = {"token": text, "scanId": "s1", "eventId": "other"}
        assert refused(scanTicket, sent)["reason"] == "not_staff"
    assert time.monotonic() - started < 5


def test_the_code_of_another_event(evening: Evening) -> None:
    other = Evening(evening.database, "other")
    other.announce()
    code = other.issue("r1", 3, user_id="ada").code
    denied = refused(scanTicket, {"token": code, "scanId": "s1", "eventId": EVENT})
    assert denied == {"reason": "wrong_event", "scanId": "s1", "replayed": False}
    at_their_own = refused(scanTicket, {"token": code, "scanId": "s1"})
    assert at_their_own == {"reason": "not_staff", "eventId": "other"}
