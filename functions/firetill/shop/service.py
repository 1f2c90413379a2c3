"""Buying in the shop: the item, the wallet and the entry are one commit."""

import msgspec

from firetill import catalog, operations, presence
from firetill.database import Database, Transaction
from firetill.errors import AlreadyOwned
from firetill.ledger import service as ledger
from firetill.ledger.model import Posting
from firetill.ledger.repository import user_path
from firetill.operations import Operation
from firetill.shop import repository
from firetill.shop.model import OwnedItem, PurchasedItem, PurchaseShopItem


def purchase(db: Database, user_id: str, request: PurchaseShopItem) -> PurchasedItem:
    """Buy an item for Obsidian.

    Raises:
        ItemNotFound: the shop has none of that id, or not any more.
        IdempotencyKeyReused: the key came before with other input.
        AlreadyOwned: it is sold once to each user.
        InsufficientObsidian: it costs more than there is.
        AccountDeleted: the account is being deleted.
    """
    operation = Operation.of(user_id, "purchaseShopItem", request)

    def body(tx: Transaction) -> PurchasedItem:
        path = repository.item_path(user_id, request.item_id)
        user, _, found = tx.get(user_path(user_id), operation.path, path)
        if first := operations.first_result(tx, operation):
            return msgspec.convert(first, PurchasedItem)
        presence.require(user)
        item, owned = catalog.shop_item(request.item_id), repository.item_in(found)
        if item.once and owned is not None:
            raise AlreadyOwned(item.item_id)
        spending = Posting(
            kind="obsidian_spend",
            amount=item.obsidian,
            cause=("shop", operation.id),
            idempotency_key=request.idempotency_key,
            metadata={"itemId": item.item_id},
        )
        wallet = ledger.post(tx, user_id, [spending])
        bought = OwnedItem(
            item_id=item.item_id,
            quantity=1 + (owned.quantity if owned else 0),
            purchased_at=tx.now,
        )
        repository.put_item(tx, user_id, bought)
        result = PurchasedItem(
            item_id=item.item_id, obsidian=item.obsidian, purchased_at=tx.now, wallet=wallet
        )
        operations.record(tx, operation, result)
        return result

    return db.run_transaction(body)
