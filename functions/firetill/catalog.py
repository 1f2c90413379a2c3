"""What Firetill sells: the one place that knows prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from firetill.errors import PackNotFound


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack of credits; `amount` is its price in minor units (cents) of `currency`."""

    pack_id: str
    credits: int
    amount: int
    currency: str
    title: str


PACKS: Final[Mapping[str, Pack]] = {
    pack.pack_id: pack
    for pack in (
        Pack("starter", 500, 599, "usd", "500 credits"),
        Pack("standard", 1_000, 999, "usd", "1,000 credits"),
        Pack("value", 2_500, 1_999, "usd", "2,500 credits"),
        Pack("premium", 5_000, 3_499, "usd", "5,000 credits"),
    )
}


def pack(pack_id: str) -> Pack:
    """Return the pack of that id.

    Raises:
        PackNotFound: the catalogue has none.
    """
    if pack_id not in PACKS:
        raise PackNotFound(pack_id)
    return PACKS[pack_id]
