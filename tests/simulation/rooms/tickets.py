"""Tickets in guests' hands: given by hand, passed on, reconciled, brought over from elsewhere."""

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from firetill.access import Caller
from firetill.database import Write
from firetill.orders import manual
from firetill.orders.manual import CreateTickets, IssuedBatch
from firetill.tickets import backfill, reconciliation, service
from firetill.tickets.backfill_model import Backfilled, BackfillTokens
from firetill.tickets.reconciliation_model import Reconciled, ReconcileEventUsers
from firetill.tickets.transfer_model import Transferred, TransferTicket
from firetill.upkeep import event_users
from tests.integration.shop import event_fields
from tests.simulation.room import USERS, Act, Job, Room, one_of
from tests.simulation.rooms.batch_books import BatchBooks
from tests.simulation.rooms.outbox import SimulatedDirectory
from tests.simulation.world import Broken, World

OWN: Final = ("soiree", "vintage")
EVENTS: Final = (*OWN, "gala", "matinee")
ROOT: Final = Caller(user_id="root")

_NOBODY: Final = "nobody"
_LEGACY: Final[tuple[Mapping[str, Any], ...]] = (
    {"userId": "ada", "ticketQuantity": 2, "usedCount": 1},
    {"userId": "ada", "ticketQuantity": 1, "token": "legacy-token-of-ada"},
    {"userId": "ben", "ticketQuantity": 2, "token": "legacy-token-of-ben", "usedCount": 0},
)


