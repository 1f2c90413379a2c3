"""What must hold of actions, allowances, adjustments and the shop, by the documents alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from firetill.catalog import OPEN_ACTIONS, SHOP_ITEMS, TIERS
from firetill.database import Write
from firetill.metering.rules import ATTEMPTS
from tests.simulation.rooms.provider import SimulatedProvider
from tests.simulation.world import Broken, World

Data = Mapping[str, Any]

_OVER: Final = frozenset({"done", "failed"})


class Actions:
    """Follows every action from its charge to its end."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, Data] = {}
        self._of: dict[str, dict[str, None]] = {}

    def follow(self, writes: Sequence[Write]) -> dict[str, None]:
        """Take in what a commit has written; return whose actions it touched."""
        touched: dict[str, None] = {}
        for one in writes:
            if one.kind == "check" or not one.path.startswith("actions/"):
                continue
            before, now = self._known.get(one.path), self._world.look(one.path)
            if now is None:
                continue  # its user has left, or its time is over; it counts as it was
            if before is not None and before["status"] in _OVER and before != now:
                raise Broken("an end stays", f"{one.path}: {now}")
            if now["attempts"] > ATTEMPTS:
                raise Broken("not tried without end", f"{one.path}: {now['attempts']}")
            if before is None:
                self._see_day(now)
            if now["output"] and before and before["status"] not in _OVER:
                self._see_settled(one.path, now)
            self._known[one.path] = now
            user = str(now["userId"])
            self._of.setdefault(user, {})[one.path] = None
            touched[user] = None
        return touched

    def _see_day(self, action: Data) -> None:
        """What is charged to a day is charged before it is over."""
        allowance = (self._world.look(f"users/{action['userId']}") or {}).get("allowance") or {}
        same = allowance.get("startedAt") == action["split"]["day"]
        if not same or allowance["endsAt"] <= action["createdAt"]:
            raise Broken("charged to its day", f"{action}: {allowance}")

    @staticmethod
    def _see_settled(path: str, action: Data) -> None:
        """Whoever was overtaken settles nothing."""
        if not action["output"]["text"].endswith(f", try {action['attempts']}"):
            raise Broken("the last who began settles", f"{path}: {action}")

    def of(self, user: str) -> list[Data]:
        """A user's actions as they were last seen."""
        return [self._known[path] for path in self._of.get(user, ())]

    def see_open(self, user: str) -> None:
        """A user's document lists exactly what is under way, and not too much is."""
        data = self._world.look(f"users/{user}") or {}
        if "wallet" not in data:
            return  # it has left with its account
        listed = list(data.get("openActions") or ())
        under_way = [one["actionId"] for one in self.of(user) if one["status"] not in _OVER]
        if sorted(listed) != sorted(under_way):
            raise Broken("open actions are listed", f"{user}: {listed}, in truth {under_way}")
        if len(listed) > OPEN_ACTIONS:
            raise Broken("not too many actions", f"{user}: {listed}")

    def at_end(self, provider: SimulatedProvider) -> None:
        """Every action has ended, and was paid for or paid back, once."""
        charged: dict[str, list[Data]] = {}
        for one in self._world.documents("ledger"):
            if one["kind"] in {"credits_spend", "credits_spend_refund"}:
                charged.setdefault(str(one["metadata"].get("actionId")), []).append(one)
        for path, action in self._known.items():
            self._see_end(path, action, charged.pop(str(action["actionId"]), []))
            asked = provider.asked.get(action["input"]["text"], 0)
            if asked > action["attempts"]:
                raise Broken("one try, one question", f"{path}: {asked} {action['attempts']}")
            output = action["output"]
            if output and output["text"] not in provider.gave[action["input"]["text"]]:
                raise Broken("the answer is to the question", f"{path}: {output}")
        if charged:
            raise Broken("charged for an action", f"{charged}")
        for (name, *_), told in self._world.answers.items():
            if name == "runAction" and f"actions/{told['actionId']}" not in self._known:
                raise Broken("what was begun is there", f"{told}")

    def _see_end(self, path: str, action: Data, entries: Sequence[Data]) -> None:
        status, split = action["status"], action["split"]
        if status not in _OVER:
            raise Broken("every action ends", f"{path} is {status} since {action['createdAt']}")
        if (action["output"] is None) == (status == "done"):
            raise Broken("done with an answer", f"{path}: {action}")
        expected = [("credits_spend", -1)]
        if status == "failed":
            expected.append(("credits_spend_refund", +1))
        moved = sorted((str(one["kind"]), dict(one["legs"])) for one in entries)
        wanted = [(kind, _legs(split, sign)) for kind, sign in expected]
        if [(kind, _own(legs)) for kind, legs in moved] != wanted:
            raise Broken("paid once or paid back once", f"{path} {status}: {moved}, not {wanted}")
        if split["daily"] + split["credits"] != action["cost"]:
            raise Broken("charged its price", f"{path}: {split}")
        spent = next(one for one in entries if one["kind"] == "credits_spend")
        if split["credits"] and spent["balanceAfter"]["dailyCredits"]:
            raise Broken("allowance first", f"{path}: {spent}")


