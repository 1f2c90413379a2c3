"""Letting guests in: scans by code and by guest, previews, and taking a scan back."""
