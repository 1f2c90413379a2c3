"""What follows from a PaymentIntent for whatever it pays."""

from __future__ import annotations

from local.stripe_double import checkout, invoicing
from local.stripe_double.account import Account
from local.stripe_double.errors import Json


def follow(account: Account, intent: Json) -> None:
    """Let an attempt, a challenge or a settlement count, once after each of them."""
    invoicing.follow(account, intent)
    checkout.follow(account, intent)
