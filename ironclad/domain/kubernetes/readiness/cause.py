"""Why a wait may never end: causes, each with the time it may stand before it is final."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

GRACE = timedelta(seconds=60)
"""How long a cause must stand, with nothing progressing, before the wait cannot succeed."""

UNSCHEDULABLE_GRACE = timedelta(seconds=180)
"""Longer, because a pod that is ending may free its node."""

MOUNT_GRACE = timedelta(seconds=180)
"""Longer than the 2 min 3 s that the kubelet gives one attempt to mount a pod's volumes."""

PROBE_GRACE = MOUNT_GRACE
"""A service may take minutes to warm up; until then its readiness probe fails."""

ATTACH_GRACE = timedelta(minutes=7)
"""Longer than the 6 minutes after which a volume is taken from a node that does not answer."""

AUTOSCALER_GRACE = timedelta(minutes=10)
"""Longer still while a cluster autoscaler adds a node, which takes minutes in any cloud."""

UNTIL_THE_DEADLINE = timedelta.max
"""For what mends itself once another service is back: only the stage's own deadline ends it."""


@dataclass(frozen=True, slots=True)
class ContainerRef:
    pod: str
    container: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause. `key` stays the same when a pod is replaced by the next that fails the same way.

    `log_of` names the container whose last log lines belong into the sentence. `left` is its
    termination message, which the kubelet keeps when the log of an ended container is gone.
    """

    key: str
    sentence: str
    grace: timedelta = GRACE
    log_of: ContainerRef | None = None
    left: str = ""
    has_ended: bool = False


FORGOTTEN_AFTER = timedelta(seconds=30)
"""A cause that was away for so long is over; less is a crash loop's running spell."""


@dataclass(frozen=True, slots=True)
class PersistentCause:
    """One cause with its first and last times. `away_since` is None while it is present.

    Times are seconds of the monotonic clock.
    """

    cause: Cause
    since: float
    away_since: float | None = None


@dataclass(frozen=True, slots=True)
class StallState:
    """The causes so far, and the furthest value of each progress mark."""

    causes: Mapping[str, PersistentCause] = field(default_factory=dict)
    furthest: Mapping[str, int] = field(default_factory=dict)


def updated(
    state: StallState, found: Sequence[Cause], marks: Mapping[str, int], now: float
) -> StallState:
    """Add one observation; progress restarts the time of every cause."""
    progressed = any(value > state.furthest.get(key, 0) for key, value in marks.items())
    known = {} if progressed else state.causes
    causes = _left(known, {cause.key for cause in found}, now)
    for cause in found:
        since = known[cause.key].since if cause.key in causes else now
        causes[cause.key] = PersistentCause(cause, since)
    furthest = {key: max(value, state.furthest.get(key, 0)) for key, value in marks.items()}
    return replace(state, causes=causes, furthest={**state.furthest, **furthest})


def _left(
    known: Mapping[str, PersistentCause], present: Collection[str], now: float
) -> dict[str, PersistentCause]:
    """Keep what is there or has not been away for long."""
    limit = FORGOTTEN_AFTER.total_seconds()
    left: dict[str, PersistentCause] = {}
    for key, stand in known.items():
        away_since = stand.away_since if stand.away_since is not None else now
        if now - away_since <= limit:
            left[key] = replace(stand, away_since=None if key in present else away_since)
    return left


def final(state: StallState, now: float) -> tuple[Cause, ...]:
    """List the causes that have outlasted their grace, longest first.

    One that is away right now is not final: the container may just have come up.
    """
    return tuple(
        cause for cause, stood in current(state, now) if stood >= cause.grace.total_seconds()
    )


def current(state: StallState, now: float) -> tuple[tuple[Cause, float], ...]:
    """List the present causes with their age in seconds, longest first."""
    there = (each for each in state.causes.values() if each.away_since is None)
    return tuple(
        (each.cause, now - each.since) for each in sorted(there, key=lambda each: each.since)
    )
