"""Can a wait still succeed? No, once a cause has stood for its grace and nothing progressed.

A fold over looks at the cluster, with the time of each as an argument.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ironclad.domain.trouble import Trouble

FORGOTTEN_AFTER = timedelta(seconds=30)
"""A cause that was not seen for so long is over; shorter gaps are a crash loop's running spells."""


@dataclass(frozen=True, slots=True)
class Stand:
    """One cause and when it was first and last seen; seconds of a clock that never jumps."""

    trouble: Trouble
    since: float
    seen: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the way so far, and the furthest that each progress mark has come."""

    stands: Mapping[str, Stand] = field(default_factory=dict)
    furthest: Mapping[str, int] = field(default_factory=dict)


def updated(
    standing: Standing, troubles: Sequence[Trouble], marks: Mapping[str, int], now: float
) -> Standing:
    """Take one look into account; progress starts every cause's time anew."""
    progressed = any(value > standing.furthest.get(key, 0) for key, value in marks.items())
    stands = {} if progressed else _still(standing, now)
    for trouble in troubles:
        known = stands.get(trouble.key)
        stands[trouble.key] = Stand(trouble, known.since if known else now, now)
    furthest = {key: max(value, standing.furthest.get(key, 0)) for key, value in marks.items()}
    return replace(standing, stands=stands, furthest={**standing.furthest, **furthest})


def _still(standing: Standing, now: float) -> dict[str, Stand]:
    limit = FORGOTTEN_AFTER.total_seconds()
    return {key: each for key, each in standing.stands.items() if now - each.seen <= limit}


def final(standing: Standing, now: float) -> tuple[Trouble, ...]:
    """List the causes that have stood for their grace, longest first; empty while there is hope.

    One that is not seen at this very moment is not final: the container may just have come up.
    """
    stands = sorted(standing.stands.values(), key=lambda each: each.since)
    return tuple(
        each.trouble
        for each in stands
        if each.seen >= now and now - each.since >= each.trouble.grace.total_seconds()
    )


def current(standing: Standing, now: float) -> tuple[tuple[Trouble, float], ...]:
    """List what stands in the way now, with the seconds that it has stood."""
    return tuple(
        (each.trouble, now - each.since) for each in standing.stands.values() if each.seen >= now
    )
