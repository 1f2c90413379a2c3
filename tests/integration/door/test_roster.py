"""The roster: all of it once, then what changed, and nothing skipped whatever lands when."""

import contextlib
import threading
from datetime import timedelta
from functools import partial

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firetill import access
from firetill.access import Caller
from firetill.database import Database, Store, Write
from firetill.door import roster, roster_rules
from firetill.door.roster_model import GetRoster
from firetill.errors import EventNotFound, InvalidField, NotStaff
from firetill.tickets.codes import token_hash
from firetill.wire import fields_of
from tests.costs import documented
from tests.evening import CODES, EVENT, STEWARD, Device, Evening
from tests.factories import NOON, ManualClock, at_once
from tests.integration.pledges.meetings import InterruptedOnce
from tests.metering import Meter

NOBODY = access.user("ada", {})


@pytest.fixture
def knows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many a device knows of in the end: none in the negative control, without the wait."""
    settling, known = request.param
    monkeypatch.setattr(roster_rules, "SETTLING", settling)
    return int(known)


LATE = pytest.mark.parametrize(
    "knows",
    [(roster_rules.SETTLING, 1), (timedelta(0), 0)],
    ids=["held", "control"],
    indirect=True,
)


def test_an_entry_tells_what_a_device_needs_and_no_more(
    evening: Evening, clock: ManualClock
) -> None:
    first = evening.issue("r1", 3, user_id="ada")
    evening.admit("r1")
    clock.advance(seconds=1)
    batch = evening.reissue("r1")
    page = evening.page()
    assert msgspec.to_builtins(page.entries[0]) == {
        "ragerId": "r1",
        "tokenHash": token_hash(batch.token),
        "version": 2,
        "ticketQuantity": 3,
        "usedCount": 1,
        "remaining": 2,
        "outside": 0,
        "active": True,
        "closed": None,
        "previousTokenHashes": [token_hash(first.token)],
        "lastScan": {"at": "2026-02-07T12:00:00Z", "gate": "north"},
        "updatedAt": "2026-02-07T12:00:01Z",
    }
    told = msgspec.json.encode(page).decode()
    for secret in (first.token, batch.token, batch.code, "ada"):
        assert secret not in told


def test_a_page_tells_of_the_event_and_the_keys(evening: Evening) -> None:
    opens = NOON + timedelta(hours=7)
    evening.announce(doorsOpenAt=opens, offlineAllowed=False)
    page = evening.page()
    assert page.public_keys == CODES.public_keys
    assert page.server_time == NOON
    assert page.event.name == "Gala"
    assert page.event.doors_open_at == opens
    assert page.event.offline_allowed is False
    assert (page.entries, page.more) == ([], False)


def test_only_staff_of_the_event_gets_it(evening: Evening) -> None:
    evening.write("eventStaff/gala/members/bob", {"role": "staff"})
    evening.write("eventStaff/opera/members/eve", {"role": "supervisor"})

    def ask(caller: Caller) -> None:
        roster.roster(evening.database, CODES, caller, GetRoster(event_id=EVENT))

    ask(access.user("bob", {}))
    ask(access.user("root", {"admin": True}))
    for stranger in (NOBODY, access.user("eve", {"staff": ["opera"]})):
        with pytest.raises(NotStaff):
            ask(stranger)


def test_an_event_that_is_none(evening: Evening) -> None:
    request = GetRoster(event_id="opera")
    with pytest.raises(EventNotFound):
        roster.roster(evening.database, CODES, access.user("root", {"admin": True}), request)
    with pytest.raises(NotStaff):
        roster.roster(evening.database, CODES, NOBODY, request)


def test_later_only_what_changed(evening: Evening, clock: ManualClock) -> None:
    for number in range(5):
        evening.issue(f"r{number}")
    clock.advance(minutes=1)
    device = Device(evening)
    device.catch_up()
    assert device.heard == 5
    device.catch_up()
    assert device.heard == 5
    evening.admit("r3")
    device.catch_up()
    assert device.heard == 6
    assert device.used() == {"r0": 0, "r1": 0, "r2": 0, "r3": 1, "r4": 0}
    device.catch_up()
    assert device.heard == 7, "what is younger than 30 s is told again"
    clock.advance(minutes=1)
    device.catch_up()
    device.catch_up()
    assert device.heard == 8


def test_many_changes_of_one_instant_are_paged(evening: Evening) -> None:
    for number in range(7):
        evening.issue(f"r{number}")
    device = Device(evening, limit=2)
    device.catch_up()
    assert sorted(device.known) == [f"r{number}" for number in range(7)]
    assert device.heard == 7


def test_a_broken_batch_hides_no_other(
    evening: Evening, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        evening.issue(f"r{number}")
    evening.write(f"events/{EVENT}/ragers/r1", {"usedCount": "many"})
    device = Device(evening, limit=1)
    device.catch_up()
    assert sorted(device.known) == ["r0", "r2"]
    assert "batch unreadable" in capsys.readouterr().out


@LATE
def test_a_commit_that_lands_late_is_not_skipped(
    evening: Evening, store: Store, clock: ManualClock, knows: int
) -> None:
    """A scan is stamped, then held up while others are stamped later and a device reads them."""
    evening.issue("late")
    evening.issue("swift")
    clock.advance(minutes=5)
    device = Device(evening)
    device.catch_up()

    def meanwhile() -> None:
        clock.advance(seconds=20)
        evening.admit("swift")
        clock.advance(seconds=5)
        device.catch_up()

    stamped = Database(InterruptedOnce(store, meanwhile), clock)
    evening.admit("late", stamped)
    assert evening.batch("late").updated_at < evening.batch("swift").updated_at
    assert device.used() == {"late": 0, "swift": 1}
    for _ in range(3):
        clock.advance(minutes=1)
        device.catch_up()
    assert device.used() == {"late": knows, "swift": 1}


@LATE
def test_a_commit_that_lands_behind_a_slow_download_is_not_skipped(
    evening: Evening, store: Store, clock: ManualClock, knows: int
) -> None:
    """The device reads on past the last instants, and takes minutes from page to page."""
    for number in range(4):
        evening.issue(f"r{number}")
    evening.issue("late")
    clock.advance(minutes=5)
    device = Device(evening, limit=2)

    def meanwhile() -> None:
        for number in range(4):
            clock.advance(seconds=2)
            evening.admit(f"r{number}")
        device.step()  # `late` as it was, and r0
        device.step()
        assert device.used() == {"late": 0, "r0": 1, "r1": 1, "r2": 1}

    evening.admit("late", Database(InterruptedOnce(store, meanwhile), clock))
    for _ in range(3):
        clock.advance(minutes=2)
        device.catch_up()
    assert device.used() == {"late": knows, **{f"r{number}": 1 for number in range(4)}}


MANY = 10_000


def test_a_first_download_of_ten_thousand_while_scans_go_on(store: Store) -> None:
    clock = ManualClock(step=timedelta(milliseconds=1))
    evening = Evening(Database(store, clock))
    evening.announce()
    sample = evening.issue("sample")
    ids = [f"{number:05}" for number in range(MANY)]
    for start in range(0, MANY, 500):
        writes = [
            Write(
                f"events/{EVENT}/ragers/{rager_id}",
                "put",
                fields_of(
                    msgspec.structs.replace(
                        sample, rager_id=rager_id, user_id=f"guest-{rager_id}", token=rager_id * 5
                    )
                ),
            )
            for rager_id in ids[start : start + 500]
        ]
        store.commit(writes, seconds=30)
        summaries = [
            Write(
                f"eventUsers/{EVENT}/users/guest-{rager_id}",
                "put",
                {
                    "eventId": EVENT,
                    "userId": f"guest-{rager_id}",
                    "totalTickets": 1,
                    "ragerIds": [rager_id],
                },
            )
            for rager_id in ids[start : start + 500]
        ]
        store.commit(summaries, seconds=30)
    clock.advance(hours=1)

    device = Device(evening, limit=500)
    guests = iter(ids[:: MANY // 100])
    scanned: list[str] = []
    stop = threading.Event()

    def scan() -> None:
        for rager_id in guests:
            if stop.is_set():
                return
            evening.admit(rager_id)
            scanned.append(rager_id)

    def download() -> None:
        device.catch_up()
        stop.set()

    assert at_once([scan, download]) == [None, None]
    assert device.known.keys() == {*ids, "sample"}
    assert device.heard <= MANY + 1 + len(scanned), "no page was read twice"
    device.catch_up()
    assert [rager_id for rager_id in scanned if device.used()[rager_id] != 1] == []
    assert len(scanned) > 5, "nothing happened meanwhile"


@given(cursor=st.text(st.characters(codec="utf-8"), max_size=80), forge=st.booleans())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_forged_cursor_is_refused_or_harmless(evening: Evening, cursor: str, forge: bool) -> None:
    """Also one that is ours in form, with whatever in it: Firestore sees it as a batch's id."""
    if forge:
        cursor = roster_rules.written(
            roster_rules.Cursor(EVENT, roster_rules.Mark(1, cursor or None))
        )
    with contextlib.suppress(InvalidField):
        assert evening.page(cursor).entries == []


def test_ten_devices_at_once_hear_the_same(evening: Evening) -> None:
    for number in range(20):
        evening.issue(f"r{number}")
    devices = [Device(evening, limit=3) for _ in range(10)]
    assert at_once([device.catch_up for device in devices]) == [None] * 10
    assert all(device.known == devices[0].known for device in devices)


def test_cost(evening: Evening, metered: Meter) -> None:
    for number in range(100):
        evening.issue(f"r{number}")
    ask = partial(
        roster.roster, evening.database, CODES, STEWARD, GetRoster(event_id=EVENT, limit=100)
    )
    with metered.measure() as used:
        assert len(ask().entries) == 100
    assert used == documented("roster, a page of 100 batches")
