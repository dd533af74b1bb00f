"""Reasons to end a game day early."""
