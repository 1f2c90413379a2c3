"""Estates: all that an account has, in every room, merged, exported or deleted as a whole."""
