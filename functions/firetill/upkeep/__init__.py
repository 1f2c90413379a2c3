"""Scheduled jobs: what is overdue gets done, what drifted gets found."""
