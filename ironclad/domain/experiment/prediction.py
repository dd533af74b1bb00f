"""What a game day should cost, worked out before minute 0.

Each replica is taken to serve an equal part of the offered rate, which is what a round-robin
balancer does. A fault's bad requests are then rate ÷ replicas × targets × share × duration.

A replica that dies without draining costs what it has in flight. It also costs what a balancer
sends it before it has noticed. The bound is what reaches it in the spec's `noticed_within`. One
that leaves in the orderly way costs nothing.

A hang or a reset gives no 5xx that a replica could count: the blind spot of an objective on
availability. The harm of a stressor or of a database that is away cannot be worked out. It is named
as not predicted, without a figure. While the database is away no client gets an answer. Clients of
a replica that stands still wait until the balancer's check has failed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from ironclad.domain.experiment.experiment import Experiment, Fault
from ironclad.domain.experiment.plan import PlannedFault, Prediction
from ironclad.domain.faults.spec import Family, Harm
from ironclad.domain.slo.slo import Objective, spent_ratio
from ironclad.domain.stack.stack import Replica

FIRST_SERVER_ERROR = 500
BREAKER_STAYS_CLOSED = 0.5
"""A share is spread so evenly that up to 0.6 no five failures follow each other; with a margin."""
BORNE_DELAY = timedelta(milliseconds=500)
BORNE_QUERIES = 5
"""Half of the backend's own pool, and a quarter of its patience with a query."""


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
    bad = unseen = 0.0
    not_predicted: list[str] = []
    for planned in faults:
        harm = _harm(experiment, planned.fault, objective, len(replicas))
        requests = _requests(experiment, planned, len(replicas))
        bad += requests * (harm.bad or 0.0)
        unseen += requests * harm.unseen
        not_predicted += [planned.fault.id] if harm.bad is None else []
    return Prediction(
        objective=objective.name,
        bad_events=bad,
        spent_ratio=spent_ratio(objective, bad, _offered(experiment)),
        is_bound=bad > 0 and any(one.fault.kind.spec.kills_replicas for one in faults),
        unseen=unseen,
        not_predicted=tuple(not_predicted),
    )


def _offered(experiment: Experiment) -> int:
    return experiment.load.pacer.hits_before(experiment.load_duration.total_seconds())


def _requests(experiment: Experiment, planned: PlannedFault, replicas: int) -> float:
    """Count the requests that reach the targets while it may cost some."""
    start, fault = experiment.phases.baseline + planned.fault.at, planned.fault
    offered = _offered_until(experiment, start + fault.kind.spec.costs_for(fault.duration))
    offered -= _offered_until(experiment, start)
    if fault.kind.spec.is_on_database:
        return offered
    return offered * len(planned.targets) / max(1, replicas)


def _offered_until(experiment: Experiment, elapsed: timedelta) -> int:
    return experiment.load.pacer.hits_before(elapsed.total_seconds())


@dataclass(frozen=True, slots=True)
class _Harm:
    """Shares of a target's requests: bad for the objective's own indicator, and for clients alone.

    `bad` is None where it cannot be predicted.
    """

    bad: float | None = 0.0
    unseen: float = 0.0


_NOT_PREDICTED = _Harm(bad=None)
_NO_ANSWER = _Harm(bad=None, unseen=1.0)
"""How many of them a replica counts as 5xx depends on when the balancer lets go of the last one."""


def _harm(experiment: Experiment, fault: Fault, objective: Objective, replicas: int) -> _Harm:
    """An error, a reset or an open breaker ends at once, so no objective on latency counts it."""
    counts_failures = objective.counts_failures
    match fault.kind.spec.harm:
        case Harm.NONE:
            harm = _Harm()
        case Harm.SLOW:
            harm = _slowed(experiment, fault, objective, replicas)
        case Harm.FAILURES:
            harm = _failing(fault) if counts_failures else _Harm()
        case Harm.LATE:
            harm = _late(experiment, fault, objective)
        case Harm.RESET:
            harm = _Harm(unseen=fault.share if counts_failures else 0.0)
        case Harm.STANDSTILL:
            harm = _Harm(bad=0.0 if counts_failures else None, unseen=1.0)
        case Harm.DATABASE_AWAY:
            harm = _NO_ANSWER
        case Harm.NOT_PREDICTABLE:
            harm = _NOT_PREDICTED
        case other:
            assert_never(other)
    return harm


def _failing(fault: Fault) -> _Harm:
    if fault.kind.spec.family is Family.QUERIES and not _is_exact(fault.share):
        return _NOT_PREDICTED
    return _Harm(fault.share * ((fault.status or FIRST_SERVER_ERROR) >= FIRST_SERVER_ERROR))


def _late(experiment: Experiment, fault: Fault, objective: Objective) -> _Harm:
    """One that hangs is counted when its client gives up; who waits at the end is answered."""
    patience, threshold = experiment.load.timeout, objective.latency_threshold
    if threshold is not None:
        return _Harm(fault.share * (min(patience, fault.duration) >= threshold))
    return _Harm(unseen=fault.share * max(0.0, 1 - patience / fault.duration))


def _is_exact(share: float) -> bool:
    """A share between leaves runs of failures so long that the circuit breaker may open."""
    return share <= BREAKER_STAYS_CLOSED or share == 1


def _piles_up(experiment: Experiment, fault: Fault, replicas: int) -> bool:
    """More queries at work at once (rate × delay) than a pool bears, or one too slow for it."""
    delay = fault.delay or timedelta()
    rate = experiment.load.pacer.rate_at(experiment.phases.baseline.total_seconds())
    at_once = rate / max(1, replicas) * fault.share * delay.total_seconds()
    return delay > BORNE_DELAY or at_once > BORNE_QUERIES


def _slowed(experiment: Experiment, fault: Fault, objective: Objective, replicas: int) -> _Harm:
    if fault.kind.spec.slows_queries and _piles_up(experiment, fault, replicas):
        return _NOT_PREDICTED
    threshold = objective.latency_threshold
    return _Harm() if threshold is None else _Harm(fault.share * _beyond(fault, threshold))


def _beyond(fault: Fault, threshold: timedelta) -> float:
    """A delay is uniform over ± its jitter; the service's own time comes on top and is small."""
    delay, jitter = fault.delay or timedelta(), fault.jitter or timedelta()
    if not jitter:
        return float(delay >= threshold)
    return min(1.0, max(0.0, (delay + jitter - threshold) / (2 * jitter)))
