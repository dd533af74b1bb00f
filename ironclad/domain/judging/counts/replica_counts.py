"""What the replicas themselves counted between two readings; a restart loses what came before."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ironclad.domain.evidence.evidence import Evidence, ReplicaCounters
from ironclad.domain.slo.slo import Counts

NOTHING = Counts(0, 0)

SAME_START_SECONDS = 1.0
"""A process's start is worked out from ticks; so little is the same process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One replica's counters over the load. Of a restarted one only what came after the restart.

    One that `arrived` was not there before and has counted from 0: it has lost nothing.
    `forgot_until` (epoch seconds) bounds what a restarted one no longer counts; infinite when gone.
    """

    replica: str
    restarted: bool
    counts: Mapping[str, Counts]
    load_counts: Counts
    arrived: bool = False
    forgot_until: float = -math.inf


@dataclass(frozen=True, slots=True)
class Readings:
    """All replicas, or the reason why they cannot be had."""

    replicas: tuple[Reading, ...]
    problem: str = ""

    @property
    def restarted(self) -> tuple[str, ...]:
        """Those that took counts with them, the ones that are gone included."""
        return tuple(reading.replica for reading in self.replicas if reading.restarted)

    @property
    def forgot_until(self) -> Mapping[str, float]:
        return {one.replica: one.forgot_until for one in self.replicas if one.restarted}

    @property
    def arrived(self) -> tuple[str, ...]:
        return tuple(reading.replica for reading in self.replicas if reading.arrived)

    def counts(self, objective: str) -> Counts | None:
        """None when any replica did not say."""
        given = [reading.counts.get(objective) for reading in self.replicas]
        whole = [counts for counts in given if counts is not None]
        return sum(whole, NOTHING) if whole and len(whole) == len(given) else None

    @property
    def load_counts(self) -> Counts:
        return sum((reading.load_counts for reading in self.replicas), NOTHING)


def readings(evidence: Evidence) -> Readings:
    """Pair the readings before with those after; every planned replica must have been read."""
    problem = _problem(evidence)
    if problem:
        return Readings((), problem)
    before = {counters.replica: counters for counters in evidence.replicas_before}
    pairs = [(before.get(after.replica), after) for after in evidence.replicas_after]
    gone = set(before) - {after.replica for after in evidence.replicas_after}
    found = [_reading(one, after) for one, after in pairs]
    if negative := [reading.replica for reading in found if _is_negative(reading)]:
        return Readings((), f"the counters of {', '.join(negative)} ran backwards")
    found += [_forgotten(before[name]) for name in sorted(gone)]
    return Readings(tuple(found))


def _problem(evidence: Evidence) -> str:
    planned = {replica.name for replica in evidence.plan.replicas}
    for moment, counters in _moments(evidence):
        names = [one.replica for one in counters]
        if len(set(names)) != len(names):
            return f"a replica's counters {moment} the load were read twice"
        if len(names) < len(planned):
            silent = f"only {len(names)} of {len(planned)} replicas gave their counters"
            return f"{silent} {moment} the load"
    if missing := planned - {one.replica for one in evidence.replicas_before}:
        return f"the counters of {', '.join(sorted(missing))} before the load are missing"
    return _wrong_time(evidence)


def _moments(evidence: Evidence) -> Iterable[tuple[str, tuple[ReplicaCounters, ...]]]:
    return (("before", evidence.replicas_before), ("after", evidence.replicas_after))


def _wrong_time(evidence: Evidence) -> str:
    if evidence.load is None:
        return ""
    if any(one.read_at > evidence.load.started_at for one in evidence.replicas_before):
        return "the replicas' counters were read after the load had begun"
    if any(one.read_at < evidence.load.ended_at for one in evidence.replicas_after):
        return "the replicas' counters were read before the load had ended"
    return ""


def _reading(before: ReplicaCounters | None, after: ReplicaCounters) -> Reading:
    if before is None:
        return replace(_restarted(after), restarted=False, arrived=True, forgot_until=-math.inf)
    if abs(after.started_at - before.started_at) > SAME_START_SECONDS:
        return _restarted(after)
    counts = {
        name: _minus(count, before.counts[name])
        for name, count in after.counts.items()
        if name in before.counts
    }
    load_counts = _minus(after.load_counts, before.load_counts)
    return Reading(replica=after.replica, restarted=False, counts=counts, load_counts=load_counts)


def _restarted(after: ReplicaCounters) -> Reading:
    return Reading(
        replica=after.replica,
        restarted=True,
        counts=after.counts,
        load_counts=after.load_counts,
        forgot_until=after.started_at + SAME_START_SECONDS,
    )


def _forgotten(before: ReplicaCounters) -> Reading:
    """Stand for a replica that is gone, with all that it counted."""
    nothing = dict.fromkeys(before.counts, NOTHING)
    return Reading(
        replica=before.replica,
        restarted=True,
        counts=nothing,
        load_counts=NOTHING,
        forgot_until=math.inf,
    )


def _minus(after: Counts, before: Counts) -> Counts:
    return Counts(after.valid - before.valid, after.bad - before.bad)


def _is_negative(reading: Reading) -> bool:
    everything = [reading.load_counts, *reading.counts.values()]
    return any(counts.valid < 0 or counts.bad < 0 for counts in everything)
