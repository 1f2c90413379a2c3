"""From the outbox to the providers, with what can go wrong between."""

from datetime import timedelta
from typing import Any

import pytest

from firetill.database import Database, Store, Transaction
from firetill.errors import Contention
from firetill.notifications import outbox as outgoing
from firetill.notifications import repository, service
from firetill.notifications.channels import Channels, Gone, Rejected, Unreachable
from firetill.notifications.devices import register_push_token
from firetill.notifications.model import Notification, Receipt, RegisterPushToken
from firetill.upkeep.notifications import deliver_notifications
from tests.factories import ManualClock, at_once
from tests.faults import LOST_REPLY, UNAVAILABLE, FaultyStore, Script, WithoutPreconditions
from tests.integration.notifications.postman import (
    REJECTED,
    Accounts,
    Postman,
    channels,
    enqueue,
    outbox,
    write,
)
from tests.integration.pledges.meetings import MeetBeforeCommit

SENDERS = 4


@pytest.fixture
def carried(accounts: Accounts, post: Postman) -> Channels:
    return channels(accounts, post, post)


def _sweep(db: Database, carried: Channels) -> dict[str, int]:
    run = deliver_notifications(db, carried)
    assert run.outcome == "finished"
    assert run.failed == 0
    return run.results


def _register(db: Database, *tokens: str) -> None:
    for token in tokens:
        register_push_token(db, "ada", RegisterPushToken(token=token))


def _tokens(db: Database) -> list[str]:
    [found] = db.get("pushDevices/ada")
    return [device["token"] for device in (found.data or {})["tokens"]]


def test_a_notification_goes_out_once(database: Database, post: Postman, carried: Channels) -> None:
    enqueue(database)
    assert service.deliver(database, carried, "n1") == "sent"
    [mail] = post.mails
    assert mail.to == "ada@mail.example"
    assert post.ids == ["n1:email"]
    sent = outbox(database)
    assert (sent["status"], sent["attempts"]) == ("sent", 1)
    assert sent["channels"]["email"] == {
        "status": "sent",
        "provider": "postman",
        "messageId": "message-1",
        "reason": None,
    }
    assert sent["channels"]["push"]["reason"] == "no_device"
    assert service.deliver(database, carried, "n1") == "not_due"
    assert _sweep(database, carried) == {}
    assert len(post.asked) == 1


def test_it_exists_exactly_if_its_cause_does(database: Database, carried: Channels) -> None:
    notification = Notification(notification_id="n1", user_id="ada", about=REJECTED)

    def body(tx: Transaction) -> None:
        outgoing.enqueue(tx, notification)
        raise RuntimeError("the order could not be written")

    with pytest.raises(RuntimeError):
        database.run_transaction(body)
    assert outbox(database) == {}
    assert service.deliver(database, carried, "n1") == "not_due"


def test_no_address_and_no_device_is_nobody_to_tell(
    database: Database, post: Postman, carried: Channels
) -> None:
    enqueue(database, user_id="guest")
    assert service.deliver(database, carried, "n1") == "skipped"
    assert post.asked == []
    assert outbox(database)["channels"]["email"]["reason"] == "no_address"
    assert outbox(database)["nextAttemptAt"] is None


def test_a_user_may_decline_a_channel_but_not_a_receipt(
    database: Database, post: Postman, carried: Channels
) -> None:
    write(database, "users/ada", notifications={"email": False, "push": False})
    _register(database, "phone")
    enqueue(database)
    assert service.deliver(database, carried, "n1") == "skipped"
    _fulfil(database)
    enqueue(database, Receipt(fulfillment_id="pi_1"), notification_id="n2")
    assert service.deliver(database, carried, "n2") == "sent"
    assert post.ids == ["n2:email"]


def test_what_does_not_answer_is_tried_again_with_pauses_then_given_up(
    database: Database,
    clock: ManualClock,
    post: Postman,
    carried: Channels,
    capsys: pytest.CaptureFixture[str],
) -> None:
    enqueue(database)
    post.troubles = [Unreachable("down") for _ in range(8)]
    for minutes in (1, 2, 4, 8, 16, 32, 64):
        assert _sweep(database, carried) == {"failed": 1}
        clock.advance(minutes=minutes, seconds=-1)
        assert _sweep(database, carried) == {}
        clock.advance(seconds=1)
    capsys.readouterr()
    assert _sweep(database, carried) == {"dead": 1}
    assert '"alert": "notification_dead"' in capsys.readouterr().out
    assert post.ids == ["n1:email"] * 8
    assert outbox(database)["channels"]["email"]["reason"] == "down"
    clock.advance(days=1)
    assert _sweep(database, carried) == {}


def test_what_is_refused_for_good_is_not_tried_again(
    database: Database, clock: ManualClock, post: Postman, carried: Channels
) -> None:
    enqueue(database)
    post.troubles = [Rejected("smtp_550")]
    assert service.deliver(database, carried, "n1") == "dead"
    clock.advance(days=1)
    assert _sweep(database, carried) == {}
    assert outbox(database)["channels"]["email"]["reason"] == "smtp_550"


