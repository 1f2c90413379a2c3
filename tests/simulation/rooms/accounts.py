"""Whole accounts: sign-up, terms, notifications, merging, export, deletion, and what is purged."""

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from firetill.access import Caller
from firetill.accounts import consent, welcome
from firetill.accounts.model import AcceptTerms
from firetill.admin import service as admin
from firetill.admin.model import AdjustCredits
from firetill.allowances import service as allowances
from firetill.catalog import PACKS
from firetill.database import Write
from firetill.errors import Refusal, SignInRequired
from firetill.estates import deletion, export, merging
from firetill.estates.deletion import Means
from firetill.estates.deletion_model import DeleteAccount
from firetill.estates.model import ExportData, ExportedData
from firetill.metering import service as metering
from firetill.metering.model import ActionInput, RunAction
from firetill.notifications import devices, receipts
from firetill.notifications import service as notifications
from firetill.notifications.model import RegisterPushToken, ResendReceipt
from firetill.orders import service as orders
from firetill.orders.model import CreateOrder, OrderItem
from firetill.pledges import service as pledges
from firetill.pledges.model import StartSession
from firetill.purchases import service as purchases
from firetill.purchases.model import CreateCreditsPurchaseIntent
from firetill.subscriptions import service as subscriptions
from firetill.subscriptions.model import Subscribe
from firetill.upkeep import deletions as upkeep_deletions
from firetill.upkeep import metrics, purge
from firetill.upkeep import notifications as upkeep_notifications
from tests.simulation.room import USERS, Act, Job, Room, one_of
from tests.simulation.rooms.account_promises import Books, Purged, promise_gone
from tests.simulation.rooms.metering import ADMIN, TERMS
from tests.simulation.rooms.outbox import Outbox, SimulatedDirectory
from tests.simulation.rooms.purchases import stripe_says_no
from tests.simulation.world import Message, World

T = TypeVar("T")

GUESTS: Final = ("anon-1", "anon-2")
LEAVERS: Final = ("user-dee", "user-eve", *GUESTS)
"""Users of this room alone, so that others' promises need not know of pseudonyms."""


