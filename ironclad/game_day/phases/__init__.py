"""The phases of a game day."""