def test_a_channel_that_is_done_is_left_alone_when_the_other_is_tried_again(
    database: Database, clock: ManualClock, accounts: Accounts
) -> None:
    email, push = Postman(), Postman()
    carried = channels(accounts, email, push)
    _register(database, "phone")
    enqueue(database)
    push.troubles = [Unreachable("down")]
    assert service.deliver(database, carried, "n1") == "failed"
    clock.advance(minutes=1)
    assert service.deliver(database, carried, "n1") == "sent"
    assert (email.ids, push.ids) == (["n1:email"], ["n1:push"] * 2)


def test_one_phone_is_enough_and_those_that_are_gone_are_forgotten(
    database: Database, post: Postman, accounts: Accounts
) -> None:
    push = Postman()
    _register(database, "old", "broken", "new")
    enqueue(database)
    push.troubles = [Gone("fcm_unregistered"), Unreachable("down")]
    assert service.deliver(database, channels(accounts, post, push), "n1") == "sent"
    assert [message.token for message in push.pushes] == ["old", "broken", "new"]
    assert push.pushes[0].data == {"notificationId": "n1", "kind": "order_rejected"}
    assert _tokens(database) == ["broken", "new"]


def test_when_every_phone_is_gone_there_is_none(
    database: Database, post: Postman, accounts: Accounts
) -> None:
    push = Postman()
    _register(database, "old")
    enqueue(database)
    push.troubles = [Gone("fcm_unregistered")]
    assert service.deliver(database, channels(accounts, post, push), "n1") == "sent"
    assert outbox(database)["channels"]["push"] == {
        "status": "skipped",
        "provider": None,
        "messageId": None,
        "reason": "no_device",
    }


def test_a_push_that_was_taken_is_not_repeated_because_an_old_phone_could_not_be_forgotten(
    store: Store, database: Database, clock: ManualClock, post: Postman, accounts: Accounts
) -> None:
    push = Postman()
    _register(database, "old", "new")
    enqueue(database)
    push.troubles = [Gone("fcm_unregistered")]
    script = Script(commit=[None, *[UNAVAILABLE] * 60])
    faulty = Database(FaultyStore(store, script), clock, sleep=lambda _: None)
    assert service.deliver(faulty, channels(accounts, post, push), "n1") == "sent"
    assert script.spent
    assert [message.token for message in push.pushes] == ["old", "new"]
    assert _tokens(database) == ["old", "new"]


def test_devices_that_somebody_broke_hold_up_no_mail(
    database: Database, post: Postman, carried: Channels, capsys: pytest.CaptureFixture[str]
) -> None:
    write(database, "pushDevices/ada", userId="ada", tokens="phone")
    enqueue(database)
    assert service.deliver(database, carried, "n1") == "failed"
    assert post.ids == ["n1:email"]
    assert outbox(database)["channels"]["email"]["status"] == "sent"
    assert outbox(database)["channels"]["push"]["reason"] == "ValidationError"
    assert '"alert": "failure"' in capsys.readouterr().out


def test_a_directory_that_is_down_is_asked_again(
    database: Database, clock: ManualClock, carried: Channels, accounts: Accounts
) -> None:
    enqueue(database)
    accounts.down = True
    assert service.deliver(database, carried, "n1") == "failed"
    assert outbox(database)["channels"]["email"]["reason"] == "directory_unavailable"
    accounts.down = False
    clock.advance(minutes=1)
    assert service.deliver(database, carried, "n1") == "sent"


def test_an_unexpected_fault_of_one_channel_leaves_the_other_alone(
    database: Database, accounts: Accounts, capsys: pytest.CaptureFixture[str]
) -> None:
    email, push = Postman(), Postman()
    _register(database, "phone")
    enqueue(database)
    email.troubles = [KeyError("ada@mail.example")]
    assert service.deliver(database, channels(accounts, email, push), "n1") == "failed"
    assert push.ids == ["n1:push"]
    assert outbox(database)["channels"]["email"]["reason"] == "KeyError"
    assert '"alert": "failure"' in capsys.readouterr().out


def test_logs_name_nobody(
    database: Database, carried: Channels, capsys: pytest.CaptureFixture[str]
) -> None:
    enqueue(database)
    service.deliver(database, carried, "n1")
    [line] = capsys.readouterr().out.splitlines()
    assert '"message": "notification delivered"' in line
    assert "mail.example" not in line


class _Crash(BaseException):
    """The process ends here."""


def test_a_crash_between_provider_and_commit_sends_again_under_the_same_id(
    database: Database, clock: ManualClock, post: Postman, carried: Channels
) -> None:
    enqueue(database)

    def crash() -> None:
        raise _Crash

    post.troubles = [crash]
    with pytest.raises(_Crash):
        service.deliver(database, carried, "n1")
    assert outbox(database)["status"] == "sending"
    assert _sweep(database, carried) == {}
    clock.advance(minutes=5)
    assert _sweep(database, carried) == {"sent": 1}
    assert post.ids == ["n1:email"] * 2
    assert outbox(database)["attempts"] == 2