class Accounts(Room):
    """People who come, use everything, and go."""

    needs = ("payments",)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.directory = SimulatedDirectory(world)
        self.outbox = Outbox(world, self.directory)
        self._means = Means(world.database, world.stripe.gateway, self.directory)
        self._calls = itertools.count(1)
        self._linked: dict[str, None] = {}
        self._books = Books(world)
        self._purged = Purged(world, LEAVERS)

    def acts(self) -> Mapping[str, tuple[int, Act]]:
        return {
            "sign up": (1, self._sign_up),
            "use an account": (4, self._use),
            "link an account": (1, self._link),
            "merge an account": (2, self._merge),
            "export an account": (1, self._export),
            "delete an account": (2, self._delete),
            "come, use and go": (2, self._come_and_go),
            "ask for a receipt": (1, self._resend),
            "install the app": (1, self._install),
        }

    def jobs(self) -> Mapping[str, Job]:
        db = self.world.database
        return {
            "deleteAccounts": lambda: upkeep_deletions.delete_accounts(self._means),
            "deliverNotifications": lambda: upkeep_notifications.deliver_notifications(
                db, self.outbox.channels
            ),
            "purgeExpired": lambda: purge.purge_expired(db),
            "computeMetrics": self._count,
        }

    def _count(self) -> object:
        began = self.world.clock()
        run = metrics.compute_metrics(self.world.database)
        self._books.counted(began, run)
        return run

    def _told(self, notification_id: str) -> Message:
        """The trigger of a new notification; Firestore does not tell it again if it fails."""
        world = self.world

        def deliver() -> bool:
            try:
                notifications.deliver(world.database, self.outbox.channels, notification_id)
            except Refusal as refusal:
                world.note("deliverNotification failed", type(refusal).__name__)
            return True

        return Message("deliverNotification", deliver)

    # What people do.

    def ask(self, operation: str, user: str, key: str | None, call: Callable[[], T]) -> object:
        """Ask in a user's name, as long as the user's ID tokens are good.

        Args:
            operation: which; with the user and the key it names the request.
            user: who.
            key: the request's; None if its result is another one each time.
            call: the request.
        """

        def with_token() -> T:
            if not self.directory.takes_token_of(user):
                raise SignInRequired
            return call()

        named = key or f"call-{next(self._calls)}"
        return self.world.ask((operation, user, named), with_token)

    def _is_anonymous(self, user: str) -> bool:
        return user in GUESTS and user not in self._linked

    def _sign_up(self, rng: random.Random) -> None:
        user, db = rng.choice((*LEAVERS, *USERS)), self.world.database
        call = partial(welcome.sign_up, db, user, anonymous=self._is_anonymous(user))
        self.app(f"sign up {user}", lambda: _ignore(self.ask("signUp", user, None, call)))

    def _link(self, rng: random.Random) -> None:
        """An anonymous user shows who it is; the calls after that know."""
        user = rng.choice(GUESTS)
        self._linked[user] = None
        self.app(f"link {user}", lambda: self._look(user))

    def _look(self, user: str) -> None:
        db, anonymous = self.world.database, self._is_anonymous(user)
        call = partial(allowances.get_credits, db, user, anonymous=anonymous)
        self.ask("getCredits", user, None, call)

    def _use(self, rng: random.Random) -> None:
        user = rng.choice(LEAVERS)
        self.app(f"use {user}", self._uses(user, rng))

    def _uses(self, user: str, rng: random.Random) -> Callable[[], None]:
        """A few of the things that one can do with an account, one after another."""
        ways: list[Callable[[str, str], object]] = [
            self._run_action,
            self._run_action,
            self._pledge,
            self._buy,
            self._order,
            self._subscribe,
            self._accept,
            self._push_token,
        ]
        chosen = [(rng.choice(ways), self.key(rng)) for _ in range(rng.choice((1, 2, 3)))]

        def work() -> None:
            self._look(user)
            for way, key in chosen:
                way(user, key)

        return work

    def _accept(self, user: str, _: str) -> object:
        db, caller = self.world.database, Caller(user_id=user, anonymous=self._is_anonymous(user))
        terms = AcceptTerms(terms_version=TERMS)
        call = partial(consent.accept, db, caller, terms, terms_version=TERMS)
        return self.ask("acceptTerms", user, TERMS, call)

    def _run_action(self, user: str, key: str) -> object:
        world = self.world
        if metering.PROCESS_ACTION not in world.known:
            return None  # nobody is there to do it
        self._accept(user, key)
        caller = Caller(user_id=user, anonymous=self._is_anonymous(user))
        request = RunAction(
            kind="short_chat", input=ActionInput(text=f"on {key}"), idempotency_key=key
        )
        call = partial(
            metering.run, world.database, world.queue, caller, request, terms_version=TERMS
        )
        return self.ask("runAction", user, key, call)

    def _pledge(self, user: str, key: str) -> object:
        request = StartSession(duration_minutes=5, idempotency_key=key, pledge_amount=20)
        call = partial(pledges.start, self.world.database, user, request)
        return self.ask("startSession", user, key, call)

    def _buy(self, user: str, key: str) -> object:
        db, stripe = self.world.database, self.world.stripe.gateway
        pack = sorted(PACKS)[len(key) % len(PACKS)]
        request = CreateCreditsPurchaseIntent(pack_id=pack, idempotency_key=key)
        call = partial(purchases.create_intent, db, stripe, user, request)
        done = self.ask("createCreditsPurchaseIntent", user, key, call)
        return self._pay(done, user, key)

    def _order(self, user: str, key: str) -> object:
        db, stripe = self.world.database, self.world.stripe.gateway
        request = CreateOrder(items=[OrderItem(event_id="gala", quantity=1)], idempotency_key=key)
        call = partial(orders.create, db, stripe, user, request)
        return self._pay(self.ask("createOrder", user, key, call), user, key)

    def _pay(self, made: object, user: str, key: str) -> object:
        """Pay what was made for two users in three keys; the others leave it open."""
        intent = getattr(made, "payment_intent_id", None)
        if intent and random.Random(f"{user}/{key}").random() < 0.66:
            stripe_says_no(partial(self.world.stripe.pay, intent, "pm_card_visa"))
        return made

    def _subscribe(self, user: str, key: str) -> object:
        db, stripe = self.world.database, self.world.stripe.gateway
        request = Subscribe(tier="plus", flow="payment", idempotency_key=key)
        call = partial(subscriptions.subscribe, db, stripe, user, request)
        return self.ask("subscribe", user, key, call)

    def _push_token(self, user: str, key: str) -> object:
        request = RegisterPushToken(token=f"{user}:{key}")
        call = partial(devices.register_push_token, self.world.database, user, request)
        return self.ask("registerPushToken", user, None, call)

    def _install(self, rng: random.Random) -> None:
        user, key = rng.choice((*LEAVERS, *USERS)), self.key(rng)
        self.app(f"install {user}", lambda: _ignore(self._push_token(user, key)))

    def _merge(self, rng: random.Random) -> None:
        guest, user, key = rng.choice(GUESTS), rng.choice((*LEAVERS, *USERS)), self.key(rng)
        uses = self._uses(guest, rng) if rng.random() < 0.4 else None
        gift = AdjustCredits(
            user_id=guest, amount=rng.choice((70, 7)), reason="a gift", idempotency_key=key
        )
        anonymous = Caller(user_id=guest, anonymous=self._is_anonymous(guest))
        caller = Caller(user_id=user, anonymous=self._is_anonymous(user))
        db = self.world.database

        def work() -> None:
            given = partial(admin.adjust, db, self.directory, ADMIN, gift)
            self.ask("adjustCredits", str(ADMIN.user_id), key, given)
            if uses is not None:
                uses()
            call = partial(merging.merge, db, caller, anonymous, idempotency_key=key)
            self.ask("mergeAccount", user, key, call)

        self.app(f"merge {guest} into {user}", work)

    def _export(self, rng: random.Random) -> None:
        user, db, size = rng.choice((*LEAVERS, *USERS)), self.world.database, rng.choice((3, 100))

        def work() -> None:
            cursor: str | None = None
            for _ in range(20):
                request = ExportData(limit=size, cursor=cursor)
                call = partial(export.export, db, user, request, self.directory.email_of)
                page = self.ask("exportData", user, None, call)
                if not isinstance(page, ExportedData):
                    return
                others = [one for one in (*LEAVERS, *USERS) if one != user]
                self._books.see_export(user, page, others)
                cursor = page.cursor
                if cursor is None:
                    return

        self.world.tasks.spawn(f"export {user}", work)

    def _delete(self, rng: random.Random) -> None:
        user = rng.choice(LEAVERS)
        self.app(f"delete {user}", lambda: self._leave(user))

    def _leave(self, user: str) -> None:
        call = partial(deletion.delete, self._means, user, DeleteAccount(confirm=True))
        self.ask("deleteAccount", user, "for good", call)

    def _come_and_go(self, rng: random.Random) -> None:
        """Use an account while it is being deleted, too."""
        user = rng.choice(LEAVERS)
        before, meanwhile = self._uses(user, rng), self._uses(user, rng)

        def work() -> None:
            before()
            self.world.tasks.spawn(f"use {user}", meanwhile)
            self._leave(user)

        self.app(f"come, use and go {user}", work)

    def _resend(self, rng: random.Random) -> None:
        found = one_of(rng, self.world.documents("fulfillments"))
        if found is None:
            return
        owner, db = str(found["userId"]), self.world.database
        user = owner if rng.random() < 0.9 else rng.choice(USERS)
        request = ResendReceipt(fulfillment_id=str(found["orderId"]))
        call = partial(receipts.resend_receipt, db, Caller(user_id=user), request)
        self.app(f"receipt {user}", lambda: _ignore(self.ask("resendReceipt", user, None, call)))

    # What must hold.

    def after_commit(self, writes: Sequence[Write]) -> None:
        self._books.after_commit(writes)
        self._purged.after_commit(writes)
        for one in writes:
            new = one.kind == "put" and one.exists is False
            if new and one.path.startswith("notifications/"):
                self._announce(one.path.partition("/")[2])

    def _announce(self, notification_id: str) -> None:
        world = self.world
        if world.weather.happens("webhook_lost"):
            return
        for _ in range(2 if world.weather.happens("task_twice") else 1):
            world.messages.append(self._told(notification_id))

    def at_end(self) -> None:
        self.outbox.at_end()
        self._books.at_end()
        promise_gone(self.world, self.directory, self._books.customers)


def _ignore(_: Any) -> None:
    """What an app does with an answer that it needs no more."""
