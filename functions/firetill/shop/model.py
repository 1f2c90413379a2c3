"""What the shop sells, as users hold it, and what its operation takes and gives."""

from datetime import datetime

import msgspec

from firetill.fields import DocumentId, IdempotencyKey
from firetill.ledger.model import Wallet


class PurchaseShopItem(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `purchaseShopItem`."""

    item_id: DocumentId
    idempotency_key: IdempotencyKey


class PurchasedItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `purchaseShopItem`; `obsidian` is what it cost, the wallet as it was after it."""

    item_id: str
    obsidian: int
    purchased_at: datetime
    wallet: Wallet


class OwnedItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`users/{uid}/items/{itemId}`: how many of an item were bought, and when the last one."""

    item_id: str
    quantity: int
    purchased_at: datetime
