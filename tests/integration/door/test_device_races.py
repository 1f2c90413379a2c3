"""Phones, codes and revocations that meet; each guard has a negative control.

What is promised: a code pairs one phone, a device is a member exactly as long as it is not revoked,
and what begins after a revocation is refused.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from firetill import errors
from firetill.access import member_path
from firetill.clock import system_clock
from firetill.database import Database, Query, Snapshot, Store, Version, Write
from firetill.door.device_model import PairedDevice, ReportedDevice, RevokedDevice
from firetill.errors import Refusal
from tests.evening import EVENT, Evening
from tests.factories import at_once
from tests.integration.door.gates import by_token
from tests.integration.door.phones import PHONE, make_code, pair, phone, redeem, report, revoke
from tests.integration.guards import Guard
from tests.integration.pledges.meetings import (
    PATIENCE_SECONDS,
    InterruptedOnce,
    MeetBeforeCommit,
)

MEMBER = member_path(EVENT, "phone-1")
DEVICE = f"events/{EVENT}/devices/phone-1"


@pytest.fixture
def evening(store: Store) -> Evening:
    evening = Evening(Database(store, system_clock))
    evening.announce()
    return evening


def members(evening: Evening) -> set[str]:
    found = evening.database.query(Query(f"eventStaff/{EVENT}/members", 50))
    return {one.document_id for one in found}


@pytest.mark.parametrize("phones", [2, 8])
def test_one_code_and_several_phones(
    phones: int, store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    code = make_code(evening.database).pairing_code
    meeting = Database(MeetBeforeCommit(guard(store), phones), system_clock)
    told = at_once([partial(redeem, meeting, code, phone(f"phone-{n}")) for n in range(phones)])
    assert all(isinstance(one, PairedDevice | errors.PairingCodeInvalid) for one in told), told
    won = {one.device_id for one in told if isinstance(one, PairedDevice)}
    assert (len(won) == 1) is holds
    assert members(evening) == won


def test_one_phone_sends_its_code_several_times(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    """All calls get the same, and the device was paired once: at one instant."""
    code = make_code(evening.database).pairing_code
    meeting = MeetBeforeCommit(guard(store), 4)
    paired: set[object] = set()
    seen = _Commits(meeting, lambda write: paired.add(write.fields.get("pairedAt")), DEVICE)
    told = at_once([partial(redeem, Database(seen, system_clock), code)] * 4)
    assert len({one for one in told if isinstance(one, PairedDevice)}) == 1
    assert (len(paired) == 1) is holds


def test_a_revocation_meets_a_new_code(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    """It takes away what the phone is by then, and does not bring back what it was."""
    pair(evening.database)
    code = make_code(evening.database, name="Phone 9").pairing_code
    late = InterruptedOnce(guard(store), partial(redeem, evening.database, code))
    [told] = at_once([partial(revoke, Database(late, system_clock))])
    assert isinstance(told, RevokedDevice)
    [device] = evening.database.get(DEVICE)
    assert device.data is not None
    assert device.data["revokedAt"] is not None
    assert (device.data["name"] == "Phone 9") is holds
    assert members(evening) == set()


def test_a_code_that_is_redeemed_while_its_phone_is_revoked(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    """The revocation stands between the reads and the commit of somebody who repeats a call."""
    code = make_code(evening.database).pairing_code
    redeem(evening.database, code)
    late = Database(_RevokedMeanwhile(guard(store), evening), system_clock)
    [told] = at_once([partial(redeem, late, code)])
    assert isinstance(told, errors.PairingCodeInvalid) is holds
    assert members(evening) == set()


def test_a_revocation_and_a_report_meet(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    """A report does not bring back what it has read before."""
    pair(evening.database)
    late = InterruptedOnce(guard(store), partial(revoke, evening.database))
    [told] = at_once([partial(report, Database(late, system_clock))])
    assert isinstance(told, ReportedDevice | errors.NotStaff)
    assert isinstance(told, errors.NotStaff) is holds
    [device] = evening.database.get(DEVICE)
    assert ((device.data or {})["revokedAt"] is not None) is holds


def test_it_is_revoked_once(store: Store, evening: Evening, guard: Guard, holds: bool) -> None:
    pair(evening.database)
    meeting = Database(MeetBeforeCommit(guard(store), 4), system_clock)
    told = at_once([partial(revoke, meeting, reason=f"r{n}") for n in range(4)])
    assert all(isinstance(one, RevokedDevice) for one in told), told
    assert (len({one.reason for one in told if isinstance(one, RevokedDevice)}) == 1) is holds
    assert members(evening) == set()


@pytest.mark.parametrize("remembers", [False, True])
def test_scans_while_the_phone_is_taken_away(
    store: Store, evening: Evening, *, remembers: bool
) -> None:
    """Four threads of one phone scan on; once it is revoked, their next scan is refused.

    The control remembers roles that it has read once, as a cache would.
    """
    pair(evening.database)
    tickets = [evening.issue(f"r{n}").token for n in range(24)]
    doors = Database(_RemembersRoles(store) if remembers else store, system_clock)
    begun, revoked = threading.Barrier(5), threading.Event()

    def scan(number: int) -> str:
        try:
            by_token(doors, tickets[number], f"scan-{number}", caller=PHONE)
        except Refusal as refusal:
            return refusal.reason
        return "admitted"

    def scanner(first: int) -> list[str]:
        verdicts = [scan(first)]
        begun.wait(PATIENCE_SECONDS)
        verdicts += [scan(number) for number in range(first + 4, len(tickets) - 4, 4)]
        assert revoked.wait(PATIENCE_SECONDS)
        return [*verdicts, scan(len(tickets) - 4 + first)]

    def take_away() -> list[str]:
        begun.wait(PATIENCE_SECONDS)
        revoke(evening.database)
        revoked.set()
        return []

    calls: list[Callable[[], list[str]]] = [partial(scanner, first) for first in range(4)]
    *scanners, taken = at_once([*calls, take_away])
    assert taken == []
    told = [verdicts for verdicts in scanners if isinstance(verdicts, list)]
    assert [verdicts[0] for verdicts in told] == ["admitted"] * 4
    assert {verdicts[-1] for verdicts in told} == {"admitted" if remembers else "not_staff"}
    for verdicts in told:
        assert remembers or verdicts == sorted(verdicts), "admitted after it was refused"
    scanned = evening.database.query(Query(f"events/{EVENT}/scans", 50))
    recorded = Counter((one.data or {})["result"] for one in scanned)
    admitted = sum(verdicts.count("admitted") for verdicts in told)
    assert recorded == {"admitted": admitted}


class _Around:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.query = store.query

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        return self._store.read(paths, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        return self._store.commit(writes, seconds=seconds)


class _Commits(_Around):
    """Tells of each commit that writes a document."""

    def __init__(self, store: Store, tell: Callable[[Write], object], path: str) -> None:
        super().__init__(store)
        self._tell, self._path = tell, path

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        versions = super().commit(writes, seconds=seconds)
        for write in writes:
            if write.path == self._path and write.kind == "put":
                self._tell(write)
        return versions


class _RevokedMeanwhile(_Around):
    """Has the phone revoked once it was seen as paired."""

    def __init__(self, store: Store, evening: Evening) -> None:
        super().__init__(store)
        self._evening, self._revoked = evening, False

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        found = super().read(paths, seconds=seconds)
        if DEVICE in paths and not self._revoked:
            self._revoked = True
            revoke(self._evening.database)
        return found


class _RemembersRoles(_Around):
    """Reads each role once."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        [self._member] = store.read([MEMBER], seconds=10)

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        found = super().read(paths, seconds=seconds)
        return [self._member if one.path == MEMBER else one for one in found]
