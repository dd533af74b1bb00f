"""Which slow answers must a replica have counted as slow?

A client's time is longer than a replica's: it has the way through the balancer in it, and the
generator's own lateness. So a client that felt a slow answer proves nothing by itself. A wait far
beyond the threshold, counted from the real sending, does. Two things excuse it: a starved machine,
and a fault that ends, stops or presses on a replica.

An answer that a fault delayed inside of the replica proves it in any case.
"""

import math
from collections.abc import Sequence
from datetime import timedelta

from ironclad.domain.evidence.attempt_stats import UNSURE_SECONDS
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.faults.spec import Family, FaultSpec, Harm, Sign
from ironclad.domain.judging.starvation import CALM, Starvation
from ironclad.domain.load.load import Attempt
from ironclad.domain.slo.slo import Objective

ON_THE_WAY = timedelta(milliseconds=100)
"""What a busy machine does to a request by itself; the proof of recovery allows the same."""


HELD_BACK_RATIO = 0.01
"""A hiccup of the machine or of the network may hold back so many, with nothing to show for it."""


def waited_seconds(row: Attempt) -> float:
    """Count from the moment when it was really sent."""
    return row.answered_at - row.sent_at


def clearly_slow(evidence: Evidence, objective: Objective, starvation: Starvation = CALM) -> int:
    """Count the answers that were slow in a replica, whatever the way did to others."""
    proven = len(delayed(evidence, objective))
    if any(_acts_in_front(planned.fault.kind.spec) for planned in evidence.plan.faults):
        return proven
    calm, total = starvation.calm(_beyond(evidence, objective)), _answered(evidence)
    return max(proven, len(calm) - math.ceil(HELD_BACK_RATIO * total))


def _answered(evidence: Evidence) -> int:
    return sum(bool(row.replica) for row in evidence.load.attempts) if evidence.load else 0


def delayed(evidence: Evidence, objective: Objective) -> tuple[Attempt, ...]:
    """Give those of them that a fault inside of the replica delayed beyond the threshold.

    Near its end a fault may have let go of a request before its time.
    """
    limit, faults = objective.latency_threshold, [one.fault for one in evidence.plan.faults]
    if limit is None:
        return ()
    ids = {one.id for one in faults if one.kind.spec.harm is Harm.SLOW and _least(one) >= limit}
    ends = {one.id: one.undone_at for one in evidence.faults if one.id in ids}
    sure = {name: end.timestamp() - UNSURE_SECONDS for name, end in ends.items() if end}
    return tuple(
        row
        for row in _beyond(evidence, objective)
        if any(row.is_marked(name) and row.answered_at <= end for name, end in sure.items())
    )


def _least(fault: Fault) -> timedelta:
    return (fault.delay or timedelta()) - (fault.jitter or timedelta())


def _beyond(evidence: Evidence, objective: Objective) -> Sequence[Attempt]:
    limit = objective.latency_threshold
    if limit is None or evidence.load is None:
        return ()
    least = (limit + ON_THE_WAY).total_seconds()
    rows = evidence.load.attempts
    return [row for row in rows if row.replica and row.status and waited_seconds(row) > least]


def _acts_in_front(spec: FaultSpec) -> bool:
    """Requests may wait before the replica reads them."""
    return (
        spec.is_instant
        or spec.changes_platform
        or spec.family is Family.STRESSORS
        or spec.sign is Sign.NO_ANSWER
    )
