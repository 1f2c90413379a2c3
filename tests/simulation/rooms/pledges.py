"""Focus pledges: start, heartbeat, settle, redeem; silence is a failure."""

import random
from collections.abc import Mapping, Sequence
from functools import partial

from firetill.database import Write
from firetill.pledges import rules, service
from firetill.pledges.model import (
    HeartbeatSession,
    ResolveSession,
    SessionType,
    StartedSession,
    StartSession,
)
from firetill.upkeep import service as upkeep
from tests.simulation.room import USERS, Act, Job, Room, one_of
from tests.simulation.rooms.pledge_books import PledgeBooks
from tests.simulation.world import Broken, World


class Pledges(Room):
    """Users who pledge, and phones that fall silent."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._books = PledgeBooks(world)

    def acts(self) -> Mapping[str, tuple[int, Act]]:
        return {
            "pledge": (4, partial(self._start, "PLEDGE")),
            "redeem": (2, partial(self._start, "REDEMPTION")),
            "heartbeat": (2, self._heartbeat),
            "succeed": (3, partial(self._resolve, "SUCCESS")),
            "fail": (3, partial(self._resolve, "FAILURE")),
            "finish in time": (3, self._finish),
        }

    def jobs(self) -> Mapping[str, Job]:
        db = self.world.database
        return {
            "expireStaleSessions": lambda: upkeep.expire_stale_sessions(db),
            "expireRedemptions": lambda: upkeep.expire_redemptions(db),
        }

    def _start(self, kind: SessionType, rng: random.Random) -> None:
        user = self._somebody(kind, rng)
        request = StartSession(
            duration_minutes=rng.choice((1, 5, 60)),
            idempotency_key=self.key(rng),
            type=kind,
            pledge_amount=rng.choice((1, 20, 50, 600)) if kind == "PLEDGE" else None,
        )
        key = ("startSession", user, request.idempotency_key)
        db = self.world.database
        self.app(
            f"start {kind} {user}",
            lambda: self._none(self.world.ask(key, lambda: service.start(db, user, request))),
        )

    def _heartbeat(self, rng: random.Random) -> None:
        session = self._some_session(rng)
        if session is None:
            return
        session_id, user = session
        request = HeartbeatSession(session_id=session_id)
        db = self.world.database
        key = ("heartbeatSession", user, self.key(rng))
        self.app(
            f"heartbeat {user}",
            lambda: self._none(
                self.world.ask(key, lambda: service.heartbeat(db, user, request), keyed=False)
            ),
        )

    def _resolve(self, resolution: str, rng: random.Random) -> None:
        session = self._some_session(rng)
        if session is None:
            return
        session_id, user = session
        request = ResolveSession(
            session_id=session_id,
            resolution="SUCCESS" if resolution == "SUCCESS" else "FAILURE",
            idempotency_key=self.key(rng),
        )
        key = ("resolveSession", user, request.idempotency_key)
        db = self.world.database
        self.app(
            f"resolve {resolution} {user}",
            lambda: self._none(self.world.ask(key, lambda: service.resolve(db, user, request))),
        )

    def _finish(self, rng: random.Random) -> None:
        """A short session, kept alive to its end."""
        db, world = self.world.database, self.world
        kind: SessionType = rng.choice(("PLEDGE", "REDEMPTION"))
        user = self._somebody(kind, rng)
        start = StartSession(duration_minutes=1, idempotency_key=self.key(rng), type=kind)
        if start.type == "PLEDGE":
            start = StartSession(
                duration_minutes=1,
                idempotency_key=start.idempotency_key,
                pledge_amount=rng.choice((5, 30)),
            )
        end = self.key(rng)

        def work() -> None:
            begun = world.ask(
                ("startSession", user, start.idempotency_key),
                lambda: service.start(db, user, start),
            )
            if not isinstance(begun, StartedSession):
                return
            beat = HeartbeatSession(session_id=begun.session_id)
            world.sleep(58)
            key = ("heartbeatSession", user, end)
            world.ask(key, lambda: service.heartbeat(db, user, beat), keyed=False)
            world.sleep(5)
            request = ResolveSession(
                session_id=begun.session_id, resolution="SUCCESS", idempotency_key=end
            )
            world.ask(("resolveSession", user, end), lambda: service.resolve(db, user, request))

        self.app(f"finish {start.type} {user}", work)

    def _somebody(self, kind: SessionType, rng: random.Random) -> str:
        """Anybody; for a redemption rather somebody who has frozen votes."""
        frozen = [
            path.partition("/")[2]
            for path in self.world.store.paths_in("users")
            if ((self.world.look(path) or {}).get("wallet") or {}).get("purgatoryVotes")
        ]
        return rng.choice(frozen if kind == "REDEMPTION" and frozen else USERS)

    def _some_session(self, rng: random.Random) -> tuple[str, str] | None:
        sessions = self.world.documents("sessions")
        running = [one for one in sessions if one["status"] == "ACTIVE"]
        data = one_of(rng, running if rng.random() < 0.8 else sessions)
        if data is None:
            return None
        owner = str(data["userId"])
        return str(data["sessionId"]), owner if rng.random() < 0.9 else rng.choice(USERS)

    @staticmethod
    def _none(_: object) -> None:
        """What an app does with an answer that it needs no more."""

    def after_commit(self, writes: Sequence[Write]) -> None:
        if not any(one.path.startswith(("sessions/", "users/")) for one in writes):
            return
        self._books.follow(writes)
        locked: dict[str, int] = {}
        active: dict[str, list[str]] = {}
        for one in self.world.documents("sessions"):
            if one["status"] == "ACTIVE":
                user = str(one["userId"])
                locked[user] = locked.get(user, 0) + int(one["pledgeAmount"])
                active.setdefault(user, []).append(str(one["sessionId"]))
        for path in self.world.store.paths_in("users"):
            user, data = path.partition("/")[2], self.world.look(path) or {}
            if "wallet" not in data:
                continue
            held = data["wallet"]["lockedCredits"]
            if held != locked.get(user, 0):
                raise Broken("locked is pledged", f"{user}: {held}, pledged {locked.get(user, 0)}")
            running = active.get(user, [])
            if len(running) > 1 or (running and data.get("activeSessionId") != running[0]):
                raise Broken("one session at a time", f"{user}: {running}")

    def at_end(self) -> None:
        silent = self.world.now - rules.HEARTBEAT_LIMIT
        for one in self.world.documents("sessions"):
            if one["status"] == "ACTIVE" and one["native"]["lastCheckedAt"] < silent:
                raise Broken("no session outlives its silence", str(one["sessionId"]))
        for path in self.world.store.paths_in("users"):
            data = self.world.look(path) or {}
            closes = (data.get("deadlines") or {}).get("redemptionExpiry")
            if closes is not None and closes < self.world.now and not data.get("activeSessionId"):
                raise Broken("no window outlives its time", path)
