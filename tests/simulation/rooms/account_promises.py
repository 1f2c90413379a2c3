"""What must hold of whole accounts, by the documents alone."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from firetill.database import Write
from firetill.estates.model import ExportedData
from firetill.estates.registry import STATED
from firetill.ledger.rules import pseudonym
from firetill.upkeep.model import Run
from tests.simulation.rooms.outbox import SimulatedDirectory
from tests.simulation.world import Broken, World

Data = Mapping[str, Any]

_BEHIND: Final = timedelta(seconds=60)
_ENDED: Final = frozenset({"canceled", "incomplete_expired"})

_KEPT_FOR_A_TIME: Final = ("actions", "notifications", "operations", "rateLimits", "stripeEvents")


class Books:
    """Welcome credits, merged balances, figures of days, and exports."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._welcomed: dict[str, str] = {}
        self._merged: dict[str, None] = {}
        self._counted_until: datetime | None = None
        self._came_late = False
        self.customers: dict[str, str] = {}

    def after_commit(self, writes: Sequence[Write]) -> None:
        """One gift for one account, and whatever leaves an account arrives at another."""
        moved: dict[tuple[str, str], int] = {}
        for one in writes:
            if one.path.startswith("customers/") and one.fields.get("stripeCustomerId"):
                self.customers[str(one.fields["stripeCustomerId"])] = one.path.partition("/")[2]
            if not one.path.startswith("ledger/") or one.kind != "put" or one.exists is not False:
                continue
            entry = self._world.look(one.path) or {}
            if self._world.now - entry["createdAt"] > _BEHIND / 2:
                self._came_late = True
            metadata = entry["metadata"] or {}
            if metadata.get("reason") == "welcome":
                self._see_gift(entry)
            if entry["kind"] == "balance_merge":
                for account, change in entry["legs"].items():
                    place = str(metadata["mergeId"]), str(account)
                    moved[place] = moved.get(place, 0) + int(change)
        self._see_merges(moved)

    def _see_merges(self, moved: Mapping[tuple[str, str], int]) -> None:
        for (merge_id, account), change in moved.items():
            if change:
                raise Broken("merged without loss", f"{merge_id}: {change} {account}")
        for merge_id in dict.fromkeys(merge_id for merge_id, _ in moved):
            if merge_id in self._merged:
                raise Broken("merged once", merge_id)
            self._merged[merge_id] = None

    def _see_gift(self, entry: Data) -> None:
        user = str(entry["userId"])
        if user in self._welcomed:
            raise Broken("welcomed once", user)
        self._welcomed[user] = str(entry["entryId"])

    def counted(self, began: datetime, run: Run) -> None:
        """Note a run of the job that counts."""
        if run.outcome == "finished" and not run.failed:
            self._counted_until = began - _BEHIND

    def see_export(self, user: str, page: ExportedData, others: Sequence[str]) -> None:
        """An export names nobody else."""
        for one in page.documents:
            for value in _strings(one.data):
                if value in others:
                    raise Broken("nobody else's in an export", f"{user}, {one.path}: {value}")

    def at_end(self) -> None:
        """Everybody was welcomed who had to be, and every entry was counted once.

        Raises:
            Broken: somebody was not, or one was not.
        """
        for path in self._world.store.paths_in("users"):
            user, data = path.partition("/")[2], self._world.look(path) or {}
            if (data.get("welcomedAt") is not None) != (user in self._welcomed):
                if user.startswith("~") or data.get("deleting"):
                    continue
                raise Broken("welcomed once", f"{user}: {data.get('welcomedAt')}")
        self._see_figures()

    def _see_figures(self) -> None:
        actual: dict[tuple[str, str], int] = {}
        due: dict[tuple[str, str], int] = {}
        for one in self._world.documents("ledger"):
            day = one["createdAt"].astimezone(UTC).date().isoformat()
            place = day, str(one["kind"])
            actual[place] = actual.get(place, 0) + 1
            if self._counted_until is not None and one["createdAt"] <= self._counted_until:
                due[place] = due.get(place, 0) + 1
        counted = {
            (str(one["day"]), str(kind)): int(figures["entries"])
            for one in self._world.documents("metrics")
            for kind, figures in (one.get("ledger") or {}).items()
        }
        for place, count in counted.items():
            if count > actual.get(place, 0):
                raise Broken("counted once", f"{place}: {count}, not {actual.get(place, 0)}")
        if self._came_late:
            return  # a commit that takes a minute is none that production lets live
        for place, count in due.items():
            if counted.get(place, 0) < count:
                raise Broken("counted once", f"{place}: {counted.get(place, 0)}, not {count}")


