"""Orders and the stock that they draw on, and what their operations take and give."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from firetill.fields import DocumentId, IdempotencyKey
from firetill.payments.model import Payment
from firetill.tickets.model import SHARDS

ItemKind = Literal["product", "event"]

OrderStatus = Literal["pending", "finalized", "expired", "canceled", "rejected", "refunded"]
"""`pending`: stock is held, the payment awaited. `finalized`: handed over. `expired`, `canceled`:
the stock went back before any payment. `rejected`: paid, but nothing was left to hand over, so the
money goes back. `refunded`: handed over, and all of the money went back since."""

StripeAction = Literal["cancel", "refund"]

MOST_LINES = 20


class OrderItem(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """What to buy: of a product or of an event, one of the two."""

    quantity: Annotated[int, Meta(ge=1, le=100)]
    product_id: DocumentId | None = None
    event_id: DocumentId | None = None


class CreateOrder(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `createOrder`; prices are the server's alone."""

    items: Annotated[list[OrderItem], Meta(min_length=1, max_length=MOST_LINES)]
    idempotency_key: IdempotencyKey


class CreatedOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `createOrder`; `amount` in minor units of `currency`.

    Unpaid, it gives its stock back at `expires_at`.
    """

    order_id: str
    status: OrderStatus
    amount: int
    currency: str
    payment_intent_id: str
    client_secret: str
    expires_at: datetime


class CancelOrder(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `cancelOrder`."""

    order_id: DocumentId
    idempotency_key: IdempotencyKey


class CanceledOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `cancelOrder`."""

    order_id: str
    status: Literal["canceled"]


class OrderTerms(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a payment is for, fixed before Stripe is called; `amount` in minor units."""

    order_id: str
    user_id: str
    amount: int
    currency: str
    title: str
    expires_at: datetime
    idempotency_key: str


class Product(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`products/{productId}`: what is sold, and its stock.

    `stock` is what is left to sell and not split over shards, `reserved` the part of it that orders
    hold; `price_cents` in minor units. Administrators write these documents; the till changes only
    `stock`, `reserved` and `dealt_shards`: how many shards have ever held stock.
    """

    name: str
    price_cents: Annotated[int, Meta(ge=0)]
    currency: str
    stock: Annotated[int, Meta(ge=0)]
    active: bool
    reserved: Annotated[int, Meta(ge=0)] = 0
    per_order_limit: Annotated[int, Meta(ge=1)] | None = None
    per_user_limit: Annotated[int, Meta(ge=1)] | None = None
    shards: Annotated[int, Meta(ge=0, le=SHARDS)] = 0
    dealt_shards: Annotated[int, Meta(ge=0, le=SHARDS)] = 0


class Shard(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`events/{eventId}/inventory/{n}`: a part of the stock, so that sales spread.

    Of a product `products/{productId}/inventory/{n}`, in the same form.
    """

    quantity: Annotated[int, Meta(ge=0)] = 0
    reserved: Annotated[int, Meta(ge=0)] = 0


class Line(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One item of an order, as it was when it was ordered; money in minor units.

    `shard` is the part of the item's stock that holds it, None for the item's own document.
    `rager_id` is the batch of tickets, once handed over. `bought_back` counts the units whose
    money went back, `returned` those of them that went back into the stock.
    """

    kind: ItemKind
    item_id: str
    name: str
    unit_price: int
    quantity: int
    amount: int
    shard: int | None = None
    limited: bool = False
    rager_id: str | None = None
    bought_back: int = 0
    returned: int = 0


class StripeDue(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What Stripe has yet to be asked for: to cancel a payment, or to give it back."""

    action: StripeAction
    payment_intent_id: str
    attempt: int = 0


class Order(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`orders/{orderId}`; money in minor units of `currency`.

    `payment_intent_id` is the payment that it was made for or, once finalized, finalized by.
    `stripe_due_since` is set as long as anything is in `stripe_due`; then a job sees to it.
    `used_refunded` counts tickets that were used before their money went back.
    """

    order_id: str
    user_id: str
    status: OrderStatus
    lines: list[Line]
    amount: int
    currency: str
    expires_at: datetime
    idempotency_key: str
    operation_id: str
    created_at: datetime
    updated_at: datetime
    payment_intent_id: str | None = None
    finalized_at: datetime | None = None
    ended_at: datetime | None = None
    amount_gone: int = 0
    used_refunded: int = 0
    stripe_due: list[StripeDue] = []
    stripe_due_since: datetime | None = None


class OrderPayment(Payment, frozen=True, kw_only=True, rename="camel"):
    """`paymentIntents/{id}` of an order: the mirror of one PaymentIntent.

    `given_back` says that this payment was to be refunded as a whole: nothing could be handed over
    for it, or another one had paid for the order before.
    """

    order_id: str
    given_back: bool = False


class Buyer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`buyers/{uid}`: what limits per user are counted by.

    `open_orders` maps each unpaid order to when it expires, `counts` each limited item
    (`event:gala`) to how many the user holds or has ordered.
    """

    user_id: str
    open_orders: Mapping[str, datetime] = {}
    counts: Mapping[str, int] = {}


class FinalizeOrder(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `finalizeOrder`."""

    payment_intent_id: Annotated[str, Meta(max_length=128, pattern=r"^pi_[A-Za-z0-9_]+(?!\n)$")]


class FulfilledLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One line of a fulfilment; `rager_id` is the batch of tickets, None for a product."""

    kind: ItemKind
    item_id: str
    name: str
    quantity: int
    unit_price: int
    amount: int
    rager_id: str | None


class Fulfillment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`fulfillments/{paymentIntentId}`: what was handed over for a payment; never changed.

    Also the result of `finalizeOrder`.
    """

    payment_intent_id: str
    order_id: str
    user_id: str
    lines: list[FulfilledLine]
    amount: int
    currency: str
    created_at: datetime
