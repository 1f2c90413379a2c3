"""What pledges must come to, counted a second time, from sessions as they change."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from firetill.database import Write
from tests.simulation.world import Broken, World

Json = Mapping[str, Any]

WINDOW: Final = timedelta(hours=24)
SILENCE: Final = timedelta(minutes=10)
TOLERANCE: Final = timedelta(seconds=5)


class PledgeBooks:
    """Holds sessions, wallets and windows to the contract's words, by none of the till's rules.

    Two times are only compared if the till wrote both: a process whose clock is wrong is held to
    its own.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._sessions: dict[str, Json] = {}
        self._users: dict[str, Json] = {}

    def follow(self, writes: Sequence[Write]) -> None:
        """Look at what a commit did.

        Raises:
            Broken: it is not what the contract says.
        """
        paths = [one.path for one in writes if one.kind != "check"]
        for path in paths:
            if path.startswith("sessions/"):
                self._follow_session(path)
        for one in writes:
            if one.exists is False and one.path.startswith("ledger/"):
                self._see_burnt_in_time(self._look(one.path))
        self._sessions |= {p: self._look(p) for p in paths if p.startswith("sessions/")}
        self._users |= {p: self._look(p) for p in paths if p.startswith("users/")}

    def _look(self, path: str) -> Json:
        return self._world.look(path) or {}

    def _follow_session(self, path: str) -> None:
        before, after = self._sessions.get(path), self._look(path)
        if not after:
            return  # it has gone with its account
        if before is None:
            self._see_started(path, after)
        elif before["status"] != "ACTIVE":
            if _ending(before) != _ending(after):
                raise Broken("settled once", f"{path}: {_ending(before)}, then {_ending(after)}")
        elif after["status"] == "ACTIVE":
            silent = after["native"]["lastCheckedAt"] - before["native"]["lastCheckedAt"]
            if not timedelta() <= silent <= SILENCE:
                raise Broken("silence is not forgiven", f"{path} was silent for {silent}")
        else:
            self._see_settled(path, before, after)

    def _see_started(self, path: str, session: Json) -> None:
        pledged, user = session["pledgeAmount"], self._user(session)
        if session["type"] == "REDEMPTION":
            closes = (user.get("deadlines") or {}).get("redemptionExpiry")
            votes = (user.get("wallet") or {}).get("purgatoryVotes", 0)
            if closes is None or session["startTime"] >= closes or not votes or pledged:
                raise Broken("redeemed in the window", f"{path}: {closes}, {votes} votes")
        self._expect(session, {"credits": -pledged, "lockedCredits": pledged})

    def _see_settled(self, path: str, before: Json, after: Json) -> None:
        ended, pledged = after["settlement"]["resolvedAt"], before["pledgeAmount"]
        silent = ended - before["native"]["lastCheckedAt"]
        user = self._user(before)
        wallet = user.get("wallet") or {}
        votes, ash = wallet.get("purgatoryVotes", 0), wallet.get("ash", 0)
        closes = (user.get("deadlines") or {}).get("redemptionExpiry")
        if after["status"] == "COMPLETED" and (
            ended < before["endTime"] - TOLERANCE or silent > SILENCE
        ):
            raise Broken("success is earned", f"{path}: {ended}, silent for {silent}")
        match before["type"], after["status"]:
            case "PLEDGE", "COMPLETED":
                due = {"lockedCredits": -pledged, "credits": pledged}
            case "PLEDGE", "FAILED":
                burnt = votes if closes is not None and ended >= closes else 0
                due = {"lockedCredits": -pledged, "ash": pledged, "purgatoryVotes": pledged - burnt}
                closes = ended + WINDOW
            case "REDEMPTION", "COMPLETED":
                due = {"purgatoryVotes": -votes, "votes": votes, "ash": -ash, "obsidian": ash}
                closes = None
            case _:
                due, closes = {"purgatoryVotes": -votes}, None
        self._expect(before, due)
        now = self._look(f"users/{before['userId']}")
        if (now.get("deadlines") or {}).get("redemptionExpiry") != closes:
            raise Broken("the window is as long as promised", f"{path}: {now.get('deadlines')}")

    def _expect(self, session: Json, due: Mapping[str, int]) -> None:
        """Hold the change of the user's balances against what is due."""
        before, after = self._user(session), self._look(f"users/{session['userId']}")
        if "wallet" not in before or "wallet" not in after:
            return
        changed = Counter(_balances(after))
        changed.subtract(_balances(before))
        if any(changed[name] != due.get(name, 0) for name in changed):
            moved = {name: by for name, by in changed.items() if by}
            raise Broken("settled as promised", f"{session['sessionId']}: {moved}, due {due}")

    def _see_burnt_in_time(self, entry: Json) -> None:
        """Votes that no session burns have outlived their window, and nobody is redeeming them."""
        if entry["kind"] != "frozen_votes_burn" or "sessionId" in entry["metadata"]:
            return
        user = self._users.get(f"users/{entry['userId']}") or {}
        closes = (user.get("deadlines") or {}).get("redemptionExpiry")
        if closes is None or entry["createdAt"] < closes:
            raise Broken("votes live as long as promised", f"{entry['userId']}: {closes}")
        for one in self._sessions.values():
            redeems = one.get("type") == "REDEMPTION" and one["status"] == "ACTIVE"
            if redeems and one["userId"] == entry["userId"]:
                raise Broken("a redemption holds its window open", str(one["sessionId"]))

    def _user(self, session: Json) -> Json:
        """The user's document before the commit."""
        return self._users.get(f"users/{session['userId']}") or {}


def _balances(user: Json) -> dict[str, int]:
    return {
        name: value
        for name, value in user["wallet"].items()
        if name not in {"lifetimePurchased", "seq", "head"}
    }


def _ending(session: Json) -> Json:
    """What must not change any more, however the user may be called by now."""
    kept = {
        name: value for name, value in session["settlement"].items() if name != "idempotencyKey"
    }
    return {"status": session["status"], **kept}
