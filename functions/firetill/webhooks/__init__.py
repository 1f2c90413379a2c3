"""Stripe's webhook: an inbox whose every event takes effect once, in the commit that files it."""
