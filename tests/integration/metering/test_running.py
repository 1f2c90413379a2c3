"""Running an action: the charge, the queue, and everything that stands against it."""

import pytest

from firetill.access import SERVER, Caller
from firetill.database import Database, Transaction
from firetill.errors import (
    AccountDeleted,
    ActionKindNotFound,
    ActionNotDone,
    ActionNotFound,
    ConsentRequired,
    IdempotencyKeyReused,
    InsufficientCredits,
    InvalidField,
    MissingField,
    NotOwner,
    RateLimited,
    Refusal,
    SignInRequired,
    TooManyActions,
)
from firetill.ledger import service as ledger
from firetill.limits import LIMITS
from firetill.metering import service, work
from firetill.metering.model import ActionInput, RunAction
from tests.factories import ManualClock
from tests.integration.metering.desk import (
    ALLOWANCE,
    TERMS,
    USER,
    WELCOME,
    Oracle,
    Tray,
    action,
    agree,
    ask,
    kinds,
    open_actions,
    prosper,
    sound_wallet,
)

IMAGE = "https://images.example/chat.png"


def test_an_action_is_charged_and_queued(database: Database, tray: Tray) -> None:
    agree(database)
    asked = ask(database, tray)
    assert (asked.status, asked.kind, asked.cost) == ("queued", "short_chat", 5)
    assert (asked.wallet.daily_credits, asked.wallet.credits) == (ALLOWANCE - 5, WELCOME)
    stored = action(database, asked.action_id)
    assert (stored.status, stored.user_id, stored.attempts) == ("queued", USER, 0)
    assert stored.input == ActionInput(text="Hi there!")
    assert open_actions(database) == [asked.action_id]
    assert tray.tasks == {asked.action_id: asked.action_id}
    assert sound_wallet(database) == asked.wallet


def test_the_allowance_pays_first_and_the_entry_says_what_paid(
    database: Database, tray: Tray
) -> None:
    agree(database)
    asked = ask(database, tray, "image_analysis", image_url=IMAGE)
    split = action(database, asked.action_id).split
    assert (split.daily, split.credits) == (20, 30)
    entry = ledger.entries(database, USER)[-1]
    assert entry.kind == "credits_spend"
    assert entry.legs == {"dailyCredits": -20, "credits": -30, "world:usage": 50}
    assert entry.metadata == {"actionId": asked.action_id, "kind": "image_analysis"}
    assert (asked.wallet.daily_credits, asked.wallet.credits) == (0, WELCOME - 30)


def test_a_first_call_welcomes_who_is_not_anonymous(database: Database, tray: Tray) -> None:
    agree(database, anonymous=True)
    assert kinds(database) == []
    asked = ask(database, tray)
    assert kinds(database) == ["credits_grant", "daily_reset", "credits_spend"]
    assert asked.wallet.credits == WELCOME


def test_an_anonymous_user_has_the_allowance_alone(database: Database, tray: Tray) -> None:
    agree(database, anonymous=True)
    request = RunAction(kind="long_chat", input=ActionInput(text="x"), idempotency_key="k")
    caller = Caller(user_id=USER, anonymous=True)
    asked = service.run(database, tray, caller, request, terms_version=TERMS)
    assert (asked.wallet.credits, asked.wallet.daily_credits) == (0, 0)


def test_a_repeat_returns_the_first_result_and_charges_nothing(
    database: Database, tray: Tray, clock: ManualClock
) -> None:
    agree(database)
    first = ask(database, tray)
    tray.tasks.clear()
    clock.advance(hours=1)
    assert ask(database, tray) == first
    assert kinds(database).count("credits_spend") == 1
    assert tray.tasks == {first.action_id: first.action_id}


def test_a_key_is_for_one_input(database: Database, tray: Tray) -> None:
    agree(database)
    ask(database, tray)
    with pytest.raises(IdempotencyKeyReused):
        ask(database, tray, text="Other words")


def test_action_without_the_credits_is_402(database: Database, tray: Tray) -> None:
    agree(database)
    ask(database, tray, "image_analysis", key="dear", image_url=IMAGE)
    with pytest.raises(InsufficientCredits) as refused:
        ask(database, tray, "generate_initial", key="dearer")
    assert refused.value.http_status == 402
    assert refused.value.data == {"balance": 20, "required": 50}
    assert kinds(database).count("credits_spend") == 1
    assert len(open_actions(database)) == 1
    assert len(tray.tasks) == 1


def test_a_refused_key_may_be_used_again(database: Database, tray: Tray) -> None:
    with pytest.raises(ConsentRequired):
        ask(database, tray)
    agree(database)
    assert ask(database, tray).status == "queued"


def test_action_without_consent_is_403(database: Database, tray: Tray) -> None:
    with pytest.raises(ConsentRequired) as refused:
        ask(database, tray)
    assert refused.value.http_status == 403
    assert refused.value.data == {"termsVersion": TERMS}
    assert kinds(database) == []
    assert tray.tasks == {}


