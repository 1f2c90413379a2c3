"""Users by the thousand, each with a wallet and an allowance of which nothing was spent."""

from collections.abc import Sequence
from unittest import mock

from bench.growth.bulk import Bulk
from bench.growth.history import QUERIES, Probe, bare_query
from bench.load.stage import Stage
from bench.load.workloads import actions, starts
from firetill import access
from firetill.admin.model import ListUsers
from firetill.admin.users import users
from firetill.allowances.service import get_credits
from firetill.database import Database
from firetill.directory import Directory
from firetill.ledger.repository import USERS, user_path
from firetill.upkeep.allowances import reset_daily_credits
from firetill.upkeep.service import expire_redemptions
from firetill.wire import derived_id

_ADMIN = access.user("admin", {"admin": True})
_PAGE = 100


class Users:
    """What is measured is done by somebody new, or to all of them."""

    name = "users"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._bulk = Bulk(stage.address, stage.project_id)
        get_credits(stage.db, "template", anonymous=False)
        [user] = stage.db.get(user_path("template"))
        self._template = user.data or {}
        self._size = 0

    def grow(self, before: int, size: int) -> None:
        """Copy a user who has been granted today's allowance."""
        ids = (_id_of(number) for number in range(before, size))
        self._bulk.write(self._template, ((user_path(user_id), {}) for user_id in ids))
        self._size = size

    def probes(self) -> Sequence[Probe]:
        """Return what many users could slow down."""
        return (
            Probe("start a pledge", lambda: starts(self._stage, 1)[0].run),
            Probe("run an action", lambda: actions(self._stage, 1)[0].run),
            Probe("get credits", lambda: self._credits),
            Probe(
                f"a page of {_PAGE} of the administrators' list", lambda: self._list, rounds=QUERIES
            ),
            Probe("`resetDailyCredits`, nothing due", lambda: reset_daily_credits, rounds=QUERIES),
            Probe("`expireRedemptions`, nothing due", lambda: expire_redemptions, rounds=QUERIES),
            bare_query(USERS),
        )

    def _credits(self, db: Database) -> None:
        get_credits(db, _id_of(self._size // 2), anonymous=False)

    def _list(self, db: Database) -> None:
        """Ask for the page behind some user in the middle."""
        nobody: Directory = mock.create_autospec(Directory, instance=True)
        asked = ListUsers(limit=_PAGE, cursor=_MIDDLE)
        if len(users(db, nobody, _ADMIN, asked).users) != _PAGE:
            raise RuntimeError("the page is not full")


_MIDDLE = "8" * 32


def _id_of(number: int) -> str:
    return derived_id("bench", str(number))
