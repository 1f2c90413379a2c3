"""The providers that carry messages; each module is imported only where it is chosen."""
