"""A user's Stripe customer, and what Stripe says when one is gone."""

from datetime import datetime

import msgspec


class Customer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`customers/{uid}`: which Stripe customer stands for a user.

    `stripe_customer_id` is None while there is none. `generation` counts the customers that came to
    nothing before: each has a key of its own at Stripe.
    """

    user_id: str
    stripe_customer_id: str | None
    generation: int
    created_at: datetime
    updated_at: datetime


class CustomerDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """Stripe says: a customer was deleted; `user_id` is whose it was."""

    customer_id: str
    user_id: str
