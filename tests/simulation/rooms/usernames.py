"""Usernames: one owner each, and no two that look alike."""

import random
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from firetill.database import Write
from firetill.usernames import service
from firetill.usernames.model import ClaimUsername, Username
from tests.simulation.room import USERS, Act, Room
from tests.simulation.world import Broken, World

ALIKE: Final = (
    ("cornelia", "comelia", "corne1ia", "Corn_elia"),
    ("willow", "vvillow", "wi11ow", "w.illow"),
    ("zoe.oz", "zoeoz", "20e0z", "z0e0z"),
    ("marvin", "rnarvin", "MARVIN"),
)
"""Names of which one alone may be taken."""

_GROUP: Final = {name.lower(): number for number, group in enumerate(ALIKE) for name in group}


class Usernames(Room):
    """Several users who want the same name, or nearly."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._told: dict[str, str] = {}

    def acts(self) -> Mapping[str, tuple[int, Act]]:
        return {"claim look-alikes": (4, self._claim), "claim any name": (1, self._claim_any)}

    def _claim(self, rng: random.Random) -> None:
        """Two or three users at once."""
        group = rng.choice(ALIKE[: rng.choice((1, 2, 4))])
        for user in rng.sample(USERS, rng.choice((1, 2, 3))):
            self._ask_for(user, rng.choice(group))

    def _claim_any(self, rng: random.Random) -> None:
        self._ask_for(rng.choice(USERS), rng.choice(("admin", "no", "x y", rng.choice(ALIKE[0]))))

    def _ask_for(self, user: str, name: str) -> None:
        self.app(f"{user} claims {name}", partial(self._work, user, name))

    def _work(self, user: str, name: str) -> None:
        world = self.world
        told = world.ask(
            ("claimUsername", user, name.lower()),
            lambda: service.claim(world.database, user, ClaimUsername(username=name)),
        )
        if isinstance(told, Username):
            if self._told.setdefault(user, told.username) != told.username:
                raise Broken("one name each", f"{user}: {told.username} after {self._told[user]}")
            self._see_owned(user)

    def _see_owned(self, user: str) -> None:
        """Whoever was told of a name has it, for ever, or has left with it."""
        name = self._told[user]
        data = self.world.look(f"users/{user}") or {"deleting": True}
        if data.get("deleting"):
            return
        owner = (self.world.look(f"usernames/{name}") or {}).get("userId")
        if owner != user or data.get("username") != name:
            raise Broken("a name stays with its owner", f"{name}: {owner}, told {user}")

    def after_commit(self, writes: Sequence[Write]) -> None:
        if any(
            one.kind != "check" and one.path.startswith(("usernames/", "usernameLooks/"))
            for one in writes
        ):
            self._see_names()

    def _see_names(self) -> None:
        world = self.world
        owners: dict[str, str] = {}
        alike: dict[int, str] = {}
        for one in world.documents("usernames"):
            name, user = str(one["username"]), str(one["userId"])
            if owners.setdefault(user, name) != name:
                raise Broken("one name each", f"{user}: {owners[user]} and {name}")
            if name in _GROUP and alike.setdefault(_GROUP[name], name) != name:
                raise Broken("no two names look alike", f"{alike[_GROUP[name]]} and {name}")
        looks = sorted(str(one["username"]) for one in world.documents("usernameLooks"))
        if looks != sorted(owners.values()):
            raise Broken("each name has its look", f"{looks}, not {sorted(owners.values())}")

    def at_end(self) -> None:
        self._see_names()
        for user in self._told:
            self._see_owned(user)
        for one in self.world.documents("usernames"):
            data = self.world.look(f"users/{one['userId']}") or {"deleting": True}
            if not data.get("deleting") and data.get("username") != one["username"]:
                raise Broken("a name stays with its owner", f"{dict(one)}: {dict(data)}")
