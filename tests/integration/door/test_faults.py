"""What a scan touches, and what it does when replies get lost."""

import itertools
from collections.abc import Sequence

import msgspec
import pytest

from firetill import access, errors
from firetill.clock import system_clock
from firetill.database import Database, Query, Snapshot, Store, Version, Write
from firetill.door.model import ScanTicket
from tests.evening import EVENT, Evening
from tests.faults import ABORTED, LATE_REPLY, LOST_REPLY, UNAVAILABLE, Fault, FaultyStore, Script
from tests.integration.door.conftest import Documents
from tests.integration.door.gates import by_token, by_user, preview, scan, undo
from tests.integration.door.interruptions import AfterFirstRead

ADA = "ada"
BY_DOCUMENT = access.user("mia", {})


class Overheard:
    """A store that remembers what was committed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.commits: list[list[Write]] = []

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        return self._store.read(paths, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        return self._store.query(query, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        self.commits.append(list(writes))
        return self._store.commit(writes, seconds=seconds)

    def touched(self) -> dict[str, str]:
        """Each document of the one commit, and what became of it."""
        [writes] = self.commits
        return {write.path: write.kind for write in writes}


@pytest.fixture
def overheard(store: Store) -> Overheard:
    return Overheard(store)


@pytest.fixture
def listening(overheard: Overheard) -> Database:
    return Database(overheard, system_clock)


@pytest.mark.parametrize("way", ["token", "guest"])
def test_a_scan_touches_nothing_that_other_guests_scans_touch(
    way: str, evening: Evening, overheard: Overheard, listening: Database
) -> None:
    """Neither the event nor the roles, not even by a check; only its own record and guest."""
    evening.write(f"eventStaff/{EVENT}/members/mia", {"role": "staff"})
    first, second = (evening.issue(f"r{n}", 4 + n, user_id=ADA) for n in range(2))
    assert first.rager_id == "r0"
    if way == "token":
        by_token(listening, second.token, caller=BY_DOCUMENT)
    else:
        by_user(listening, ADA, caller=BY_DOCUMENT)
    assert overheard.touched() == {
        f"events/{EVENT}/ragers/r1": "put",
        f"eventUsers/{EVENT}/users/{ADA}": "put",
        f"events/{EVENT}/scans/scan-1": "put",
    }
    [writes] = overheard.commits
    assert all(write.version is not None or write.exists is False for write in writes)


def test_a_denial_touches_its_record_and_insists_on_the_guest_alone(
    evening: Evening, overheard: Overheard, listening: Database
) -> None:
    batch = evening.issue("r1", user_id=ADA)
    with pytest.raises(errors.NoneRemaining):
        by_token(listening, batch.token, count=2)
    assert overheard.touched() == {f"events/{EVENT}/scans/scan-1": "put"}
    overheard.commits.clear()
    with pytest.raises(errors.NoneRemaining):
        by_user(listening, ADA, "scan-2", count=2)
    assert overheard.touched() == {
        f"events/{EVENT}/scans/scan-2": "put",
        f"eventUsers/{EVENT}/users/{ADA}": "check",
    }


def test_an_undoing_insists_on_no_role(
    evening: Evening, overheard: Overheard, listening: Database
) -> None:
    batch = evening.issue("r1", 3, user_id=ADA)
    by_token(evening.database, batch.token)
    evening.write(f"eventStaff/{EVENT}/members/mia", {"role": "supervisor"})
    undo(listening, caller=BY_DOCUMENT)
    [audited] = [path for path in overheard.touched() if path.startswith("auditLog/")]
    assert overheard.touched() == {
        f"events/{EVENT}/ragers/r1": "put",
        f"eventUsers/{EVENT}/users/{ADA}": "put",
        f"events/{EVENT}/scans/scan-1": "put",
        audited: "put",
    }


def test_a_token_that_is_replaced_meanwhile_needs_no_check(store: Store, evening: Evening) -> None:
    """It was revoked for good, so the denial rests on nothing that could change."""
    batch = evening.issue("r1", 3, user_id=ADA)
    replaced = AfterFirstRead(store, lambda: evening.reissue("r1"))
    overheard = Overheard(replaced)
    with pytest.raises(errors.TicketRevoked):
        by_token(Database(overheard, system_clock), batch.token)
    assert overheard.touched() == {f"events/{EVENT}/scans/scan-1": "put"}


def test_looking_and_repeating_commit_nothing(
    evening: Evening, overheard: Overheard, listening: Database
) -> None:
    batch = evening.issue("r1", 3, user_id=ADA)
    by_token(evening.database, batch.token)
    undo(evening.database)
    preview(listening, ADA)
    by_token(listening, batch.token)
    undo(listening)
    with pytest.raises(errors.IdempotencyKeyReused):
        by_user(listening, ADA)
    assert overheard.commits == []


FAULTS: list[Fault] = [ABORTED, UNAVAILABLE, LOST_REPLY, LATE_REPLY]


def broken(store: Store, *faults: Fault | None) -> Database:
    return Database(FaultyStore(store, Script(commit=faults)), system_clock)


@pytest.mark.parametrize("faults", list(itertools.product(FAULTS, repeat=2)), ids=str)
def test_an_admission_whose_reply_got_lost_is_made_once(
    faults: tuple[Fault, ...], store: Store, evening: Evening
) -> None:
    batch = evening.issue("r1", 5, user_id=ADA)
    answer = by_token(broken(store, *faults), batch.token)
    assert (answer.used_count, answer.remaining_total) == (1, 4)
    after = evening.batch("r1")
    assert after.used_count == 1
    again = by_token(evening.database, batch.token)
    assert again == msgspec.structs.replace(answer, replayed=True)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_denial_whose_reply_got_lost_is_the_same_denial(
    fault: Fault, store: Store, evening: Evening
) -> None:
    batch = evening.issue("r1", user_id=ADA)
    with pytest.raises(errors.NoneRemaining) as raised:
        by_token(broken(store, fault), batch.token, count=2)
    assert raised.value.data["remaining"] == 1


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_an_undoing_whose_reply_got_lost_is_made_once(
    fault: Fault, store: Store, evening: Evening, documents: Documents
) -> None:
    batch = evening.issue("r1", 5, user_id=ADA)
    by_token(evening.database, batch.token, count=2)
    by_token(evening.database, batch.token, "scan-2")
    assert undo(broken(store, fault)).used_count == 1
    assert evening.batch("r1").used_count == 1
    assert len([path for path in documents() if path.startswith("auditLog/")]) == 1


def test_without_the_record_a_lost_reply_would_burn_a_ticket(
    store: Store, evening: Evening
) -> None:
    """The control: the same ticket shown under two ids is two admissions."""
    batch = evening.issue("r1", 5, user_id=ADA)
    request = ScanTicket(token=batch.token, scan_id="scan-1")
    scan(broken(store, LOST_REPLY), request)
    scan(evening.database, msgspec.structs.replace(request, scan_id="scan-2"))
    assert evening.batch("r1").used_count == 2
