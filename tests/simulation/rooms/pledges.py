"""Focus pledges: start, heartbeat, settle, redeem; silence is a failure."""

import random
from collections.abc import Mapping, Sequence
from functools import partial

from firetill.database import Write
from firetill.pledges import rules, service
from firetill.pledges.model import (
    HeartbeatSession,
    Resolution,
    ResolveSession,
    SessionType,
    SettledSession,
    StartedSession,
    StartSession,
)
from firetill.upkeep import service as upkeep
from tests.simulation.room import USERS, Act, Job, Room, one_of
from tests.simulation.rooms.pledge_books import PledgeBooks
from tests.simulation.world import DAY, Broken, World


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
            "fail, and again the next day": (1, self._fail_twice),
            "redeem at the last minute": (1, self._redeem_late),
            "come back at the last moment": (1, self._come_back),
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
            idempotency_key=self.any_key(rng),
            type=kind,
            pledge_amount=rng.choice((1, 20, 50, 600)) if kind == "PLEDGE" else None,
        )
        key = ("startSession", user, request.idempotency_key)
        db = self.world.database
        self.app(
            f"start {kind} {user}",
            lambda: self._none(
                self.world.ask(key, lambda: service.start(db, user, request), asked=request)
            ),
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

    def _resolve(self, resolution: Resolution, rng: random.Random) -> None:
        session = self._some_session(rng)
        if session is None:
            return
        session_id, user = session
        key = self.any_key(rng)
        self.app(
            f"resolve {resolution} {user}",
            lambda: self._none(self._end(user, session_id, resolution, key)),
        )

    def _finish(self, rng: random.Random) -> None:
        """A short session, kept alive to its end."""
        db, world = self.world.database, self.world
        kind: SessionType = rng.choice(("PLEDGE", "REDEMPTION"))
        user, key, end = self._somebody(kind, rng), self.key(rng), self.key(rng)

        def work() -> None:
            session_id = self._begin(user, kind, key)
            if session_id is None:
                return
            beat = HeartbeatSession(session_id=session_id)
            world.sleep(58)
            named = ("heartbeatSession", user, end)
            world.ask(named, lambda: service.heartbeat(db, user, beat), keyed=False)
            world.sleep(5)
            self._end(user, session_id, "SUCCESS", end)

        self.app(f"finish {kind} {user}", work)

    def _fail_twice(self, rng: random.Random) -> None:
        """The first votes have burnt by then, whether or not the job has come by."""
        user, keys = rng.choice(USERS), [(self.key(rng), self.key(rng)) for _ in range(2)]
        pauses = rng.choice((0, 3_600, DAY + 60)), 0

        def work() -> None:
            for pause, (begins, ends) in zip(pauses, keys, strict=True):
                session_id = self._begin(user, "PLEDGE", begins)
                self._end(user, session_id, "FAILURE", ends)
                if not self.world.jump(pause):
                    return

        self.app(f"fail twice {user}", work)

    def _redeem_late(self, rng: random.Random) -> None:
        """A redemption that began in the window goes on behind its end."""
        user, keys = rng.choice(USERS), [self.key(rng) for _ in range(4)]
        world, job = self.world, self.jobs()["expireRedemptions"]

        def work() -> None:
            failed = self._begin(user, "PLEDGE", keys[0])
            if not self._end(user, failed, "FAILURE", keys[1]) or not world.jump(DAY - 40):
                return
            redeems = self._begin(user, "REDEMPTION", keys[2])
            world.advance(50)
            world.run_job("expireRedemptions", job)
            world.advance(15)
            self._end(user, redeems, "SUCCESS", keys[3])

        self.app(f"redeem late {user}", work)

    def _come_back(self, rng: random.Random) -> None:
        """The phone and the job meet where silence becomes failure."""
        user, begins, ends = rng.choice(USERS), self.key(rng), self.key(rng)
        world, job = self.world, self.jobs()["expireStaleSessions"]
        early, steps = rng.choice((0.2, -0.1)), rng.randrange(12)
        how: Resolution = rng.choice(("SUCCESS", "FAILURE"))

        expire = partial(world.run_job, "expireStaleSessions", job)

        def work() -> None:
            session_id = self._begin(user, "PLEDGE", begins)
            if not session_id or not world.jump(rules.HEARTBEAT_LIMIT.total_seconds() - early):
                return
            for _ in range(3):
                world.tasks.spawn("job expireStaleSessions", expire)
            for _ in range(steps):
                world.sleep(0.01)
            self._end(user, session_id, how, ends)

        self.app(f"come back {user}", work)

    def _begin(self, user: str, kind: SessionType, key: str) -> str | None:
        """Start a session of a minute; return its id if it has begun."""
        request = StartSession(
            duration_minutes=1,
            idempotency_key=key,
            type=kind,
            pledge_amount=5 if kind == "PLEDGE" else None,
        )
        call = partial(service.start, self.world.database, user, request)
        begun = self.world.ask(("startSession", user, key), call, asked=request)
        return begun.session_id if isinstance(begun, StartedSession) else None

    def _end(self, user: str, session_id: str | None, how: Resolution, key: str) -> bool:
        """Settle a session if there is one; tell whether it is settled."""
        if session_id is None:
            return False
        request = ResolveSession(session_id=session_id, resolution=how, idempotency_key=key)
        call = partial(service.resolve, self.world.database, user, request)
        ended = self.world.ask(("resolveSession", user, key), call, asked=request)
        return isinstance(ended, SettledSession)

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
