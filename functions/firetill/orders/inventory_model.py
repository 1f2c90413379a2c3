"""What is known of an item's stock when it is counted."""

from typing import Any

import msgspec

from firetill.fields import DocumentId
from firetill.orders.model import ItemKind


class CheckInventory(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `checkInventory`: an event or a product, one of the two."""

    event_id: DocumentId | None = None
    product_id: DocumentId | None = None


class Inventory(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `checkInventory`, in units.

    Of an event, `expected` is what should be left: `initialQuantity` less the tickets that live or
    were used (`sold`). Of a product, whose document knows no beginning, it is what open orders
    hold. `actual` is what the documents say, and `drift` the difference. `shards` counts the parts
    that an event's stock lies in beside its document. `settled` is false if sales or transfers went
    on during each count, so that the figures may belong to different moments.
    """

    kind: ItemKind
    item_id: str
    expected: int
    actual: int
    drift: int
    left: int
    sold: int | None
    reserved: int
    reserved_expected: int
    reserved_drift: int
    shards: int
    settled: bool

    @property
    def drifted(self) -> bool:
        """Tell whether anything is certainly not as it should be."""
        return self.settled and (self.drift != 0 or self.reserved_drift != 0)

    def counts(self) -> dict[str, Any]:
        """Return the figures by name, for logs and records, which have a `kind` of their own."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return {"itemKind": found.pop("kind"), **found}
