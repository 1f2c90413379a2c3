"""A day of history for a stack that has just started: what there is to look at, and to scan.

Everything goes through the real services, in this process and with clocks of the past, so the books
are as valid as if people had made them. What happens when, to whom and how much is the same each
time; only the ids that the till and Stripe draw differ.
"""
