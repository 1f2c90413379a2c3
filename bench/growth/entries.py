"""The ledger of one user, entry by entry, in a chain that verifies."""

import uuid
from collections.abc import Iterator, Sequence
from functools import partial

import msgspec

from bench.growth.bulk import Bulk, Own
from bench.growth.history import QUERIES, Act, Probe, bare_query
from bench.load.stage import BOUGHT, Stage
from bench.load.workloads import action, paid
from bench.metered import user as ready_user
from firetill.allowances.service import get_credits
from firetill.clock import system_clock
from firetill.database import Database, Write
from firetill.ledger import repository, rules
from firetill.ledger.model import Posting
from firetill.ledger.service import post
from firetill.pledges import service as pledges
from firetill.pledges.model import ResolveSession, StartSession
from firetill.upkeep import runner
from firetill.upkeep.reconciliation import Case, keep, verify
from firetill.upkeep.repository import checkpoint_path
from firetill.wire import fields_of


class Entries:
    """Everything that is measured is done by the one user, or to it."""

    name = "entries of one user"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._db = stage.db
        self._caller = ready_user(stage.db)
        self._user_id = self._caller.name
        self._bulk = Bulk(stage.address, stage.project_id)

    def grow(self, before: int, size: int) -> None:
        """Append entries, and the wallet that they give as verified so far."""
        [user] = self._db.get(repository.user_path(self._user_id))
        self._wallet = repository.wallet_in(user)
        self._bulk.write({}, self._entries(size - before))
        fields = {"wallet": fields_of(self._wallet)}
        write = Write(user.path, "put", fields, mask=("wallet",))
        self._stage.store.commit([write], seconds=30)
        [checkpoint] = self._db.get(checkpoint_path(self._user_id))
        keep(self._db, checkpoint, self._user_id, self._wallet)

    def probes(self) -> Sequence[Probe]:
        """Return what a long ledger could slow down."""
        return (
            Probe("start a pledge", self._start),
            Probe("run an action", lambda: action(self._caller, uuid.uuid4().hex).run),
            Probe("webhook, pack paid", self._payment),
            Probe("get credits", lambda: self._credits),
            Probe("reconcile the user after one entry", self._reconciliation, rounds=QUERIES),
            bare_query(repository.LEDGER),
        )

    def _entries(self, count: int) -> Iterator[Own]:
        for _ in range(count):
            self._wallet, entry = rules.append(
                self._wallet, self._user_id, _bought(), system_clock()
            )
            yield repository.entry_path(entry.entry_id), fields_of(entry)

    def _start(self) -> Act:
        """End the session before, and return the start of another."""
        [user] = self._db.get(repository.user_path(self._user_id))
        running = (user.data or {}).get("activeSessionId")
        if running is not None:
            lost = ResolveSession(
                session_id=running, resolution="FAILURE", idempotency_key=f"end-{running}"
            )
            pledges.resolve(self._db, self._user_id, lost)
        request = StartSession(
            duration_minutes=1, pledge_amount=10, idempotency_key=uuid.uuid4().hex
        )
        return partial(pledges.start, user_id=self._user_id, request=request)

    def _payment(self) -> Act:
        return paid(self._stage, self._user_id, uuid.uuid4().hex).run

    def _credits(self, db: Database) -> None:
        get_credits(db, self._user_id, anonymous=False)

    def _reconciliation(self) -> Act:
        """See to it that all was verified, post one entry, and return the verification of that."""
        self._reconcile(self._db)
        self._db.run_transaction(lambda tx: post(tx, self._user_id, [_bought()]))
        return self._reconcile

    def _reconcile(self, db: Database) -> None:
        found = verify(Case(db, "bench", runner.new_run_id()), self._user_id)
        if found not in {"verified", "unchanged"}:
            raise RuntimeError(f"the user's entries are {found}")


def _bought() -> Posting:
    return msgspec.structs.replace(BOUGHT, cause=("bench", uuid.uuid4().hex))
