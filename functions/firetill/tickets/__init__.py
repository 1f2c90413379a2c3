"""Tickets: batches that guests hold, their codes, and what happens at the doors."""