class Allowances:
    """Follows what every user had of every day."""

    def __init__(self, world: World, actions: Actions) -> None:
        self._world = world
        self._actions = actions
        self._last: dict[str, Data] = {}

    def see(self, user: str) -> None:
        """What is left of a day is what it gave, less what was spent on what was not in vain."""
        data = self._world.look(f"users/{user}") or {}
        if "wallet" not in data or data.get("deleting"):
            return
        left, allowance = int(data["wallet"]["dailyCredits"]), data.get("allowance")
        if allowance is None:
            if left and not user.startswith("~"):
                raise Broken("nothing left without a day", f"{user}: {left}")
            return
        spent = sum(
            int(one["split"]["daily"])
            for one in self._actions.of(user)
            if one["split"]["day"] == allowance["startedAt"] and one["status"] != "failed"
        )
        if left + spent != allowance["limit"]:
            says = f"{user}: {left} left and {spent} spent of {allowance}"
            raise Broken("a day's allowance", says)
        last = self._last.get(user)
        if allowance != last:
            self._last[user] = allowance
            self._see_next(user, last, allowance, data.get("tier") or "free")

    @staticmethod
    def _see_next(user: str, last: Data | None, now: Data, tier: str) -> None:
        says = f"{user}, {tier}: {now} after {last}"
        begins, ends = now["startedAt"], now["endsAt"]
        if last is not None and begins == last["startedAt"]:
            if now["limit"] < last["limit"] or ends != last["endsAt"]:
                raise Broken("a day stays as it was granted", says)
        else:
            if now["limit"] != TIERS[tier].daily_credits:
                raise Broken("as much as the tier gives", says)
            if last is not None and begins < last["endsAt"]:
                raise Broken("one allowance for one day", says)
        stays = last is None or last["timeZone"] == now["timeZone"]
        least, most = (23, 25) if stays else (24, 50)
        length = ends - begins
        if not timedelta(hours=least) <= length <= timedelta(hours=most) and begins != (
            last or {}
        ).get("startedAt"):
            raise Broken("a day is a day", says)
        if _clock(ends, now["timeZone"]) != time():
            raise Broken("days end at midnight", says)
        if now["limit"] > max(one.daily_credits for one in TIERS.values()):
            raise Broken("never above the best tier", says)

    def at_end(self, *, margin: timedelta) -> None:
        """Whoever has spent of a day that is over has been given the next one.

        Args:
            margin: how long ago the day ended at least, so that the job has seen it.
        """
        for path in self._world.store.paths_in("users"):
            data = self._world.look(path) or {}
            allowance = data.get("allowance")
            if allowance is None or "wallet" not in data:
                continue
            over = allowance["endsAt"] + margin <= self._world.now
            if over and data["wallet"]["dailyCredits"] != allowance["limit"]:
                raise Broken("every new day is granted", f"{path}: {allowance}")


def promise_once(world: World) -> None:
    """Adjustments once for each record of them, shop items once where once is all there is."""
    entries = world.documents("ledger")
    adjusted = [one for one in entries if one["kind"] == "credits_adjust"]
    recorded = [one for one in world.documents("auditLog") if one["kind"] == "credits_adjusted"]
    posted = sorted((str(one["metadata"]["auditId"]), one["legs"]["credits"]) for one in adjusted)
    if posted != sorted((str(one["auditId"]), one["amount"]) for one in recorded):
        raise Broken("adjusted once", f"{posted}")
    by_id = dict(posted)
    for (name, *_), told in world.answers.items():
        if name == "adjustCredits" and by_id.get(told["auditId"]) != told["amount"]:
            raise Broken("adjusted once", f"{told} left {by_id.get(told['auditId'])}")
        if name == "purchaseShopItem" and told["obsidian"] != SHOP_ITEMS[told["itemId"]].obsidian:
            raise Broken("sold at its price", f"{told}")
    _see_shop(world, [one for one in entries if one["kind"] == "obsidian_spend"])


def _see_shop(world: World, entries: Sequence[Data]) -> None:
    bought: dict[tuple[str, str], int] = {}
    for one in entries:
        place = str(one["userId"]), str(one["metadata"]["itemId"])
        bought[place] = bought.get(place, 0) + 1
        if one["amount"] != SHOP_ITEMS[place[1]].obsidian:
            raise Broken("sold at its price", f"{one}")
    for (user, item), times in bought.items():
        if SHOP_ITEMS[item].once and times > 1:
            raise Broken("sold once", f"{user} has paid {item} {times} times")
        held = (world.look(f"users/{user}/items/{item}") or {}).get("quantity")
        if held != times and not user.startswith("~"):
            raise Broken("what was paid is held", f"{user} has {held} of {times} {item}")


def _legs(split: Data, sign: int) -> dict[str, int]:
    parts = {"dailyCredits": sign * split["daily"], "credits": sign * split["credits"]}
    return {name: moved for name, moved in parts.items() if moved}


def _own(legs: Mapping[str, int]) -> dict[str, int]:
    """The legs without those of the outside."""
    return {name: moved for name, moved in legs.items() if not name.startswith("world:")}


def _clock(at: datetime, zone: str) -> time:
    return at.astimezone(ZoneInfo(zone)).time()
