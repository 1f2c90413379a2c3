"""Stripe customers: one for each user who pays."""
