"""Notifications: an outbox that other rooms write into, and its delivery by e-mail and push."""
