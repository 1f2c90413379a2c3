"""Accounts: their beginning, the terms they accept, and anonymous ones that become permanent."""
