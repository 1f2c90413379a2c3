"""The shop: things that are paid for in Obsidian."""
