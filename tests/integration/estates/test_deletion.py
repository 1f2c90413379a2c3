"""Deleting an account: nothing personal is left, nothing of anybody else's is touched."""

import itertools
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from firetill.access import Caller
from firetill.accounts import consent
from firetill.accounts.model import AcceptTerms
from firetill.database import Query, Snapshot, Store, Transaction, Version, Write
from firetill.errors import (
    AccountDeleted,
    InvalidField,
    PaymentProviderUnavailable,
)
from firetill.estates import deletion
from firetill.estates.deletion_model import DeleteAccount, DeletedAccount
from firetill.estates.repository import deletion_path
from firetill.ledger import service as ledger
from firetill.notifications.devices import register_push_token
from firetill.notifications.model import RegisterPushToken
from firetill.pledges import service as pledges
from firetill.pledges.model import StartSession
from firetill.tickets import batches, reconciliation
from firetill.tickets.codes import new_token
from firetill.upkeep import deletions
from firetill.upkeep import service as upkeep
from tests.evening import CODES
from tests.factories import at_once, post, posting
from tests.faults import WithoutPreconditions
from tests.integration.estates.lives import LEO, MAY, TERMS, Crash, Doomed, World, heir
from tests.integration.shop import EVENT, write

CONFIRMED = DeleteAccount(confirm=True)


def delete(world: World) -> DeletedAccount:
    return deletion.delete(world.means(), LEO, CONFIRMED)


def finish(world: World) -> None:
    """Let the job come by until the deletion is done."""
    for _ in range(4):
        world.clock.advance(hours=2, minutes=3)
        run = deletions.delete_accounts(world.means())
        assert (run.outcome, run.failed) == ("finished", 0), run.first_failures


def reconcile(world: World) -> None:
    """Let the reconciling jobs look at everything, as often as they do within a while."""
    world.clock.advance(minutes=2)
    for _ in range(2):
        upkeep.reconcile_all_users(world.db)
        upkeep.reconcile_incremental(world.db)


def faults(world: World) -> list[str]:
    """What the reconciling jobs have put on record."""
    return [
        path
        for path, data in world.memory.everything().items()
        if data.get("kind") in {"ledger_fault", "wallet_correction"}
    ]


def test_he_was_everywhere(lived: World) -> None:
    """Else the other tests would prove nothing."""
    collections = {path.split("/")[0] for path in lived.naming(LEO)}
    assert collections >= {
        "users",
        "sessions",
        "ledger",
        "actions",
        "savedReplies",
        "notifications",
        "pushDevices",
        "usernames",
        "usernameLooks",
        "usernameAttempts",
        "consents",
        "orders",
        "fulfillments",
        "paymentIntents",
        "checkoutSessions",
        "buyers",
        "customers",
        "eventUsers",
        "events",
        "ticketTokens",
        "eventStaff",
        "adminUsers",
        "operations",
        "rateLimits",
        "auditLog",
    }


def test_nothing_names_him_any_more(world: World) -> None:
    assert delete(world) == DeletedAccount(status="deleted", deletion_id=heir())
    assert world.naming(LEO) == [f"users/{LEO}"]
    assert world.db.get(f"users/{LEO}")[0].data == {"deleting": True}
    assert world.naming("Name of") == [f"users/{MAY}"]
    assert LEO not in world.people.accounts
    [customer] = world.stripe.deleted
    assert customer.startswith("cus_")
    finish(world)
    assert world.naming(LEO) == []
    assert world.db.get(deletion_path(heir()))[0].data == {
        **(world.db.get(deletion_path(heir()))[0].data or {}),
        "step": "done",
        "userId": None,
        "dueAt": None,
    }


