"""What users bought in the shop, as documents: `users/{uid}/items/{itemId}`."""

import msgspec

from firetill.database import Snapshot, Transaction
from firetill.ledger.repository import user_path
from firetill.shop.model import OwnedItem
from firetill.wire import fields_of

ITEMS = "items"


def item_path(user_id: str, item_id: str) -> str:
    """Return the path of an item that a user bought."""
    return f"{user_path(user_id)}/{ITEMS}/{item_id}"


def item_in(snapshot: Snapshot) -> OwnedItem | None:
    """Return the item in a document, if the user has bought it."""
    return None if snapshot.data is None else msgspec.convert(snapshot.data, OwnedItem)


def put_item(tx: Transaction, user_id: str, item: OwnedItem) -> None:
    """Write an item whose document the transaction has read."""
    tx.merge(item_path(user_id, item.item_id), fields_of(item))
