"""How many inputs were tried, for the sum at the end."""

from collections import Counter

PROFILE = "fuzz"
"""Hypothesis' profile that asks for thousands; it is loaded after this is."""

tried: Counter[str] = Counter()


def note(kind: str, count: int = 1) -> None:
    tried[kind] += count
