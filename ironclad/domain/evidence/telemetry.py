"""Does anybody still watch? A run whose account has stopped cannot be judged, and must end."""

from collections.abc import Sequence
from datetime import timedelta

from ironclad.domain.load.load import LoadSecond

LOST_TELEMETRY = timedelta(seconds=5)
"""The generator gives an account each second; so much silence means that no one watches."""

FIRST_WORD = timedelta(seconds=15)
"""A generator that has just been started may take so long to its first account."""


def silence(seconds: Sequence[LoadSecond], *, began: float, now: float) -> str | None:
    """Say that the generator has fallen silent, or never spoke; epoch seconds."""
    if seconds:
        quiet, limit = now - seconds[-1].at, LOST_TELEMETRY
    else:
        quiet, limit = now - began, FIRST_WORD
    if quiet <= limit.total_seconds():
        return None
    return f"the load generator has given no account for {quiet:.0f} s"