def test_two_runs_that_meet_at_a_step_go_on_by_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the second would take up the next round at once, while his last token is still good."""
    remove, met = world.people.delete, list[str]()

    def slow(user_id: str) -> None:
        remove(user_id)
        if not met:
            met.append(user_id)
            deletion.proceed(world.means(), heir(), budget_seconds=60.0)

    monkeypatch.setattr(world.people, "delete", slow)
    assert delete(world).status == "deleted"
    known = world.db.get(deletion_path(heir()))[0].data or {}
    assert (met, known["step"], known["round"]) == ([LEO], "waiting", 1)


def test_his_ledger_stays_true_under_the_pseudonym(world: World) -> None:
    before = world.wallet(LEO)
    delete(world)
    after = world.wallet(heir())
    assert after.seq > before.seq  # the pledge burned, the action was paid back
    assert (after.locked_credits, after.ash) == (0, before.ash + before.locked_credits)
    assert world.wallet(LEO).seq == 0
    assert world.db.get(f"users/{heir()}")[0].data is not None
    assert set(world.db.get(f"users/{heir()}")[0].data or {}) == {"wallet"}
    reconcile(world)
    finish(world)
    reconcile(world)
    assert faults(world) == []


def test_what_was_under_way_is_settled_first(world: World) -> None:
    stock = world.db.get("products/poster")[0].data or {}
    assert stock["reserved"] == 2
    delete(world)
    assert (world.db.get("products/poster")[0].data or {})["reserved"] == 1
    kinds = [entry.kind for entry in ledger.entries(world.db, heir())]
    assert kinds.count("credits_burn") == 1
    assert kinds.count("credits_spend_refund") == 1
    assert len(world.stripe.canceled) == 2 + 1  # the order's, the pack's; once more in its name


def test_tickets_stay_good_without_a_name(world: World) -> None:
    [summary] = world.db.get(f"eventUsers/{EVENT}/users/{LEO}")
    assert summary.data is not None
    delete(world)
    [left, moved] = world.db.get(
        f"eventUsers/{EVENT}/users/{LEO}", f"eventUsers/{EVENT}/users/{heir()}"
    )
    assert not left.exists
    assert moved.data is not None
    for name in ("totalTickets", "usedCount", "ragerIds"):
        assert moved.data[name] == summary.data[name]
    case = reconciliation.new_case(world.db, EVENT, "test")
    assert reconciliation.run(case, budget_seconds=10).found == 0


def test_tickets_that_come_afterwards_are_counted_with_the_others(world: World) -> None:
    """Somebody passed them on to him while his last token was still good."""
    delete(world)
    path = f"eventUsers/{EVENT}/users/{heir()}"
    before = world.db.get(path)[0].data or {}
    assert before["totalTickets"] > 0

    def body(tx: Transaction) -> None:
        tx.get(*batches.documents(EVENT, LEO, "late"))
        batches.issue(
            tx,
            CODES,
            token=new_token(),
            rager_id="late",
            event_id=EVENT,
            user_id=LEO,
            quantity=2,
            order_id=None,
        )

    world.db.run_transaction(body)
    finish(world)
    after = world.db.get(path)[0].data or {}
    assert after["totalTickets"] == before["totalTickets"] + 2
    assert after["ragerIds"] == [*before["ragerIds"], "late"]
    case = reconciliation.new_case(world.db, EVENT, "test")
    assert reconciliation.run(case, budget_seconds=10).found == 0


def test_nobody_else_is_touched(lived: World, world: World) -> None:
    delete(world)
    finish(world)
    hers = set(lived.naming(MAY))
    before, after = lived.memory.everything(), world.memory.everything()
    assert {path: after.get(path) for path in hers} == {path: before[path] for path in hers}


def test_it_must_be_confirmed(world: World) -> None:
    with pytest.raises(InvalidField) as refused:
        deletion.delete(world.means(), LEO, DeleteAccount(confirm=False))
    assert refused.value.data == {"field": "confirm"}
    assert world.memory.everything() == world.copied().memory.everything()


def test_a_repeat_says_the_same(world: World) -> None:
    first = delete(world)
    before = world.memory.everything()
    assert delete(world) == first
    assert world.memory.everything() == before
    finish(world)
    assert delete(world) == first


def test_nothing_new_begins(world: World) -> None:
    delete(world)
    start = StartSession(duration_minutes=5, pledge_amount=1, idempotency_key="late")
    with pytest.raises(AccountDeleted):
        pledges.start(world.db, LEO, start)
    late = AcceptTerms(terms_version=TERMS)
    with pytest.raises(AccountDeleted):
        consent.accept(world.db, Caller(user_id=LEO), late, terms_version=TERMS)


def test_what_an_old_token_still_wrote_goes_in_the_second_round(world: World) -> None:
    delete(world)
    register_push_token(world.db, LEO, RegisterPushToken(token="u" * 20))
    assert f"pushDevices/{LEO}" in world.naming(LEO)
    finish(world)
    assert world.naming(LEO) == []


def test_an_account_that_never_did_anything(world: World) -> None:
    done = deletion.delete(world.means(), "u-new-1", CONFIRMED)
    assert done.status == "deleted"
    finish(world)
    assert world.naming("u-new-1") == []
    assert world.naming(heir("u-new-1")) == []


@pytest.mark.parametrize("who", ["stripe", "directory"])
def test_somebody_does_not_answer(world: World, who: str) -> None:
    if who == "stripe":
        world.stripe.fault = PaymentProviderUnavailable()
    else:
        world.people.asleep = True
    assert delete(world).status == "deleting"
    world.clock.advance(minutes=3)
    run = deletions.delete_accounts(world.means())
    assert (run.failed, run.results) == (1, {})
    world.stripe.fault, world.people.asleep = None, False
    finish(world)
    assert world.naming(LEO) == []


def test_without_time_the_job_goes_on(world: World) -> None:
    """Each visit has time for a few chunks alone; together they come to the end."""
    deletion.delete(world.means(), "u-other-1", CONFIRMED)
    with pytest.raises(Crash):  # begun, and no more
        deletion.delete(world.means(Doomed(world.memory, 3, after=False)), LEO, CONFIRMED)
    steps = []
    for _ in range(60):
        ticking = map(float, itertools.count())
        came_to = deletion.proceed(
            world.means(), heir(), budget_seconds=8, seconds=partial(next, ticking)
        )
        steps.append(came_to.step)
        if came_to.step == "waiting":
            break
    assert steps[-1] == "waiting"
    assert len(set(steps)) > 3
    assert world.naming(LEO) == [f"users/{LEO}"]


def test_many_documents_go_in_small_commits(world: World) -> None:
    for n in range(650):
        path = f"notifications/extra-{n}"
        write(world.db, path, {"notificationId": f"extra-{n}", "userId": LEO, "kind": "receipt"})
    for n in range(550):
        post(world.db, LEO, posting("credits_grant", 1, f"promotion-{n}"))
    watched = Doomed(world.memory, 0, after=False)
    assert deletion.delete(world.means(watched), LEO, CONFIRMED).status == "deleted"
    assert 50 < watched.largest < 500
    assert world.naming(LEO) == [f"users/{LEO}"]
    assert world.wallet(heir()).seq > 550


def _requests(lived: World) -> int:
    world = lived.copied()
    counting = Doomed(world.memory, 0, after=False)
    deletion.delete(world.means(counting), LEO, CONFIRMED)
    return counting.requests


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_request(lived: World, *, after: bool) -> None:
    """Wherever the call ends, the jobs see nothing wrong, and the deletion comes to its end."""
    whole = lived.copied()
    delete(whole)
    finish(whole)
    wallet, paths = whole.wallet(heir()), set(whole.memory.everything())
    requests = _requests(lived)
    assert requests > 60
    for at in range(1, requests + 1):
        world = lived.copied()
        with pytest.raises(Crash):
            deletion.delete(world.means(Doomed(world.memory, at, after=after)), LEO, CONFIRMED)
        if at % 3 == 0:
            reconcile(world)
        if not world.db.get(deletion_path(heir()))[0].exists:
            delete(world)
        finish(world)
        assert world.naming(LEO) == [], at
        assert world.wallet(heir()).balances() == wallet.balances(), at
        assert faults(world) == [], at
        left = {path for path in world.memory.everything() if path in paths or _lasting(path)}
        assert left == {path for path in paths if path in left or _lasting(path)}, at


def _lasting(path: str) -> bool:
    return not path.startswith(("jobs/", "ledgerCheckpoints/"))


class _PostsBeforeTheMove:
    """A store at which an entry is posted just before the commit that moves the wallet."""

    def __init__(self, world: World) -> None:
        self._world, self._store, self._posted = world, world.memory, False

    def read(self, paths: Sequence[str], *, seconds: float) -> list[Snapshot]:
        return self._store.read(paths, seconds=seconds)

    def query(self, query: Query, *, seconds: float) -> list[Snapshot]:
        return self._store.query(query, seconds=seconds)

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        moves = any(one.path == f"users/{heir()}" and "wallet" in one.fields for one in writes)
        if moves and not self._posted:
            self._posted = True
            post(self._world.db, LEO, posting("credits_grant", 77, "at the last moment"))
        return self._store.commit(writes, seconds=seconds)


@pytest.mark.parametrize("guarded", [True, False])
def test_an_entry_that_is_posted_at_the_last_moment(world: World, *, guarded: bool) -> None:
    """Without preconditions the wallet leaves as it was seen, and the entry stays behind."""
    store: Store = _PostsBeforeTheMove(world)
    means = world.means(store if guarded else WithoutPreconditions(store))
    deletion.delete(means, LEO, CONFIRMED)
    wallet, broken = ledger.verify(world.db, heir())
    grants = [one for one in ledger.entries(world.db, heir()) if one.amount == 77]
    left = [path for path in world.naming(LEO) if path.startswith("ledger/")]
    if guarded:
        assert (broken, left, len(grants)) == ([], [], 1)
        assert wallet.seq == len(ledger.entries(world.db, heir()))
    else:
        assert left
        assert not grants


def test_two_at_once_and_a_job(world: World) -> None:
    calls: list[Callable[[], object]] = [partial(delete, world) for _ in range(3)]
    calls += [partial(post, world.db, LEO, posting("credits_grant", 1, f"g{n}")) for n in range(4)]
    answers = at_once(calls)
    done = {answer for answer in answers if isinstance(answer, DeletedAccount)}
    assert done == {DeletedAccount(status="deleted", deletion_id=heir())}
    finish(world)
    assert world.naming(LEO) == []
    posted = sum(not isinstance(answer, Exception) for answer in answers[3:])
    granted = [one for one in ledger.entries(world.db, heir()) if one.amount == 1]
    assert len(granted) == posted
    assert world.wallet(heir()).seq > 0