class Purged:
    """Follows what is kept for a time only: nothing of it goes before that."""

    def __init__(self, world: World, leavers: Sequence[str]) -> None:
        self._world = world
        self._leavers = leavers
        self._known: dict[str, Data] = {}

    def after_commit(self, writes: Sequence[Write]) -> None:
        """Nothing is purged early."""
        for one in writes:
            if one.kind == "check" or not one.path.startswith(_KEPT_FOR_A_TIME):
                continue
            if one.kind != "delete":
                self._known[one.path] = self._world.look(one.path) or {}
                continue
            gone = self._known.pop(one.path, {})
            expires = gone.get("expiresAt")
            leaves = gone.get("userId") in self._leavers
            taken_back = gone.get("pendingSince") is not None
            early = expires is None or expires > self._world.now + timedelta(seconds=5)
            if gone and early and not leaves and not taken_back:
                raise Broken("nothing goes too early", f"{one.path}: {expires}")


def promise_gone(world: World, directory: SimulatedDirectory, customers: Mapping[str, str]) -> None:
    """Nothing names whoever has left, nothing is held for them, and Stripe has let them go.

    Args:
        world: everything.
        directory: who has left.
        customers: whose every Stripe customer is that the till ever knew. Of one whose making
            nobody heard of, since the reply was lost, nobody can know.

    Raises:
        Broken: something does, or is, or has not.
    """
    for one in world.documents("deletions"):
        if one["step"] != "done" or one["userId"] is not None:
            raise Broken("deletions come to their end", f"{one}")
    left = [
        user for user in directory.gone if world.look(f"deletions/{pseudonym(user)}") is not None
    ]
    if len(left) != len(world.documents("deletions")):
        raise Broken("whoever was deleted cannot sign in", f"{left}")
    if not left:
        return
    everything = world.store.everything()
    for path, data in everything.items():
        if not _is_stated(path.rpartition("/")[0]):
            _see_nameless(path, data, left)
    for user in left:
        _see_released(world, user, everything, customers)


def _see_nameless(path: str, data: Data, left: Sequence[str]) -> None:
    for value in (path, *_strings(data)):
        for user in left:
            if user in value:
                raise Broken("nothing names who has left", f"{user}: {path} says {value}")


def _see_released(
    world: World, user: str, everything: Mapping[str, Data], customers: Mapping[str, str]
) -> None:
    heir = pseudonym(user)
    wallet = (everything.get(f"users/{heir}") or {}).get("wallet") or {}
    if wallet.get("lockedCredits", 0):
        raise Broken("nothing stays locked", f"{user}: {wallet}")
    for one in world.documents("orders"):
        if one["userId"] == heir and one["status"] == "pending":
            raise Broken("nothing stays held", f"{user}: {one['orderId']}")
    for customer in world.stripe.everything("customer"):
        if customers.get(customer["id"]) == user:
            raise Broken("Stripe has let them go", f"{user}: {customer['id']}")
    for one in world.stripe.everything("subscription"):
        if one["metadata"].get("userId") == user and one["status"] not in _ENDED:
            raise Broken("no subscription goes on", f"{user}: {one['id']} is {one['status']}")


def _is_stated(collection: str) -> bool:
    parts = collection.split("/")
    return any(
        len(parts) == len(pattern)
        and all(
            name.startswith("{") or name == part for part, name in zip(parts, pattern, strict=True)
        )
        for pattern in (name.split("/") for name in STATED)
    )


def _strings(value: Any) -> Iterator[str]:
    """Every text in a value, names of fields included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