class Tickets(Room):
    """Guests who pass tickets on, and an administrator who is generous and at times careless."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.books = BatchBooks(world)
        self._accounts = SimulatedDirectory(world)
        self._accounts.gone[_NOBODY] = world.now
        self._asked: list[tuple[str, Callable[[], None]]] = []
        self._backfilled = False
        self._looks = itertools.count()

    def open(self) -> None:
        rng = random.Random(f"{self.world.seed}/soiree")
        self.world.known["batch books"] = self.books
        self.world.known["tickets"] = self
        capacity = rng.choice((5, 8, 12))
        settings = {"reentry": rng.random() < 0.6, "offlineAllowed": rng.random() < 0.8}
        shards = rng.choice((0, 0, 0, 2, 3))
        self._put("events/soiree", event_fields(capacity, shards=shards, **settings))
        self._put("adminUsers/root", {"because": "the first one"})
        for event in EVENTS:
            self._put(f"eventStaff/{event}/members/sue", {"role": "supervisor"})
            self._put(f"eventStaff/{event}/members/sam", {"role": "staff"})
        for number, fields in enumerate(_LEGACY):
            path = f"events/vintage/ragers/old-{number}"
            self.books.legacy.add(path)
            guest = "vintage", fields["userId"]
            self.books.put_wrong(guest, -fields["ticketQuantity"], -fields.get("usedCount", 0))
            self._put(path, fields)
        brought = sum(one["ticketQuantity"] for one in _LEGACY)
        self._put("events/vintage", event_fields(2, initialQuantity=brought + 2))
        for event in ("gala", "matinee"):
            if self.world.look(f"events/{event}") and rng.random() < 0.6:
                self._merge(f"events/{event}", {"reentry": True})
        for number in range(rng.choice((0, 1, 2, 2, 3))):
            manual.create_manually(
                self.world.database,
                self.world.till.codes,
                self._accounts,
                ROOT,
                CreateTickets(
                    event_id="soiree",
                    user_id=rng.choice(USERS),
                    quantity=min(rng.choice((1, 2, 3, 4)), capacity // 3),
                    idempotency_key=f"before-{number}",
                ),
            )

    def acts(self) -> Mapping[str, tuple[int, Act]]:
        return {
            "tickets by hand": (6, self._create),
            "pass tickets on": (5, self._transfer),
            "pass tickets on twice at once": (2, self._transfer_twice),
            "reconcile the guests": (2, self._reconcile),
            "give old tickets their tokens": (2, self._backfill),
            "a slip of the hand": (1, self._slip),
            "deactivate by hand": (1, self._deactivate),
            "change an event": (2, self._change),
            "an old request about tickets": (2, self._again),
        }

    def jobs(self) -> Mapping[str, Job]:
        db = self.world.database
        return {"reconcileEventUsers": lambda: event_users.reconcile_event_users(db)}

    # What people do.

    def _create(self, rng: random.Random) -> None:
        """Tickets by hand, some of which go through several hands at once."""
        caller = ROOT if rng.random() < 0.95 else Caller(user_id=rng.choice(USERS))
        request = CreateTickets(
            event_id=self._some_event(rng),
            user_id=rng.choice(USERS) if rng.random() < 0.95 else _NOBODY,
            quantity=rng.choice((1, 1, 2, 2, 3, 5)),
            idempotency_key=self.key(rng),
        )
        hops = [
            (rng.choice(USERS), rng.choice((1, 1, 2, 5)), self.key(rng))
            for _ in range(rng.choice((0, 0, 0, 1, 2, 4)))
        ]
        world, codes = self.world, self.world.till.codes
        key = ("manualCreateTicket", str(caller.user_id), request.idempotency_key)

        def call() -> IssuedBatch:
            return manual.create_manually(world.database, codes, self._accounts, caller, request)

        def work() -> None:
            made = world.ask(key, call)
            if not isinstance(made, IssuedBatch):
                return
            if caller != ROOT or made.user_id != request.user_id:
                raise Broken("tickets by hand are an administrator's", f"{caller}: {made}")
            self._see_issued(made.event_id, made.rager_id, made.token, made.ticket_quantity)
            holder, rager, held = made.user_id, made.rager_id, made.ticket_quantity
            for to, quantity, one in hops:
                if to == holder:
                    continue
                passed = self._pass_on(
                    holder,
                    TransferTicket(
                        event_id=made.event_id,
                        rager_id=rager,
                        quantity=min(held, quantity),
                        idempotency_key=one,
                        to_user_id=to,
                    ),
                )
                if passed is None:
                    return
                holder, rager, held = to, passed.rager_id, passed.quantity

        self._do(f"tickets by hand for {request.user_id}", work)

    def _transfer(self, rng: random.Random) -> None:
        path = self._some_batch(rng)
        if path is not None:
            self.pass_on_some_of(rng, path)

    def _transfer_twice(self, rng: random.Random) -> None:
        """The same tickets to two people at once."""
        path = self._some_batch(rng)
        if path is not None:
            self.pass_on_some_of(rng, path)
            self.pass_on_some_of(rng, path)

    def pass_on_some_of(self, rng: random.Random, path: str) -> None:
        """Have the holder of a batch, or somebody else, pass some of it on."""
        held = self.books.held[path]
        giver = held.user if rng.random() < 0.92 else rng.choice(USERS)
        to = rng.choice(USERS) if rng.random() < 0.95 else _NOBODY
        by_email = rng.random() < 0.3
        request = TransferTicket(
            event_id=held.event,
            rager_id=path.rpartition("/")[2],
            quantity=rng.choice((1, 1, 2, max(1, held.remaining), held.remaining + 1)),
            idempotency_key=self.key(rng),
            to_email=f"{to}@example.com" if by_email else None,
            to_user_id=None if by_email else to,
        )
        self._do(f"{giver} passes on", lambda: self._ignore(self._pass_on(giver, request)))

    def _pass_on(self, giver: str, request: TransferTicket) -> Transferred | None:
        world, caller = self.world, Caller(user_id=giver)
        before = self.books.held[f"events/{request.event_id}/ragers/{request.rager_id}"]
        given = world.ask(
            ("transferTicket", giver, request.idempotency_key),
            lambda: service.transfer(
                world.database, world.till.codes, self._accounts, caller, request
            ),
        )
        if not isinstance(given, Transferred):
            return None
        if before.user != giver or given.quantity != request.quantity:
            raise Broken("only who holds tickets passes them on", f"{giver}: {before}, {given}")
        self._see_issued(request.event_id, given.rager_id, given.token, None)
        return given

    def _see_issued(self, event: str, rager: str, token: str, quantity: int | None) -> None:
        """What somebody was told of new tickets is so."""
        path = f"events/{event}/ragers/{rager}"
        held = self.books.held.get(path)
        if held is None or token not in self.books.tokens[path]:
            raise Broken("told as it is", f"{path} under {token} is not there")
        if quantity is not None and self.books.issued(path) != quantity:
            raise Broken("told as it is", f"{path} was not issued for {quantity}")

    def _reconcile(self, rng: random.Random) -> None:
        caller = ROOT if rng.random() < 0.9 else Caller(user_id=rng.choice(USERS))
        event, dry_run = self._some_event(rng), rng.random() < 0.3
        request = ReconcileEventUsers(event_id=event, dry_run=dry_run)
        world, books = self.world, self.books

        def work() -> None:
            done = world.ask(
                ("reconcileEventUsersNow", event, str(next(self._looks))),
                lambda: reconciliation.reconcile(world.database, caller, request),
            )
            if not isinstance(done, Reconciled):
                return
            if caller != ROOT:
                raise Broken("reconciling is an administrator's", str(caller))
            strange = {one.user_id for one in done.diffs} - {
                user for at, user in books.ever_drifted if at == event
            }
            if strange or done.found != len(done.diffs) or (dry_run and done.applied):
                raise Broken("nothing right is corrected", f"{done}")

        self._do(f"reconcile {event}", work)

    def _backfill(self, rng: random.Random) -> None:
        event, dry_run = rng.choice(("vintage", "vintage", "soiree")), rng.random() < 0.1
        request = BackfillTokens(event_id=event, dry_run=dry_run)
        world = self.world

        def work() -> None:
            done = world.ask(
                ("backfillTicketTokens", event, str(next(self._looks))),
                lambda: backfill.backfill_tokens(world.database, world.till.codes, ROOT, request),
            )
            if not isinstance(done, Backfilled):
                return
            if event != "vintage" and (done.created or done.failed):
                raise Broken("backfill gives what is lacking", f"{done}")
            self._backfilled |= event == "vintage" and not dry_run and not done.failed

        self._do(f"backfill {event}", work)

    def _slip(self, rng: random.Random) -> None:
        """Somebody writes past the till: a guest's summary says more than there is."""
        path = self._some_batch(rng)
        if path is None:
            return
        held = self.books.held[path]
        summary = f"eventUsers/{held.event}/users/{held.user}"
        data = self.world.look(summary)
        if data is None:
            return
        wrong = rng.choice((1, 2))
        self._merge(summary, {"totalTickets": data["totalTickets"] + wrong})
        self.books.put_wrong((held.event, held.user), wrong, 0)

    def _deactivate(self, rng: random.Random) -> None:
        path = self._some_batch(rng)
        if path is None or not self.books.held[path].remaining:
            return
        active = path in self.books.deactivated
        (self.books.deactivated.discard if active else self.books.deactivated.add)(path)
        self._merge(path, {"active": active, "updatedAt": self.world.now})

    def _change(self, rng: random.Random) -> None:
        """An organiser changes the event under way."""
        changes: list[dict[str, Any]] = [
            {"reentry": rng.random() < 0.6},
            {"offlineAllowed": rng.random() < 0.6},
            {"shards": rng.choice((0, 1, 2, 3))},
            {"active": False},
            {"active": True, "endsAt": None},
            {"active": True, "endsAt": None},
            {"endsAt": self.world.now + timedelta(seconds=rng.choice((1, 1_000, 100_000)))},
        ]
        self._merge(f"events/{rng.choice(OWN)}", rng.choice(changes))

    def _again(self, rng: random.Random) -> None:
        found = one_of(rng, self._asked)
        if found is not None:
            self.app(f"again: {found[0]}", found[1])

    def _do(self, name: str, work: Callable[[], None]) -> None:
        self._asked.append((name, work))
        self.app(name, work)

    def _some_event(self, rng: random.Random) -> str:
        there = [one for one in EVENTS if self.world.look(f"events/{one}")]
        return rng.choice((*there, "soiree", "soiree", "soiree"))

    def _some_batch(self, rng: random.Random) -> str | None:
        books = self.books
        known = [path for path in books.held if books.is_in_order(path)]
        alive = [path for path in known if books.held[path].remaining]
        return one_of(rng, alive if alive and rng.random() < 0.85 else known)

    def _put(self, path: str, fields: Mapping[str, Any]) -> None:
        writes = [Write(path, "put", fields)]
        self.world.store.commit(writes, seconds=1)
        self._note_reentry(path, fields)
        self.books.follow(writes)

    def _merge(self, path: str, fields: Mapping[str, Any]) -> None:
        """Change a document by hand, past the till."""
        self.world.store.commit([Write(path, "put", fields, tuple(fields))], seconds=1)
        self._note_reentry(path, fields)
        if path.startswith("events/"):
            self.books.changed_at[path] = self.books.silently_at[path] = self.world.commits + 1

    def _note_reentry(self, path: str, fields: Mapping[str, Any]) -> None:
        if fields.get("reentry"):
            self.books.ever_reentry.add(path.partition("/")[2])

    @staticmethod
    def _ignore(_: object) -> None:
        """What an app does with an answer that it needs no more."""

    # What must hold.

    def after_commit(self, writes: Sequence[Write]) -> None:
        self.books.follow(writes)

    def at_end(self) -> None:
        world, books = self.world, self.books
        if any(any(one) for one in books.drift.values()):
            raise Broken("the daily look mends what drifted", f"{books.drift}")
        for event in EVENTS:
            if world.look(f"events/{event}") is None:
                continue
            self._recount(event)
            found = reconciliation.reconcile(
                world.database, ROOT, ReconcileEventUsers(event_id=event)
            )
            if found.found or found.failed:
                raise Broken("reconciled once is right", f"{found}")
            if event != "vintage" or self._backfilled:
                request = BackfillTokens(event_id=event, dry_run=True)
                codes = world.till.codes
                left = backfill.backfill_tokens(world.database, codes, ROOT, request)
                if left.created or left.failed or left.summaries:
                    raise Broken("backfill leaves nothing", f"{left}")
            self._see_runs(event)

    def _recount(self, event: str) -> None:
        """Sum up from the documents alone what each guest holds."""
        world = self.world
        sums: dict[str, list[int]] = {}
        for batch in world.documents(f"events/{event}/ragers"):
            one = sums.setdefault(str(batch["userId"]), [0, 0])
            one[0] += int(batch["ticketQuantity"])
            one[1] += int(batch.get("usedCount", 0))
        for user, expected in sums.items():
            summary = world.look(f"eventUsers/{event}/users/{user}") or {}
            says = [summary.get("totalTickets", 0), summary.get("usedCount", 0)]
            if says != expected:
                raise Broken("a summary is its batches", f"{event} {user}: {says}, {expected}")

    def _see_runs(self, event: str) -> None:
        drifted = {user for at, user in self.books.ever_drifted if at == event}
        for run in self.world.documents(f"reconciliations/{event}/runs"):
            if {one["userId"] for one in run["diffs"]} - drifted:
                raise Broken("nothing right is corrected", f"{dict(run)}")
