"""Whose clock is how far from ours.

Leases are judged by clocks that cannot jump. The ledger and the lock are judged by the time of day,
and evidence is read at fixed times: a clock that is far off makes both wrong.
"""

from ironclad.game_day.planning.scope import NOTHING, Found, Scope, refused, warned

NOTICED_SECONDS = 1.0
TOLERATED_SECONDS = 5.0
"""A quarter of the ledger's lease; the same as the longest settle time that is usual."""


def skew(whose: str, seconds: float | None) -> Found:
    """Judge a difference; positive where the other clock is ahead of ours."""
    if seconds is None or abs(seconds) <= NOTICED_SECONDS:
        return NOTHING
    way = "ahead of" if seconds > 0 else "behind"
    words = f"the clock of {whose} is {abs(seconds):.1f} s {way} ours"
    if abs(seconds) <= TOLERATED_SECONDS:
        return warned(words)
    return refused(f"{words}, and may be {TOLERATED_SECONDS:g} s off; set both by NTP")


async def prometheus_clock(scope: Scope) -> Found:
    """What it takes to ask counts for neither side: the middle of the question is compared."""
    before = scope.now
    theirs = await scope.watchers.metrics.now()
    return skew("Prometheus", theirs - (before + scope.now) / 2)
