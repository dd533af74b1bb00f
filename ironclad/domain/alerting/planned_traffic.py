"""A game day's traffic for one objective, second by second: what came before, and what is planned.

A fault's bad requests are those of the cost's prediction, spread over the time that it is armed as
the load is. Times are seconds from the load's start.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ironclad.domain.alerting.flow import Flow, Stretch, flow
from ironclad.domain.evidence.counters import Sample
from ironclad.domain.experiment.experiment import Experiment
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.experiment.prediction import predict
from ironclad.domain.slo.slo import Objective
from ironclad.domain.stack.stack import Replica


def traffic(
    experiment: Experiment,
    objective: Objective,
    faults: Sequence[PlannedFault],
    replicas: Sequence[Replica],
    *,
    before: Sequence[Stretch],
    begin: float = 0.0,
) -> Flow:
    """Put the load from `begin` on behind what came before it."""
    bad = [_bad(experiment, objective, planned, replicas) for planned in faults]
    end = math.ceil(experiment.load_duration.total_seconds())
    return flow([*before, *_seconds(experiment, bad, begin, end)])


def recorded_stretches(
    valid: Sequence[Sample], bad: Sequence[Sample], step_seconds: float, origin: float
) -> tuple[Stretch, ...]:
    """Turn recorded rates into requests; `origin` is the load's start in epoch seconds."""
    failing = {sample.at: sample.value for sample in bad}
    return tuple(
        Stretch(
            start=sample.at - step_seconds - origin,
            end=sample.at - origin,
            valid=sample.value * step_seconds,
            bad=failing.get(sample.at, 0.0) * step_seconds,
        )
        for sample in valid
    )


def _bad(
    experiment: Experiment,
    objective: Objective,
    planned: PlannedFault,
    replicas: Sequence[Replica],
) -> tuple[float, float, float]:
    """Give from when until when it bites, and the ratio of all requests that are bad then."""
    start = (experiment.phases.baseline + planned.fault.at).total_seconds()
    lasts = planned.fault.kind.spec.costs_for(planned.fault.duration)
    end = start + lasts.total_seconds()
    (prediction,) = predict(experiment, [objective], [planned], replicas)
    pacer = experiment.load.pacer
    requests = pacer.hits_before(end) - pacer.hits_before(start)
    return start, end, prediction.bad_events / requests if requests else 0.0


def _seconds(
    experiment: Experiment, bad: Sequence[tuple[float, float, float]], begin: float, end: int
) -> Iterator[Stretch]:
    """Cut where a fault begins or ends, and at every second, since a pacer may change its rate."""
    cuts = {begin, float(end), *(float(at) for at in range(math.ceil(begin), end))}
    cuts |= {at for start, stop, _ in bad for at in (start, stop) if begin < at < end}
    ordered, pacer = sorted(cuts), experiment.load.pacer
    for start, stop in pairwise(ordered):
        requests = pacer.hits_before(stop) - pacer.hits_before(start)
        ratio = sum(share for on, off, share in bad if on <= start < off)
        yield Stretch(start, stop, requests, requests * min(1.0, ratio))