def test_a_sender_that_outlives_its_lease_gives_way(
    database: Database, clock: ManualClock, post: Postman, carried: Channels
) -> None:
    enqueue(database)

    def dawdle() -> None:
        clock.advance(minutes=5)
        assert service.deliver(database, carried, "n1") == "sent"

    post.troubles = [dawdle]
    assert service.deliver(database, carried, "n1") == "overtaken"
    assert post.ids == ["n1:email"] * 2
    assert (outbox(database)["attempts"], outbox(database)["status"]) == (2, "sent")


def test_a_lost_reply_of_the_last_commit_changes_nothing(
    store: Store, database: Database, clock: ManualClock, post: Postman, carried: Channels
) -> None:
    enqueue(database)
    script = Script(commit=[None, LOST_REPLY])
    faulty = Database(FaultyStore(store, script), clock, sleep=lambda _: None)
    assert service.deliver(faulty, carried, "n1") == "sent"
    assert script.spent
    assert len(post.asked) == 1
    assert outbox(database)["attempts"] == 1


def test_a_lost_reply_of_the_last_commit_lengthens_no_pause(
    store: Store, database: Database, clock: ManualClock, post: Postman, carried: Channels
) -> None:
    enqueue(database)
    post.troubles = [Unreachable("down")]
    script = Script(commit=[None, LOST_REPLY])
    due = clock.instant + timedelta(minutes=1)
    faulty = Database(FaultyStore(store, script), clock, sleep=lambda _: clock.advance(seconds=10))
    assert service.deliver(faulty, carried, "n1") == "failed"
    assert script.spent
    assert outbox(database)["nextAttemptAt"] == due


def test_a_lost_reply_of_the_lease_is_made_good_when_it_ends(
    store: Store, database: Database, clock: ManualClock, post: Postman, carried: Channels
) -> None:
    enqueue(database)
    script = Script(commit=[LOST_REPLY])
    faulty = Database(FaultyStore(store, script), clock, sleep=lambda _: None)
    assert service.deliver(faulty, carried, "n1") == "not_due"
    assert post.asked == []
    clock.advance(minutes=5)
    assert _sweep(database, carried) == {"sent": 1}


@pytest.mark.parametrize("guarded", [True, False])
def test_of_many_senders_one_sends(
    store: Store, clock: ManualClock, post: Postman, carried: Channels, guarded: bool
) -> None:
    """Without the precondition on the lease all of them do."""
    enqueue(Database(store, clock))
    base = store if guarded else WithoutPreconditions(store)
    racing = Database(MeetBeforeCommit(base, SENDERS), clock)
    outcomes = at_once([lambda: service.deliver(racing, carried, "n1")] * SENDERS)
    if guarded:
        assert sorted(map(str, outcomes)) == ["not_due"] * (SENDERS - 1) + ["sent"]
        assert len(post.asked) == 1
    else:
        assert len(post.asked) == SENDERS


def test_a_notification_that_is_none_is_reported_and_the_others_go_on(
    database: Database, carried: Channels
) -> None:
    enqueue(database)
    past = database.now() - timedelta(hours=1)
    write(database, "notifications/strange", status="queued", nextAttemptAt=past)
    run = deliver_notifications(database, carried)
    assert (run.results, run.failed) == ({"sent": 1}, 1)
    assert run.first_failures[0].item == "notifications/strange"


def test_what_it_is_about_is_gone(database: Database, post: Postman, carried: Channels) -> None:
    enqueue(database, Receipt(fulfillment_id="pi_gone"))
    assert service.deliver(database, carried, "n1") == "failed"
    assert outbox(database)["channels"]["email"]["reason"] == "NothingToTellError"
    assert post.asked == []


def test_contention_leaves_it_in_the_outbox(
    store: Store, database: Database, clock: ManualClock, carried: Channels
) -> None:
    enqueue(database)
    script = Script(read=[UNAVAILABLE] * 99)
    faulty = Database(FaultyStore(store, script), clock, sleep=lambda _: None)
    with pytest.raises(Contention):
        service.deliver(faulty, carried, "n1")
    assert outbox(database)["status"] == "queued"
    assert service.deliver(database, carried, "n1") == "sent"


def test_the_job_finds_all_that_is_due(
    database: Database, clock: ManualClock, post: Postman, carried: Channels
) -> None:
    for number in range(120):
        enqueue(database, notification_id=f"n{number:03}")
    assert _sweep(database, carried) == {"sent": 120}
    assert sorted(post.ids) == [f"n{number:03}:email" for number in range(120)]
    assert database.query(repository.waiting(clock.instant, limit=9)) == []


def _fulfil(db: Database) -> None:
    line: dict[str, Any] = {
        "kind": "product",
        "itemId": "p1",
        "name": "Shirt",
        "quantity": 1,
        "unitPrice": 2_500,
        "amount": 2_500,
        "ragerId": None,
    }
    write(
        db,
        "fulfillments/pi_1",
        paymentIntentId="pi_1",
        orderId="order-1",
        userId="ada",
        lines=[line],
        amount=2_500,
        currency="usd",
        createdAt=db.now(),
    )
