"""What a game day should cost, worked out before minute 0.

Each replica is taken to serve an equal part of the offered rate, which is what a round-robin
balancer does. A fault's bad requests are then rate ÷ replicas × targets × share × duration.

A replica that dies without draining costs what it has in flight, and what a balancer sends it
before it has noticed: at most what reaches it in `NOTICED_WITHIN`, which is a bound and no guess at
the mean. One that leaves in the orderly way costs nothing.
"""

from collections.abc import Sequence
from datetime import timedelta

from ironclad.domain.experiment import Experiment, Fault, FaultKind
from ironclad.domain.plan import PlannedFault, Prediction
from ironclad.domain.slo import Objective, spent_ratio
from ironclad.domain.stack import Replica

FIRST_SERVER_ERROR = 500
NOTICED_WITHIN = timedelta(seconds=1)
"""The load balancer here looks each second; a dead pod leaves its Service in about as long."""


def predict(
    experiment: Experiment,
    objectives: Sequence[Objective],
    faults: Sequence[PlannedFault],
    replicas: Sequence[Replica],
) -> tuple[Prediction, ...]:
    """Predict the cost of each objective, on top of what the service loses without any fault."""
    return tuple(_prediction(experiment, objective, faults, replicas) for objective in objectives)


def _prediction(
    experiment: Experiment,
    objective: Objective,
    faults: Sequence[PlannedFault],
    replicas: Sequence[Replica],
) -> Prediction:
    requests = [_requests(experiment, planned, len(replicas)) for planned in faults]
    ratios = [_bad_ratio(planned.fault, objective) for planned in faults]
    bad = sum(number * ratio for number, ratio in zip(requests, ratios, strict=True))
    return Prediction(
        objective=objective.name,
        bad_events=bad,
        spent_ratio=spent_ratio(objective, bad, _offered(experiment)),
        is_bound=bad > 0 and any(one.fault.kind is FaultKind.REPLICA_KILL for one in faults),
    )


def _offered(experiment: Experiment) -> int:
    return experiment.load.pacer.hits_before(experiment.load_duration.total_seconds())


def _requests(experiment: Experiment, planned: PlannedFault, replicas: int) -> float:
    """Count the requests that reach the targets while the fault is armed, or not yet noticed."""
    start, fault = experiment.phases.baseline + planned.fault.at, planned.fault
    lasting = NOTICED_WITHIN if fault.kind.ends_replicas else fault.duration
    offered = _offered_until(experiment, start + lasting)
    offered -= _offered_until(experiment, start)
    return offered * len(planned.targets) / max(1, replicas)


def _offered_until(experiment: Experiment, elapsed: timedelta) -> int:
    return experiment.load.pacer.hits_before(elapsed.total_seconds())


def _bad_ratio(fault: Fault, objective: Objective) -> float:
    """Give the share of a target's requests that the fault makes bad for this objective."""
    if objective.latency_threshold is not None:
        return _slow_ratio(fault, objective.latency_threshold)
    if fault.kind is FaultKind.ERROR:
        return fault.share if (fault.status or FIRST_SERVER_ERROR) >= FIRST_SERVER_ERROR else 0.0
    return 1.0 if fault.kind in {FaultKind.BREAKER_OPEN, FaultKind.REPLICA_KILL} else 0.0


def _slow_ratio(fault: Fault, threshold: timedelta) -> float:
    """A delay is uniform over ± its jitter; the service's own time comes on top and is small.

    Errors and an open breaker answer at once; a replica that is not ready gets no requests.
    """
    if fault.kind is not FaultKind.LATENCY or fault.delay is None:
        return 0.0
    jitter = fault.jitter or timedelta()
    if not jitter:
        return fault.share * (fault.delay >= threshold)
    beyond = (fault.delay + jitter - threshold) / (2 * jitter)
    return fault.share * min(1.0, max(0.0, beyond))
