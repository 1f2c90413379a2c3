"""Metered actions, daily allowances, adjustments and the shop: what users spend credits on."""

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from firetill.access import Caller
from firetill.accounts import consent
from firetill.accounts.model import AcceptTerms
from firetill.admin import service as admin
from firetill.admin.model import AdjustCredits, AdjustedCredits
from firetill.allowances import service as allowances
from firetill.catalog import ACTION_KINDS, SHOP_ITEMS
from firetill.database import Transaction, Write
from firetill.errors import Refusal
from firetill.ledger import service as ledger
from firetill.ledger.model import Posting
from firetill.ledger.repository import entry_path
from firetill.ledger.rules import entry_id
from firetill.metering import reading, replies, service, work
from firetill.metering.model import ActionInput, ActionView, GetAction, QueuedAction, RunAction
from firetill.metering.replies_model import SaveReply
from firetill.shop import service as shop
from firetill.shop.model import PurchaseShopItem
from firetill.upkeep import actions as upkeep_actions
from firetill.upkeep import allowances as upkeep_allowances
from tests.simulation.room import USERS, Act, Job, Room, one_of
from tests.simulation.rooms.metering_promises import Actions, Allowances, promise_once
from tests.simulation.rooms.provider import SimulatedProvider
from tests.simulation.scheduler import Crash
from tests.simulation.world import Broken, Message, World

TERMS: Final = "2026-02"
"""The version of the terms that everybody is shown."""

ADMIN: Final = Caller(user_id="root", admin=True)
"""Who adjusts."""

_ZONES: Final = (
    "UTC",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Nowhere/At_All",
)

_NIGHT: Final = timedelta(hours=16)
"""How much of the time for which Stripe remembers a night may take."""


class Everybody:
    """Firebase Authentication as far as it is asked here: everybody has an account."""

    def __init__(self, world: World) -> None:
        self._world = world

    def exists(self, user_id: str) -> bool:  # noqa: ARG002 - everybody has one
        """Tell so."""
        self._world.outside("ask the directory")
        return True

    def email_of(self, user_id: str) -> str | None:
        """Tell the address that everybody has."""
        return f"{user_id}@example.com"

    def user_id_by_email(self, email: str) -> str | None:
        """Tell whose address it is."""
        return email.partition("@")[0]

    def delete(self, user_id: str) -> None:
        """Nobody asks for this here."""
        raise NotImplementedError(user_id)


