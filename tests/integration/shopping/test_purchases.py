"""Buying for Obsidian: exactly once, never below zero."""

from functools import partial
from typing import Any

import pytest

from firetill.catalog import SHOP_ITEMS
from firetill.database import Database, Store, Transaction
from firetill.errors import (
    AccountDeleted,
    AlreadyOwned,
    IdempotencyKeyReused,
    InsufficientObsidian,
    ItemNotFound,
    Refusal,
)
from firetill.ledger import service as ledger
from firetill.shop import service
from firetill.shop.model import PurchasedItem, PurchaseShopItem
from tests.costs import documented
from tests.factories import NOON, ManualClock, at_once, post, posting
from tests.faults import LOST_REPLY, FaultyStore, Script, WithoutPreconditions
from tests.integration.pledges.meetings import MeetBeforeCommit
from tests.metering import Meter

THEME = SHOP_ITEMS["ember_theme"]
SHIELD = SHOP_ITEMS["streak_shield"]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def db(store: Store, clock: ManualClock) -> Database:
    return Database(store, clock)


def earn(db: Database, obsidian: int) -> None:
    """Give Ada Obsidian as a redemption does."""
    convert = posting("ash_to_obsidian_conversion", obsidian)
    post(db, "ada", posting("ash_grant", obsidian), convert)


def buy(db: Database, item_id: str, key: str = "k1") -> PurchasedItem:
    return service.purchase(db, "ada", PurchaseShopItem(item_id=item_id, idempotency_key=key))


def refusal(db: Database, item_id: str, key: str = "k1") -> Refusal:
    with pytest.raises(Refusal) as refused:
        buy(db, item_id, key)
    return refused.value


def item(db: Database, item_id: str) -> Any:
    return db.get(f"users/ada/items/{item_id}")[0].data


def obsidian(db: Database) -> int:
    wallet, faults = ledger.verify(db, "ada")
    assert faults == []
    return wallet.obsidian


def test_an_item_is_bought(db: Database, metered: Meter) -> None:
    earn(db, THEME.obsidian + 7)
    with metered.measure() as used:
        bought = buy(db, "ember_theme")
    assert used == documented("buy in the shop")
    assert (bought.item_id, bought.obsidian, bought.purchased_at) == ("ember_theme", 100, NOON)
    assert bought.wallet.obsidian == 7
    assert item(db, "ember_theme") == {
        "itemId": "ember_theme",
        "quantity": 1,
        "purchasedAt": NOON,
    }
    assert obsidian(db) == 7


def test_a_repeat_returns_the_first_result(
    db: Database, clock: ManualClock, metered: Meter
) -> None:
    earn(db, 1_000)
    bought = buy(db, "ember_theme")
    clock.advance(days=3)
    with metered.measure() as used:
        assert buy(db, "ember_theme") == bought
    assert used == documented("buy in the shop, repeated with its key")
    assert isinstance(refusal(db, "streak_shield"), IdempotencyKeyReused)
    assert obsidian(db) == 1_000 - THEME.obsidian


def test_what_is_sold_once_is_not_sold_twice(db: Database, metered: Meter) -> None:
    earn(db, 1_000)
    buy(db, "ember_theme")
    with metered.measure() as used:
        refused = refusal(db, "ember_theme", "k2")
    assert used == documented("buy in the shop, refused")
    assert isinstance(refused, AlreadyOwned)
    assert refused.data == {"itemId": "ember_theme"}


def test_what_is_sold_often_adds_up(db: Database, clock: ManualClock) -> None:
    earn(db, 1_000)
    buy(db, "streak_shield", "k1")
    clock.advance(hours=1)
    buy(db, "streak_shield", "k2")
    assert item(db, "streak_shield")["quantity"] == 2
    assert item(db, "streak_shield")["purchasedAt"] == clock.instant
    assert obsidian(db) == 1_000 - 2 * SHIELD.obsidian


def test_without_the_obsidian_nothing_happens(db: Database) -> None:
    earn(db, THEME.obsidian - 1)
    refused = refusal(db, "ember_theme")
    assert isinstance(refused, InsufficientObsidian)
    assert refused.data == {"balance": 99, "required": 100}
    assert item(db, "ember_theme") is None
    earn_more = posting("ash_to_obsidian_conversion", 1, "more")
    post(db, "ada", posting("ash_grant", 1, "more"), earn_more)
    assert buy(db, "ember_theme").wallet.obsidian == 0  # the same key, once the cause is gone


def test_nothing_of_that_name(db: Database) -> None:
    assert isinstance(refusal(db, "crown"), ItemNotFound)


def test_whose_account_is_being_deleted_buys_nothing(db: Database) -> None:
    earn(db, 1_000)

    def leave(tx: Transaction) -> None:
        tx.get("users/ada")
        tx.merge("users/ada", {"deleting": True})

    db.run_transaction(leave)
    assert isinstance(refusal(db, "ember_theme"), AccountDeleted)


def test_a_lost_reply_buys_once(db: Database, store: Store, clock: ManualClock) -> None:
    earn(db, 1_000)
    lossy = FaultyStore(store, Script(commit=[LOST_REPLY]))
    bought = buy(Database(lossy, clock, sleep=lambda _: None), "streak_shield")
    assert bought.wallet.obsidian == 1_000 - SHIELD.obsidian
    assert obsidian(db) == 1_000 - SHIELD.obsidian


def test_many_purchases_at_once_never_overdraw(db: Database) -> None:
    earn(db, 5 * SHIELD.obsidian)
    answers = at_once([partial(buy, db, "streak_shield", f"k{n}") for n in range(12)])
    assert sum(isinstance(one, PurchasedItem) for one in answers) == 5
    assert sum(isinstance(one, InsufficientObsidian) for one in answers) == 7
    assert obsidian(db) == 0
    assert item(db, "streak_shield")["quantity"] == 5


@pytest.mark.parametrize("guarded", [True, False])
def test_purchases_that_meet_before_their_commits(
    store: Store, clock: ManualClock, *, guarded: bool
) -> None:
    """All have found the item not bought. Without preconditions each of them sells it."""
    earn(Database(store, clock), 1_000)
    meeting = MeetBeforeCommit(store if guarded else WithoutPreconditions(store), 4)
    db = Database(meeting, clock)
    answers = at_once([partial(buy, db, "ember_theme", f"k{n}") for n in range(4)])
    assert sum(isinstance(one, PurchasedItem) for one in answers) == (1 if guarded else 4)
