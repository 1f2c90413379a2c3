"""What Firetill sells: the one place that knows prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from firetill.errors import ActionKindNotFound, ItemNotFound, PackNotFound, TierNotFound


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


@dataclass(frozen=True, slots=True)
class Tier:
    """What a user may have each day, and what a subscription to it costs and brings each period.

    `daily_credits` is the allowance of a local day; what is left of it lapses. `period_credits` are
    added for good with each paid period of a month. `amount` is the price of a period in minor
    units of `currency`; Stripe's price is found by `price_lookup_key`, None for the tier that
    nobody pays for. `trial_days` is how long the first subscription of a user may be tried.
    """

    tier_id: str
    title: str
    daily_credits: int
    period_credits: int = 0
    amount: int = 0
    currency: str = "usd"
    price_lookup_key: str | None = None
    trial_days: int = 0


FREE: Final = Tier("free", "Free", daily_credits=20)
"""The tier of whoever has no subscription."""

TIERS: Final[Mapping[str, Tier]] = {
    tier.tier_id: tier
    for tier in (
        FREE,
        Tier("plus", "Plus", 100, 500, 999, price_lookup_key="firetill_plus_monthly", trial_days=7),
        Tier("pro", "Pro", 300, 1_500, 1_999, price_lookup_key="firetill_pro_monthly"),
    )
}
"""The tiers, the better ones later."""


@dataclass(frozen=True, slots=True)
class ActionKind:
    """A kind of metered action: its price in credits, and its bounds.

    `input_characters` bounds the text of its input, `output_tokens` what the provider may write,
    `seconds` how long the provider may take. `continues` names the kinds whose output it goes on
    with; if there are any, it needs one. `suggests` says whether it also suggests replies.
    """

    kind: str
    cost: int
    input_characters: int
    output_tokens: int
    seconds: int
    takes_image: bool = False
    suggests: bool = False
    continues: frozenset[str] = frozenset()


_GENERATIONS: Final = frozenset({"generate_initial", "generate_iteration"})


ACTION_KINDS: Final[Mapping[str, ActionKind]] = {
    one.kind: one
    for one in (
        ActionKind("short_chat", 5, 2_000, 500, 30, suggests=True),
        ActionKind("long_chat", 20, 16_000, 2_000, 60, suggests=True),
        ActionKind("image_analysis", 50, 2_000, 1_000, 60, takes_image=True, suggests=True),
        ActionKind("generate_initial", 50, 8_000, 4_000, 90),
        ActionKind("generate_iteration", 25, 8_000, 4_000, 90, continues=_GENERATIONS),
    )
}

OPEN_ACTIONS: Final = 3
"""How many actions of one user may be under way at once."""


@dataclass(frozen=True, slots=True)
class ShopItem:
    """Something that is sold for Obsidian; `once` if nobody needs a second one."""

    item_id: str
    obsidian: int
    title: str
    once: bool = False


SHOP_ITEMS: Final[Mapping[str, ShopItem]] = {
    item.item_id: item
    for item in (
        ShopItem("ember_theme", 100, "Ember theme", once=True),
        ShopItem("obsidian_frame", 250, "Obsidian profile frame", once=True),
        ShopItem("streak_shield", 40, "Streak shield"),
    )
}

WELCOME_CREDITS: Final = 50
"""What a new user is given, once."""


def tier(tier_id: str) -> Tier:
    """Return the tier of that id.

    Raises:
        TierNotFound: the catalogue has none.
    """
    if tier_id not in TIERS:
        raise TierNotFound(tier_id)
    return TIERS[tier_id]


def action_kind(kind: str) -> ActionKind:
    """Return the kind of action of that name.

    Raises:
        ActionKindNotFound: the catalogue has none.
    """
    if kind not in ACTION_KINDS:
        raise ActionKindNotFound(kind)
    return ACTION_KINDS[kind]


def shop_item(item_id: str) -> ShopItem:
    """Return the item of that id.

    Raises:
        ItemNotFound: the shop has none.
    """
    if item_id not in SHOP_ITEMS:
        raise ItemNotFound(item_id)
    return SHOP_ITEMS[item_id]


def pack(pack_id: str) -> Pack:
    """Return the pack of that id.

    Raises:
        PackNotFound: the catalogue has none.
    """
    if pack_id not in PACKS:
        raise PackNotFound(pack_id)
    return PACKS[pack_id]
