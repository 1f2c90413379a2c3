"""The ledger: wallets, entries and their hash chain; the sole writer of balances."""
