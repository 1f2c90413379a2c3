"""Uploads of which a part fails, or all: what is recorded is told, the rest comes again."""

from collections.abc import Sequence

import pytest

from firetill.database import Conflict, Database, Store, Version, Write
from firetill.door import offline
from firetill.errors import Contention
from tests.evening import EVENT, Evening
from tests.factories import ManualClock
from tests.faults import UNAVAILABLE, FaultyStore
from tests.integration.door.offline_scans import offline_scan


class _Stubborn:
    """A store in which nobody can change one batch."""

    def __init__(self, store: Store, rager_id: str) -> None:
        self._store = store
        self._path = f"events/{EVENT}/ragers/{rager_id}"
        self.read = store.read
        self.query = store.query

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        if any(write.path == self._path for write in writes):
            raise Conflict(self._path)
        return self._store.commit(writes, seconds=seconds)


def test_one_scan_that_fails_takes_no_other_with_it(
    evening: Evening, store: Store, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    batches = [evening.issue(f"r{number}") for number in range(4)]
    evening.write(f"ticketTokens/{batches[2].token}", {"eventId": 7})
    scans = [offline_scan(f"s{number}", batch.code) for number, batch in enumerate(batches)]
    stubborn = Database(_Stubborn(store, "r1"), clock, sleep=lambda _: None)
    results = evening.upload(*scans, database=stubborn)
    assert [one.status for one in results] == ["recorded", "retry", "retry", "recorded"]
    assert "scan not recorded" in capsys.readouterr().out
    evening.write(f"ticketTokens/{batches[2].token}", {"eventId": EVENT})
    again = evening.upload(*scans)
    assert [one.status for one in again] == ["replayed", "recorded", "recorded", "replayed"]


def test_when_the_time_is_up_the_rest_is_to_come_again(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline, "BUDGET_SECONDS", 0.0)
    [result] = evening.upload(offline_scan("s1", evening.issue("r1").code))
    assert result.status == "retry"
    assert evening.document("scans/s1") is None


def test_without_firestore_nothing_is_answered(
    evening: Evening, store: Store, clock: ManualClock
) -> None:
    silent = Database(FaultyStore(store, lambda _: UNAVAILABLE), clock, sleep=lambda _: None)
    with pytest.raises(Contention):
        evening.upload(offline_scan("s1", "code"), database=silent)
