"""Firetill: the till of a Firebase app."""
