"""What apps ask of the shop, under its deployed name."""

from typing import Any, Final

from firetill import errors, runtime
from firetill.access import signed_in
from firetill.shop import service
from firetill.shop.model import PurchasedItem, PurchaseShopItem
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared

PURCHASE: Final = Declared(
    name="purchaseShopItem",
    summary="Buy something for Obsidian.",
    path="/shop/purchase",
    takes=PurchaseShopItem,
    gives=PurchasedItem,
    run=lambda caller, request: service.purchase(runtime.database(), signed_in(caller), request),
    refusals=(
        errors.IdempotencyKeyReused,
        errors.ItemNotFound,
        errors.AlreadyOwned,
        errors.InsufficientObsidian,
        errors.AccountDeleted,
    ),
    example={"itemId": "ember_theme", "idempotencyKey": "theme-1"},
    result={
        "itemId": "ember_theme",
        "obsidian": 100,
        "purchasedAt": "2026-11-20T09:30:00.000Z",
        "wallet": {
            "credits": 500,
            "lockedCredits": 0,
            "dailyCredits": 20,
            "ash": 0,
            "obsidian": 150,
            "purgatoryVotes": 0,
            "votes": 250,
            "lifetimePurchased": 1000,
            "seq": 9,
            "head": "3f" * 32,
        },
    },
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (PURCHASE,)

purchaseShopItem = callable_function(PURCHASE)