def test_consent_to_earlier_terms_is_none(database: Database, tray: Tray) -> None:
    agree(database)
    request = RunAction(kind="short_chat", input=ActionInput(text="x"), idempotency_key="k")
    with pytest.raises(ConsentRequired):
        service.run(database, tray, Caller(user_id=USER), request, terms_version="2027-01")


def test_three_actions_may_be_under_way(database: Database, tray: Tray, oracle: Oracle) -> None:
    prosper(database, 1_000)
    asked = [ask(database, tray, key=f"k{n}") for n in range(3)]
    with pytest.raises(TooManyActions) as refused:
        ask(database, tray, key="k3")
    assert refused.value.data == {"limit": 3, "retryAfterSeconds": 5}
    assert work.process(database, oracle, asked[1].action_id) == "done"
    assert open_actions(database) == [asked[0].action_id, asked[2].action_id]
    assert ask(database, tray, key="k3").status == "queued"


def test_a_minute_has_its_limit(database: Database, tray: Tray, oracle: Oracle) -> None:
    prosper(database, 10_000)
    for n in range(LIMITS["runAction"].times):
        work.process(database, oracle, ask(database, tray, key=f"k{n}").action_id)
    with pytest.raises(RateLimited) as refused:
        ask(database, tray, key="one-more")
    assert refused.value.data == {"retryAfterSeconds": 60}


def test_an_account_that_is_being_deleted_runs_nothing(database: Database, tray: Tray) -> None:
    agree(database)

    def mark(tx: Transaction) -> None:
        tx.get(f"users/{USER}")
        tx.merge(f"users/{USER}", {"deleting": True})

    database.run_transaction(mark)
    with pytest.raises(AccountDeleted):
        ask(database, tray)


def test_a_server_has_no_wallet(database: Database, tray: Tray) -> None:
    request = RunAction(kind="short_chat", input=ActionInput(text="x"), idempotency_key="k")
    with pytest.raises(SignInRequired):
        service.run(database, tray, SERVER, request, terms_version=TERMS)


@pytest.mark.parametrize(
    ("kind", "given", "refusal"),
    [
        ("short_chat", {"text": ""}, MissingField("input.text")),
        ("short_chat", {"text": "  \n"}, MissingField("input.text")),
        ("short_chat", {"text": "x" * 2_001}, InvalidField("input.text", "is too long")),
        ("short_chat", {"image_url": IMAGE}, InvalidField("input.imageUrl", "is not taken")),
        ("image_analysis", {}, MissingField("input.imageUrl")),
        ("generate_iteration", {}, MissingField("input.previousActionId")),
        (
            "generate_initial",
            {"previous_action_id": "a1"},
            InvalidField("input.previousActionId", "is not taken"),
        ),
    ],
)
def test_an_input_must_fit_its_kind(
    database: Database, tray: Tray, kind: str, given: dict[str, str], refusal: Refusal
) -> None:
    agree(database)
    with pytest.raises(type(refusal)) as refused:
        ask(database, tray, kind, **{"text": "x", **given})
    assert refused.value.data == refusal.data


def test_an_image_needs_no_words(database: Database, tray: Tray) -> None:
    agree(database)
    assert ask(database, tray, "image_analysis", text="", image_url=IMAGE).cost == 50


def test_no_such_kind(database: Database, tray: Tray) -> None:
    agree(database)
    with pytest.raises(ActionKindNotFound):
        ask(database, tray, "telepathy")


def test_a_generation_goes_on_with_an_earlier_one(
    database: Database, tray: Tray, oracle: Oracle
) -> None:
    prosper(database, 1_000)
    first = ask(database, tray, "generate_initial", key="first").action_id
    with pytest.raises(ActionNotDone) as refused:
        ask(database, tray, "generate_iteration", key="next", previous_action_id=first)
    assert refused.value.data == {"actionId": first, "status": "queued"}
    work.process(database, oracle, first)
    asked = ask(database, tray, "generate_iteration", key="next", previous_action_id=first)
    assert asked.cost == 25
    work.process(database, oracle, asked.action_id)
    assert [each.context for each in oracle.asked] == [None, "answer 1"]


def test_only_ones_own_generation(database: Database, tray: Tray, oracle: Oracle) -> None:
    prosper(database, 1_000)
    prosper(database, 1_000, "bob")
    chat = ask(database, tray, key="chat").action_id
    theirs = ask(database, tray, "generate_initial", key="b", user_id="bob").action_id
    for action_id in (chat, theirs):
        work.process(database, oracle, action_id)
    for previous, refusal in ((chat, InvalidField), (theirs, NotOwner), ("a1", ActionNotFound)):
        with pytest.raises(refusal):
            ask(database, tray, "generate_iteration", key="n", previous_action_id=previous)


def test_a_queue_that_is_down_loses_no_action(database: Database, tray: Tray) -> None:
    agree(database)
    tray.down = True
    asked = ask(database, tray)
    assert action(database, asked.action_id).status == "queued"
    tray.down = False
    assert ask(database, tray) == asked
    assert tray.tasks == {asked.action_id: asked.action_id}
