"""Can a wait still succeed? No, once a cause has stood for its grace and nothing progressed.

A fold over looks at the cluster, with the time of each as an argument.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ironclad.domain.kubernetes.readiness.cause import Cause

FORGOTTEN_AFTER = timedelta(seconds=30)
"""A cause that was away for so long is over; less is a crash loop's running spell."""


@dataclass(frozen=True, slots=True)
class Stand:
    """One cause, since when it stands, and since when it is away; None while it is there.

    Seconds of a clock that never jumps.
    """

    trouble: Cause
    since: float
    away_since: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the way so far, and the furthest that each progress mark has come."""

    stands: Mapping[str, Stand] = field(default_factory=dict)
    furthest: Mapping[str, int] = field(default_factory=dict)


def updated(
    standing: Standing, troubles: Sequence[Cause], marks: Mapping[str, int], now: float
) -> Standing:
    """Take one look into account; progress starts every cause's time anew."""
    progressed = any(value > standing.furthest.get(key, 0) for key, value in marks.items())
    known = {} if progressed else standing.stands
    stands = _left(known, {trouble.key for trouble in troubles}, now)
    for trouble in troubles:
        since = known[trouble.key].since if trouble.key in stands else now
        stands[trouble.key] = Stand(trouble, since)
    furthest = {key: max(value, standing.furthest.get(key, 0)) for key, value in marks.items()}
    return replace(standing, stands=stands, furthest={**standing.furthest, **furthest})


def _left(known: Mapping[str, Stand], present: Collection[str], now: float) -> dict[str, Stand]:
    """Keep what is there or has not been away for long."""
    limit = FORGOTTEN_AFTER.total_seconds()
    left: dict[str, Stand] = {}
    for key, stand in known.items():
        away_since = stand.away_since if stand.away_since is not None else now
        if now - away_since <= limit:
            left[key] = replace(stand, away_since=None if key in present else away_since)
    return left


def final(standing: Standing, now: float) -> tuple[Cause, ...]:
    """List the causes that have stood for their grace, longest first; empty while there is hope.

    One that is away at this very moment is not final: the container may just have come up.
    """
    return tuple(
        trouble
        for trouble, stood in current(standing, now)
        if stood >= trouble.grace.total_seconds()
    )


def current(standing: Standing, now: float) -> tuple[tuple[Cause, float], ...]:
    """List what stands in the way now, with the seconds that it has stood, longest first."""
    there = (each for each in standing.stands.values() if each.away_since is None)
    return tuple(
        (each.trouble, now - each.since) for each in sorted(there, key=lambda each: each.since)
    )
