"""Any history of sales, gifts, ins and outs, undoing and refunds keeps the books right."""

import itertools
from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from firetill.database import Database
from firetill.door.model import Admission
from firetill.errors import Refusal
from firetill.tickets import batches, reconciliation
from firetill.tickets.model import Batch
from firetill.tickets.repository import batch_in, token_in, token_path
from tests.evening import CODES, EVENT, Evening
from tests.factories import ManualClock
from tests.integration.door.gates import by_token, by_user, undo
from tests.integration.tickets.holders import ADA, BOB, CARA, Holders, People
from tests.simulation.memory_store import MemoryStore

GUESTS = (ADA, BOB, CARA)

guests = st.sampled_from(GUESTS)
counts = st.integers(1, 6)


class Histories(RuleBasedStateMachine):
    """What a few guests, doors and refunds do to the tickets of an event, one after another.

    What is refused leaves everything as it was, which the invariants see as well.
    """

    purchases = Bundle("purchases")
    held = Bundle("held")
    scans = Bundle("scans")

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.database = Database(self.store, ManualClock())
        self.evening = Evening(self.database)
        self.holders = Holders(self.evening, People())
        self.names = map("n{}".format, itertools.count())
        self.bought: dict[str, int] = {}
        self.refunded: dict[str, int] = {}
        self.used = 0

    @initialize()
    def announce(self) -> None:
        self.evening.announce(quantity=1_000, initialQuantity=1_000, reentry=True)

    @rule(target=purchases, user_id=guests, quantity=counts)
    def buy(self, user_id: str, quantity: int) -> str:
        rager_id = next(self.names)
        self.evening.issue(rager_id, quantity, user_id=user_id)
        self.bought[rager_id], self.refunded[rager_id] = quantity, 0
        return rager_id

    @rule(target=purchases, user_id=guests, quantity=counts)
    def create_by_hand(self, user_id: str, quantity: int) -> str:
        issued = self.holders.create(user_id, quantity, key=next(self.names))
        self.bought[issued.rager_id], self.refunded[issued.rager_id] = quantity, 0
        return issued.rager_id

    @rule(target=held, rager_id=purchases, to=guests, quantity=counts)
    def pass_on(self, rager_id: str, to: str, quantity: int) -> Any:
        return self._passed_on(rager_id, to, quantity)

    @rule(target=held, rager_id=held, further=st.integers(1, 2), quantity=st.integers(1, 3))
    def pass_on_further(self, rager_id: str, further: int, quantity: int) -> Any:
        holder = GUESTS.index(self.evening.batch(rager_id).user_id)
        return self._passed_on(rager_id, GUESTS[(holder + further) % 3], quantity)

    @rule(target=scans, rager_id=st.one_of(purchases, held), count=st.integers(1, 3))
    def scan_a_code(self, rager_id: str, count: int) -> Any:
        batch = self.evening.batch(rager_id)
        return self._scanned(lambda name: by_token(self.database, batch.code, name, count))

    @rule(target=scans, user_id=guests, count=st.integers(1, 3))
    def scan_a_guest(self, user_id: str, count: int) -> Any:
        return self._scanned(lambda name: by_user(self.database, user_id, name, count))

    @rule(target=scans, rager_id=st.one_of(purchases, held), count=st.integers(1, 2))
    def leave(self, rager_id: str, count: int) -> Any:
        batch = self.evening.batch(rager_id)

        def out(name: str) -> Admission:
            return by_token(self.database, batch.code, name, count, direction="out")

        return self._scanned(out)

    @rule(name=scans)
    def undo_a_scan(self, name: str) -> None:
        [before] = self.database.get(f"events/{EVENT}/scans/{name}")
        if self._unless_refused(lambda: undo(self.database, name)) is None:
            return
        record = before.data or {}
        if record["undoneAt"] is None:
            self.used -= record["counted"]

    @rule(rager_id=purchases, units=counts)
    def refund(self, rager_id: str, units: int) -> None:
        """Money goes back for so many tickets in all; it never comes again for fewer."""
        units = max(units, self.refunded[rager_id])
        before = self._family(rager_id)
        unused = sum(one.ticket_quantity - one.used_count for one in before)
        known = sum(one.refunded_units for one in before)
        bought = self._buy_back(rager_id, units)
        assert bought.dead == min(max(0, units - known), unused)
        assert self._buy_back(rager_id, units) == batches.BoughtBack(dead=0, used=bought.used)
        self.refunded[rager_id] = units

    @rule(rager_id=st.one_of(purchases, held))
    def renew(self, rager_id: str) -> None:
        if self.evening.batch(rager_id).closed is None:
            self.evening.reissue(rager_id)

    @invariant()
    def no_ticket_is_lost_or_made(self) -> None:
        for rager_id, quantity in self.bought.items():
            family = self._family(rager_id)
            assert sum(one.ticket_quantity + one.voided_units for one in family) == quantity
            refunded = sum(one.refunded_units for one in family)
            assert refunded == min(self.refunded[rager_id], quantity)
        everybody = sum(one.ticket_quantity + one.voided_units for one in self._batches())
        assert everybody == sum(self.bought.values())

    @invariant()
    def as_many_are_used_as_were_admitted(self) -> None:
        assert sum(one.used_count for one in self._batches()) == self.used
        assert all(0 <= one.outside <= one.used_count for one in self._batches())

    @invariant()
    def every_live_batch_has_a_live_token_and_no_other_has(self) -> None:
        live = {one.token: one for one in self._batches() if one.closed is None}
        for path in self.store.everything():
            if path.startswith("ticketTokens/"):
                [found] = self.database.get(path)
                says, token = token_in(found), found.document_id
                assert says is not None
                assert (token in live) == (says.revoked_at is None)
        for token, batch in live.items():
            [found] = self.database.get(token_path(token))
            says = token_in(found)
            assert says is not None
            assert (says.rager_id, says.user_id) == (batch.rager_id, batch.user_id)
            read = CODES.read(batch.code)
            assert (read.token, read.version) == (token, batch.version)

    @invariant()
    def summaries_are_right(self) -> None:
        case = reconciliation.new_case(self.database, EVENT, "root", dry_run=True)
        assert [reconciliation.settle(case, one) for one in GUESTS] == ["agrees"] * len(GUESTS)

    @invariant()
    def active_is_what_it_says(self) -> None:
        for batch in self._batches():
            assert batch.active == (batch.closed is None and batch.remaining > 0)

    def _passed_on(self, rager_id: str, to: str, quantity: int) -> Any:
        before, key = self.evening.batch(rager_id), next(self.names)

        def transfer() -> str:
            passed = self.holders.transfer(
                rager_id, quantity, to=to, caller=before.user_id, key=key
            )
            return passed.rager_id

        received = self._unless_refused(transfer)
        if received is None:
            assert to == before.user_id or before.remaining < quantity
            assert self.evening.batch(rager_id) == before
            return multiple()
        assert transfer() == received
        assert self.evening.batch(received).remaining == quantity
        return received

    def _scanned(self, scan: Callable[[str], Admission]) -> Any:
        name = next(self.names)
        if self._unless_refused(lambda: scan(name)) is None:
            return multiple()
        [record] = self.database.get(f"events/{EVENT}/scans/{name}")
        self.used += (record.data or {})["counted"]
        return name

    def _buy_back(self, rager_id: str, units: int) -> batches.BoughtBack:
        return self.database.run_transaction(
            lambda tx: batches.buy_back(tx, EVENT, rager_id, units)
        )

    def _family(self, rager_id: str) -> list[Batch]:
        origin = self.evening.batch(rager_id)
        return [origin, *map(self.evening.batch, origin.transferred_to)]

    def _batches(self) -> list[Batch]:
        paths = [path for path in self.store.everything() if "/ragers/" in path]
        found = map(batch_in, self.database.get(*paths)) if paths else ()
        return [batch for batch in found if batch is not None]

    @staticmethod
    def _unless_refused(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Refusal:
            return None


Histories.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
test_any_history = Histories.TestCase
