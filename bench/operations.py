"""Start, heartbeat, resolve and the webhook, each against the bare clients."""

import base64
import contextlib
import functools
import io
import statistics
from collections.abc import Callable

import msgspec

from bench.events import pack_paid
from bench.floors import ROUNDS, WARM_UP, Floors
from bench.gateway import InstantGateway
from bench.measure import Figure, milliseconds, seconds_of
from bench.scale import scaled
from firetill.database import Store, Write
from firetill.ledger import repository as ledger_documents
from firetill.ledger import rules as ledger_rules
from firetill.ledger.model import Posting, Wallet
from firetill.ledger.service import post
from firetill.operations import Operation
from firetill.orders.settlement import Till
from firetill.pledges import service as pledges
from firetill.pledges.model import HeartbeatSession, ResolveSession, StartSession
from firetill.tickets.codes import Codes
from firetill.webhooks import service as webhooks
from firetill.webhooks.model import StripeEvent
from firetill.wire import fields_of

LONG_LEDGER = scaled(10_000)


def figures(store: Store, address: str, project_id: str) -> list[Figure]:
    """Measure each operation against its floors."""
    bench = _Bench(store, address, project_id)
    with contextlib.redirect_stdout(io.StringIO()):  # the operations log
        return [
            *bench.floors.against("start a pledge", bench.ready_to_start),
            *bench.floors.against("heartbeat", bench.ready_to_beat, later_seconds=11),
            *bench.floors.against("settle a pledge, success", bench.ready_to_win, later_seconds=61),
            *bench.floors.against("webhook, payment succeeded", bench.ready_for_payment),
            bench.long_ledger(),
        ]


class _Bench:
    """Operations for users of their own, each made ready before it is timed."""

    def __init__(self, store: Store, address: str, project_id: str) -> None:
        self._store = store
        self.floors = Floors(store, address, project_id)
        self._db = self.floors.db
        self._users = 0

    def ready_to_start(self) -> Callable[[], object]:
        """Return the start of a pledge for a fresh user with credits."""
        user_id = self._user_with_credits()
        return lambda: self._start(user_id, "start")

    def ready_to_beat(self) -> Callable[[], object]:
        """Return a heartbeat that writes, if 10 s have passed."""
        user_id = self._user_with_credits()
        request = HeartbeatSession(session_id=self._start(user_id, "start"))
        return lambda: pledges.heartbeat(self._db, user_id, request)

    def ready_to_win(self) -> Callable[[], object]:
        """Return a settlement that succeeds, if a minute has passed."""
        user_id = self._user_with_credits()
        request = ResolveSession(
            session_id=self._start(user_id, "start"),
            resolution="SUCCESS",
            idempotency_key="resolve",
        )
        return lambda: pledges.resolve(self._db, user_id, request)

    def ready_for_payment(self) -> Callable[[], object]:
        """Return the event that a payment has come in."""
        gateway = InstantGateway()
        payload = pack_paid(self._db, self._user())
        read = msgspec.json.decode(payload, type=StripeEvent)
        till = Till(Codes([base64.b64encode(bytes(32)).decode()]))
        return lambda: webhooks.handle(self._db, gateway, till, read, payload.decode())

    def long_ledger(self) -> Figure:
        """Time a start with a few and with very many entries behind the user."""
        few, many = self._user_with_entries(10), self._user_with_entries(LONG_LEDGER)
        times: dict[str, list[float]] = {few: [], many: []}
        for number in range(WARM_UP + ROUNDS):
            for user_id in (few, many) if number % 2 else (many, few):
                start = functools.partial(self._start, user_id, f"start{number}")
                times[user_id].append(seconds_of(start))
                self._fail(user_id, f"start{number}")
        long, short = (statistics.median(times[user_id][WARM_UP:]) for user_id in (many, few))
        ratio = long / short
        name = f"start a pledge, {LONG_LEDGER:,} entries behind the user"
        other = f"{milliseconds(short)} with 10"
        return Figure(name, milliseconds(long), other, ratio, "the same", abs(ratio - 1) <= 0.1)

    def _start(self, user_id: str, key: str) -> str:
        request = StartSession(duration_minutes=1, pledge_amount=10, idempotency_key=key)
        return pledges.start(self._db, user_id, request).session_id

    def _fail(self, user_id: str, key: str) -> None:
        request = StartSession(duration_minutes=1, pledge_amount=10, idempotency_key=key)
        session_id = Operation.of(user_id, "startSession", request).id
        failure = ResolveSession(
            session_id=session_id, resolution="FAILURE", idempotency_key=f"{key}-failed"
        )
        pledges.resolve(self._db, user_id, failure)

    def _user(self) -> str:
        self._users += 1
        return f"user{self._users}"

    def _user_with_credits(self) -> str:
        user_id = self._user()
        self._db.run_transaction(lambda tx: post(tx, user_id, [_credits(1_000, "0")]))
        return user_id

    def _user_with_entries(self, count: int) -> str:
        """Make a user with so many entries, written in large commits."""
        user_id, wallet, writes = self._user(), Wallet(), []
        for number in range(count):
            wallet, entry = ledger_rules.append(
                wallet, user_id, _credits(1_000, str(number)), self.floors.clock()
            )
            path = ledger_documents.entry_path(entry.entry_id)
            writes.append(Write(path, "put", fields_of(entry)))
        for start in range(0, count, 400):
            self._store.commit(writes[start : start + 400], seconds=30)
        fields = {"wallet": fields_of(wallet)}
        self._store.commit([Write(ledger_documents.user_path(user_id), "put", fields)], seconds=30)
        return user_id


def _credits(amount: int, cause: str) -> Posting:
    return Posting(
        kind="credits_purchase",
        amount=amount,
        cause=("bench", cause),
        idempotency_key="bench",
        metadata={},
    )
