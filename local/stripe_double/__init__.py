"""Stands in for Stripe on a developer's machine and in tests."""

from local.stripe_double.double import StripeDouble

__all__ = ["StripeDouble"]