class Metering(Room):
    """Users who have things done, and the worker, the provider and the jobs behind it."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.provider = SimulatedProvider(
            world, lambda: world.tasks.spawn("job sweepActions", self._sweep)
        )
        self._slept = False
        self._directory = Everybody(world)
        self._asked: list[tuple[str, Callable[[], None]]] = []
        self._looks = itertools.count(1)
        self._actions = Actions(world)
        self._allowances = Allowances(world, self._actions)
        world.known[service.PROCESS_ACTION] = self._task

    def acts(self) -> Mapping[str, tuple[int, Act]]:
        return {
            "run an action": (6, self._run),
            "run too many actions": (2, self._burst),
            "go on with a generation": (2, self._continue),
            "see a generation through": (2, self._see_through),
            "look at credits": (3, self._look),
            "look at an action": (1, self._view),
            "move to another time zone": (1, self._move),
            "save a reply": (1, self._save),
            "adjust credits": (2, self._adjust),
            "shop": (2, self._shop),
            "look after actions": (3, self._look_after),
            "midnight": (2, self._midnight),
            "ask the same again": (3, self._again),
        }

    def jobs(self) -> Mapping[str, Job]:
        db, queue = self.world.database, self.world.queue
        return {
            "sweepActions": lambda: upkeep_actions.sweep_actions(db, queue),
            "resetDailyCredits": lambda: upkeep_allowances.reset_daily_credits(db),
        }

    def _task(self, payload: Mapping[str, str]) -> Message:
        """A delivery of an action's task; some are lost on the way."""
        world = self.world
        if world.weather.happens("webhook_lost"):
            return Message("processAction, lost", lambda: True)

        def deliver() -> bool:
            done = work.process(world.database, self.provider, payload["actionId"])
            return done not in {"again", "held"}

        return Message("processAction", deliver)

    # What people do.

    def begin(self, name: str, act: Callable[[], None]) -> None:
        """Have an app do something that it may do again later, with the same keys."""
        self._asked.append((name, act))
        self.app(name, act)

    def _again(self, rng: random.Random) -> None:
        earlier = one_of(rng, self._asked)
        if earlier is not None:
            self.app(f"{earlier[0]} again", earlier[1])

    def _run(self, rng: random.Random) -> None:
        kinds = ("short_chat", "short_chat", "long_chat", "image_analysis", "generate_initial")
        self.run(rng.choice(USERS), self.key(rng), rng.choice(kinds), rng)

    def _burst(self, rng: random.Random) -> None:
        user = rng.choice(USERS)
        for _ in range(4):
            self.run(user, self.key(rng), "short_chat", rng)

    def _continue(self, rng: random.Random) -> None:
        earlier = one_of(rng, self._generations())
        if earlier is None:
            return
        user = str(earlier["userId"]) if rng.random() < 0.9 else rng.choice(USERS)
        previous = str(earlier["actionId"])
        self.run(user, self.key(rng), "generate_iteration", rng, previous=previous)

    def _see_through(self, rng: random.Random) -> None:
        """A generation and the one that goes on with it, in one sitting."""
        user, first, second, world = rng.choice(USERS), self.key(rng), self.key(rng), self.world

        def act() -> None:
            begun = self._ask_run(user, first, "generate_initial")
            if not isinstance(begun, QueuedAction):
                return
            for _ in range(6):
                world.sleep(5)
                done = world.look(f"actions/{begun.action_id}") or {}
                if done.get("status") == "done":
                    self._ask_run(user, second, "generate_iteration", begun.action_id)
                    return

        self.begin(f"generate {user}", act)

    def run(
        self, user: str, key: str, kind: str, rng: random.Random, *, previous: str | None = None
    ) -> None:
        """Have a user run an action, most of them after they have accepted the terms."""
        accepts = rng.random() < 0.95
        self.begin(
            f"run {kind} {user}",
            lambda: self._none(self._ask_run(user, key, kind, previous, accepts=accepts)),
        )

    def _ask_run(
        self, user: str, key: str, kind: str, previous: str | None = None, *, accepts: bool = True
    ) -> object:
        world, db, caller = self.world, self.world.database, Caller(user_id=user)
        terms = AcceptTerms(terms_version=TERMS)
        if accepts:
            world.ask(
                ("acceptTerms", user, TERMS),
                lambda: consent.accept(db, caller, terms, terms_version=TERMS),
            )
        image = f"https://pictures.example/{key}" if ACTION_KINDS[kind].takes_image else None
        request = RunAction(
            kind=kind,
            input=ActionInput(text=f"on {key}", image_url=image, previous_action_id=previous),
            idempotency_key=key,
        )
        return world.ask(
            ("runAction", user, key),
            lambda: service.run(db, world.queue, caller, request, terms_version=TERMS),
        )

    def _look(self, rng: random.Random) -> None:
        self.look(rng.choice(USERS))

    def look(self, user: str, *, anonymous: bool = False) -> None:
        """Have a user look at their credits, which grants what is due."""
        world, db = self.world, self.world.database

        def act() -> None:
            key = ("getCredits", user, str(next(self._looks)))
            world.ask(key, lambda: allowances.get_credits(db, user, anonymous=anonymous))

        self.begin(f"look {user}", act)

    def _view(self, rng: random.Random) -> None:
        path = one_of(rng, self.world.store.paths_in("actions"))
        user, world = rng.choice(USERS), self.world
        if path is None:
            return
        request = GetAction(action_id=path.partition("/")[2])

        def act() -> None:
            key = ("getAction", user, str(next(self._looks)))
            seen = world.ask(key, lambda: reading.get(world.database, user, request))
            owner = (world.look(path) or {}).get("userId")
            if isinstance(seen, ActionView) and owner not in {user, None}:
                raise Broken("nobody else's", f"{user} was shown {path}")

        self.app(f"view {user}", act)

    def _move(self, rng: random.Random) -> None:
        """A profile is written by the app itself, without the till."""
        user, zone = rng.choice(USERS), rng.choice(_ZONES)

        def body(tx: Transaction) -> None:
            [found] = tx.get(f"users/{user}")
            if found.exists:
                tx.merge(found.path, {"timeZone": zone})

        self.app(
            f"move {user}",
            lambda: self._none(
                self.world.ask(
                    ("move", user, zone), lambda: self.world.database.run_transaction(body)
                )
            ),
        )

    def _save(self, rng: random.Random) -> None:
        path = one_of(rng, self.world.store.paths_in("actions"))
        user, key, db = rng.choice(USERS), self.key(rng), self.world.database
        action_id = path.partition("/")[2] if path and rng.random() < 0.8 else None
        request = SaveReply(text=f"reply {key}", idempotency_key=key, action_id=action_id)
        asked = ("saveReply", user, key)
        self.begin(
            f"save {user}",
            lambda: self._none(self.world.ask(asked, lambda: replies.save(db, user, request))),
        )

    def _adjust(self, rng: random.Random) -> None:
        user, key, db = rng.choice(USERS), self.key(rng), self.world.database
        request = AdjustCredits(
            user_id=user,
            amount=rng.choice((100, 30, -20, -500)),
            reason="a case",
            idempotency_key=key,
        )
        caller = ADMIN if rng.random() < 0.9 else Caller(user_id=user)
        asked = ("adjustCredits", str(caller.user_id), key)

        def act() -> None:
            done = self.world.ask(asked, lambda: admin.adjust(db, self._directory, caller, request))
            if isinstance(done, AdjustedCredits) and not caller.admin:
                raise Broken("only administrators adjust", user)

        self.begin(f"adjust {user}", act)

    def _shop(self, rng: random.Random) -> None:
        """Spend at once what a long time of pledging brings: posted as pledges post it."""
        user, key, world, db = rng.choice(USERS), self.key(rng), self.world, self.world.database
        amount = rng.choice((100, 400))
        earned = [
            Posting(
                kind=kind, amount=amount, cause=("session", key), idempotency_key=key, metadata={}
            )
            for kind in ("ash_grant", "ash_to_obsidian_conversion")
        ]
        wanted = rng.choices(sorted(SHOP_ITEMS), k=2)

        def body(tx: Transaction) -> None:
            [first] = tx.get(entry_path(entry_id(user, earned[0])))
            if not first.exists:
                ledger.post(tx, user, earned)

        def act() -> None:
            world.ask(("earn", user, key), lambda: db.run_transaction(body))
            for number, item in enumerate(wanted):
                request = PurchaseShopItem(item_id=item, idempotency_key=f"{key}-{number}")
                asked = ("purchaseShopItem", user, request.idempotency_key)
                world.ask(asked, partial(shop.purchase, db, user, request))

        self.begin(f"shop {user}", act)

    def _look_after(self, rng: random.Random) -> None:
        """Time enough for somebody to be missed, and the job that misses them, perhaps twice."""
        self.world.advance(rng.choice((130, 130, 240)))
        for _ in range(rng.choice((1, 2))):
            self.world.tasks.spawn("job sweepActions", self._sweep)

    def _midnight(self, rng: random.Random) -> None:
        """Let a user spend at the end of a day, once: time that has passed is used up."""
        user = rng.choice(USERS)
        allowance = (self.world.look(f"users/{user}") or {}).get("allowance")
        left = (allowance["endsAt"] - self.world.now) if allowance else timedelta()
        if self._slept or not timedelta() < left < _NIGHT:
            return
        self._slept = True
        self.world.advance(left.total_seconds() + rng.choice((-2, 0, 60)))
        self.run(user, self.key(rng), rng.choice(("short_chat", "long_chat")), rng)
        self.look(user)

    def _sweep(self) -> None:
        try:
            self.world.serve(self.jobs()["sweepActions"])
        except (Crash, Refusal) as error:
            self.world.note("job sweepActions ended early", type(error).__name__)

    @staticmethod
    def _none(_: object) -> None:
        """What an app does with an answer that it needs no more."""

    def _generations(self) -> list[Mapping[str, Any]]:
        return [one for one in self.world.documents("actions") if "generate" in one["kind"]]

    # What must hold.

    def after_commit(self, writes: Sequence[Write]) -> None:
        touched = self._actions.follow(writes)
        for one in writes:
            collection, _, user = one.path.partition("/")
            if collection == "users" and one.kind != "check" and "/" not in user:
                touched[user] = None
        for user in touched:
            self._actions.see_open(user)
            self._allowances.see(user)

    def at_end(self) -> None:
        self._actions.at_end(self.provider)
        self._allowances.at_end(margin=timedelta(hours=1))
        promise_once(self.world)
        for (name, *who), told in self.world.answers.items():
            if name == "saveReply" and self.world.look(f"savedReplies/{told['replyId']}") is None:
                raise Broken("what was saved is kept", f"{who}")
