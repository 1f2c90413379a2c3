"""Subscriptions: what Stripe says of them, and the tier and the credits that follow from it."""
