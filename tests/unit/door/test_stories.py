"""Random evenings: tickets come, guests go in and out, scans are undone, money goes back.

The books stay right throughout.
"""

from collections import Counter
from typing import Any

import hypothesis.strategies as st
import msgspec
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from firetill import access, errors
from firetill.database import Database
from firetill.door import rules, service, undoing
from firetill.door.model import Admission, Direction, PreviewScan, Scan, ScanTicket, UndoScan
from firetill.errors import Refusal
from firetill.tickets import batches
from firetill.tickets.model import Batch, Summary
from tests.evening import CODES, EVENT, STEWARD, Evening
from tests.factories import ManualClock
from tests.simulation.memory_store import MemoryStore

SUPERVISOR = access.user("supervisor", {"supervisor": [EVENT]})
GUESTS = ("ada", "bob")

guests = st.sampled_from(GUESTS)
numbers = st.integers(0, 9)
counts = st.integers(1, 3)
directions: st.SearchStrategy[Direction] = st.sampled_from(["in", "in", "out"])


class Story(RuleBasedStateMachine):
    """One evening; after each step every batch, summary and scan must agree."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.clock = ManualClock()
        self.evening = Evening(Database(self.store, self.clock))
        self.issued: list[Batch] = []
        self.answers: dict[str, Admission | Refusal] = {}
        self.requests: dict[str, ScanTicket] = {}
        self.reentry = False

    @initialize(reentry=st.booleans())
    def open(self, reentry: bool) -> None:
        self.reentry = reentry
        self.evening.announce(reentry=reentry)

    @rule(guest=guests, quantity=st.integers(1, 4))
    def issue(self, guest: str, quantity: int) -> None:
        self.clock.advance(seconds=1)
        rager_id = f"r{len(self.issued)}"
        self.issued.append(self.evening.issue(rager_id, quantity, user_id=guest))

    @rule(number=numbers, count=counts, full=st.booleans(), direction=directions)
    def scan_by_token(self, number: int, count: int, full: bool, direction: Direction) -> None:
        if not self.issued:
            return
        issued = self.issued[number % len(self.issued)]
        before = self.evening.batch(issued.rager_id)
        token = issued.code if full else issued.token
        answer = self._scan(token=token, count=count, direction=direction)
        if direction == "out":
            assert isinstance(answer, Admission) is (before.inside >= count)
        elif isinstance(answer, Admission):
            returning = before.returning if self.reentry else 0
            assert answer.readmitted == min(count, returning)

    @rule(guest=guests, count=counts)
    def scan_by_guest(self, guest: str, count: int) -> None:
        held = [one for one in self._batches() if one.user_id == guest]
        expected = rules.candidate(held, count, reentry=self.reentry)
        answer = self._scan(user_id=guest, event_id=EVENT, count=count)
        assert isinstance(answer, Admission) is (expected is not None)
        if isinstance(answer, Admission):
            assert expected is not None
            assert answer.rager_id == expected.rager_id

    @rule(guest=guests, count=counts)
    def leave_by_guest(self, guest: str, count: int) -> None:
        most = max((one.inside for one in self._batches() if one.user_id == guest), default=0)
        answer = self._scan(user_id=guest, event_id=EVENT, count=count, direction="out")
        assert isinstance(answer, Admission) is (most >= count)

    @rule(number=numbers)
    def scan_again(self, number: int) -> None:
        if not self.answers:
            return
        scan_id = list(self.answers)[number % len(self.answers)]
        before = self.store.everything()
        again, first = self._ask(self.requests[scan_id]), self.answers[scan_id]
        assert self.store.everything() == before
        if isinstance(first, Admission):
            assert again == msgspec.structs.replace(first, replayed=True)
        else:
            assert isinstance(again, Refusal)
            assert again.details() == {**first.details(), "replayed": True}

    @rule(number=numbers)
    def undo(self, number: int) -> None:
        if not self.answers:
            return
        scan_id = list(self.answers)[number % len(self.answers)]
        request = UndoScan(scan_id=scan_id, reason="why not", event_id=EVENT)
        try:
            undoing.undo(self.evening.database, SUPERVISOR, request)
        except (errors.ScanNotAdmitted, errors.TicketRefunded):
            return

    @rule(number=numbers, units=st.integers(1, 4))
    def refund(self, number: int, units: int) -> None:
        if not self.issued:
            return
        rager_id = self.issued[number % len(self.issued)].rager_id
        batch = self.evening.batch(rager_id)
        bought = batch.ticket_quantity + batch.voided_units
        due = min(bought, max(units, batch.refunded_units))
        self.evening.database.run_transaction(lambda tx: batches.buy_back(tx, EVENT, rager_id, due))

    @rule(number=numbers)
    def new_code(self, number: int) -> None:
        if self.issued:
            self.evening.reissue(self.issued[number % len(self.issued)].rager_id)

    @invariant()
    def scans_explain_every_used_ticket(self) -> None:
        used, out, undone = Counter[str](), Counter[str](), set[str]()
        for scan in self._of("scans", Scan):
            admitted, left = scan.result == "admitted", scan.result == "left"
            assert scan.counted + scan.readmitted == (scan.count if admitted else 0)
            assert scan.left == (scan.count if left else 0)
            if scan.rager_id is None:
                continue
            if scan.undone_at is not None:
                undone.add(scan.rager_id)
                continue
            used[scan.rager_id] += scan.counted
            out[scan.rager_id] += scan.left - scan.readmitted
        for batch in self._batches():
            assert batch.used_count == used[batch.rager_id]
            assert batch.outside + batch.adrift == out[batch.rager_id]
            assert batch.adrift == 0 or batch.rager_id in undone
            assert 0 <= batch.outside <= batch.used_count <= batch.ticket_quantity
            assert batch.active == (batch.remaining > 0)

    @invariant()
    def summaries_are_the_sums_of_batches(self) -> None:
        for guest in GUESTS:
            held = [one for one in self._batches() if one.user_id == guest]
            found = self.store.everything().get(f"eventUsers/{EVENT}/users/{guest}")
            summary = msgspec.convert(found, Summary) if found else None
            assert (summary is None) is (held == [])
            if summary is not None:
                assert summary.total_tickets == sum(one.ticket_quantity for one in held)
                assert summary.used_count == sum(one.used_count for one in held)
                named, live = summary.rager_ids, {one.rager_id for one in held if one.remaining}
                assert live <= set(named) <= {one.rager_id for one in held}
                assert len(named) == len(set(named))
            shown = service.preview(
                self.evening.database, STEWARD, PreviewScan(user_id=guest, event_id=EVENT)
            )
            assert shown.remaining_total == sum(one.remaining for one in held)

    def _scan(self, **fields: Any) -> Admission | Refusal:
        scan_id = f"scan-{len(self.answers)}"
        self.clock.advance(seconds=1)
        self.requests[scan_id] = ScanTicket(scan_id=scan_id, gate="north", **fields)
        self.answers[scan_id] = self._ask(self.requests[scan_id])
        return self.answers[scan_id]

    def _ask(self, request: ScanTicket) -> Admission | Refusal:
        try:
            return service.scan(self.evening.database, CODES, STEWARD, request)
        except Refusal as refusal:
            return refusal

    def _batches(self) -> list[Batch]:
        found = self._of("ragers", Batch)
        return sorted(found, key=lambda one: int(one.rager_id[1:]))

    def _of(self, collection: str, kind: Any) -> list[Any]:
        return [
            msgspec.convert(fields, kind)
            for path, fields in self.store.everything().items()
            if path.startswith(f"events/{EVENT}/{collection}/")
        ]


TestStories = Story.TestCase
TestStories.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
