"""Usernames: one for each user, for ever, and none that can be taken for another."""
