"""Tiers and the daily allowance: how much a user may have today, and what pays for an action."""
