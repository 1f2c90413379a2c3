"""Random lives of a wallet: through the pure rules, and through commits over a store in memory."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from firetill import operations
from firetill.database import Database, Transaction
from firetill.ledger import repository, rules, service
from firetill.ledger.model import KINDS, Entry, Posting, Wallet
from firetill.operations import Operation
from tests.factories import NOON, ManualClock
from tests.simulation.ledger_play import TABLE, WORLDS, LedgerPlay
from tests.simulation.memory_store import MemoryStore


class PlayByRules(LedgerPlay):
    """Keeps a wallet and its entries in variables."""

    def __init__(self) -> None:
        super().__init__()
        self._wallet = Wallet()
        self._entries: list[Entry] = []

    def apply(self, postings: Sequence[Posting]) -> Wallet:
        wallet, entries = self._wallet, []
        for posting in postings:
            wallet, entry = rules.append(wallet, self.user_id, posting, NOON)
            entries.append(entry)
        self._wallet = wallet
        self._entries += entries
        return wallet

    def wallet(self) -> Wallet:
        return self._wallet

    def entries(self) -> list[Entry]:
        return self._entries

    def everything(self) -> object:
        return self._wallet, list(self._entries)


class PlayByCommits(LedgerPlay):
    """Posts in transactions, each a keyed operation that may be sent again."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.clock = ManualClock()
        self.database = Database(self.store, self.clock, sleep=lambda _: None)
        self.sent: list[tuple[Sequence[Posting], Wallet]] = []
        self.instants: list[datetime] = []

    @initialize(other=st.integers(1, 5))
    def somebody_else_has_entries_too(self, other: int) -> None:
        def body(tx: Transaction) -> None:
            service.post(tx, "bob", [self.posting("credits_purchase", other)])

        self.database.run_transaction(body)

    def apply(self, postings: Sequence[Posting]) -> Wallet:
        wallet = self._send(postings)
        self.sent.append((postings, wallet))
        self.instants += [self.clock.instant] * len(postings)
        return wallet

    def wallet(self) -> Wallet:
        [user] = self.database.get(repository.user_path(self.user_id))
        return repository.wallet_in(user)

    def entries(self) -> list[Entry]:
        return service.entries(self.database, self.user_id)

    def everything(self) -> object:
        return self.store.everything()

    @rule(microseconds=st.integers(0, 3))
    def time_passes(self, microseconds: int) -> None:
        self.clock.advance(microseconds=microseconds)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        postings, wallet = data.draw(st.sampled_from(self.sent))
        before = self.everything()
        assert self._send(postings) == wallet
        assert self.everything() == before

    @invariant()
    def the_reader_finds_the_chain_true(self) -> None:
        assert service.verify(self.database, self.user_id) == (self.wallet(), [])
        now = self.clock.instant
        assert service.balances_at(self.database, self.user_id, now) == self.balances

    @rule(data=st.data())
    def look_back_to_an_entry(self, data: st.DataObject) -> None:
        seq = data.draw(st.integers(0, len(self.history) + 2))
        expected = self.history[min(seq, len(self.history) - 1)]
        assert service.balances_at(self.database, self.user_id, seq) == expected

    @rule(data=st.data())
    def look_back_to_an_instant(self, data: st.DataObject) -> None:
        span = (self.clock.instant - NOON) // timedelta(microseconds=1)
        instant = NOON + timedelta(microseconds=data.draw(st.integers(-1, span + 1)))
        posted = sum(stamp <= instant for stamp in self.instants)
        expected = self.history[posted]
        assert service.balances_at(self.database, self.user_id, instant) == expected

    def _send(self, postings: Sequence[Posting]) -> Wallet:
        payload = {"kinds": [posting.kind for posting in postings]}
        operation = Operation(self.user_id, "play", postings[0].idempotency_key, payload)

        def body(tx: Transaction) -> Wallet:
            tx.get(operation.path, repository.user_path(self.user_id))
            first = operations.first_result(tx, operation)
            if first is not None:
                return msgspec.convert(first, Wallet)
            wallet = service.post(tx, self.user_id, postings)
            operations.record(tx, operation, wallet)
            return wallet

        return self.database.run_transaction(body)


TestPlayByRules = PlayByRules.TestCase
TestPlayByRules.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)

TestPlayByCommits = PlayByCommits.TestCase
TestPlayByCommits.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


def test_the_table_names_every_kind() -> None:
    assert set(TABLE) == set(rules.MOVES)
    assert set(WORLDS) == set(rules.SHAPES)
    assert {*TABLE, *WORLDS} == set(KINDS)
