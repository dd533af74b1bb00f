"""What a game day should cost, worked out before minute 0.

Each replica is taken to serve an equal part of the offered rate, which is what a round-robin
balancer does. A fault's bad requests are then rate ÷ replicas × targets × share × duration.

A replica that dies without draining costs what it has in flight, and what a balancer sends it
before it has noticed: at most what reaches it in `NOTICED_WITHIN`, which is a bound and no guess at
the mean. One that leaves in the orderly way costs nothing.

What hangs or is reset gives no 5xx that a replica could count: that is the blind spot of an
objective on availability, told apart. What presses on the machine, or takes the database away, does
harm that nobody can work out beforehand: it is named as not predicted, and no figure pretends.
Of a database that is away one thing is sure: no client gets an answer, whoever counts it. Of a
replica that stands still clients wait in vain until the balancer has looked and not been answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ironclad.domain.experiment.experiment import Experiment, Fault, FaultKind
from ironclad.domain.experiment.plan import PlannedFault, Prediction
from ironclad.domain.slo.slo import Objective, spent_ratio
from ironclad.domain.stack.stack import Replica

FIRST_SERVER_ERROR = 500
NOTICED_WITHIN = timedelta(seconds=1)
"""The load balancer here looks each second; a dead pod leaves its Service in about as long."""

STILLNESS_NOTICED_WITHIN = timedelta(seconds=2)
"""It looks each second and waits as long for the answer."""

BREAKER_STAYS_CLOSED = 0.5
"""A share is spread so evenly that up to 0.6 no five failures follow each other; with a margin."""
BORNE_DELAY = timedelta(milliseconds=500)
BORNE_QUERIES = 5
"""Half of the backend's own pool, and a quarter of its patience with a query."""

_DEATHS = frozenset({FaultKind.REPLICA_KILL, FaultKind.CRASH})
_NOT_PREDICTABLE = frozenset(
    {
        FaultKind.CPU_BURN,
        FaultKind.MEMORY_PRESSURE,
        FaultKind.POSTGRES_KILL,
    }
)
_DATABASE_AWAY = frozenset({FaultKind.POSTGRES_DOWN, FaultKind.DATABASE_PARTITION})


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
        is_bound=bad > 0 and any(one.fault.kind in _DEATHS for one in faults),
        unseen=unseen,
        not_predicted=tuple(not_predicted),
    )


def _offered(experiment: Experiment) -> int:
    return experiment.load.pacer.hits_before(experiment.load_duration.total_seconds())


def _requests(experiment: Experiment, planned: PlannedFault, replicas: int) -> float:
    """Count the requests that reach the targets while the fault is armed, or not yet noticed."""
    start, fault = experiment.phases.baseline + planned.fault.at, planned.fault
    lasting = NOTICED_WITHIN if fault.kind.ends_replicas else fault.duration
    offered = _offered_until(experiment, start + lasting)
    offered -= _offered_until(experiment, start)
    if fault.kind.is_on_database:
        return offered
    return offered * len(planned.targets) / max(1, replicas)


def _offered_until(experiment: Experiment, elapsed: timedelta) -> int:
    return experiment.load.pacer.hits_before(elapsed.total_seconds())


@dataclass(frozen=True, slots=True)
class _Harm:
    """Shares of a target's requests: bad for the objective's own indicator, and for clients alone.

    `bad` is None where nobody can tell it beforehand.
    """

    bad: float | None = 0.0
    unseen: float = 0.0


_NOT_TOLD = _Harm(bad=None)
_NOBODY_ANSWERS = _Harm(bad=None, unseen=1.0)
"""How many of them a replica counts as 5xx depends on when the balancer lets go of the last one."""


def _harm(experiment: Experiment, fault: Fault, objective: Objective, replicas: int) -> _Harm:
    if fault.kind in _NOT_PREDICTABLE:
        return _NOT_TOLD
    if fault.kind in _DATABASE_AWAY:
        return _NOBODY_ANSWERS
    if fault.kind is FaultKind.REPLICA_PAUSE:
        waiting = min(1.0, STILLNESS_NOTICED_WITHIN / fault.duration)
        return _Harm(bad=None if objective.latency_threshold else 0.0, unseen=waiting)
    if fault.kind is FaultKind.DATABASE_SLOW and _piles_up(experiment, fault, replicas):
        return _NOT_TOLD
    if objective.latency_threshold is not None:
        return _Harm(_slow_ratio(experiment, fault, objective.latency_threshold))
    return _failing(experiment, fault)


def _failing(experiment: Experiment, fault: Fault) -> _Harm:
    match fault.kind:
        case FaultKind.ERROR:
            is_bad = (fault.status or FIRST_SERVER_ERROR) >= FIRST_SERVER_ERROR
            return _Harm(fault.share * is_bad)
        case FaultKind.DATABASE_ERROR:
            return _Harm(fault.share) if _is_exact(fault.share) else _NOT_TOLD
        case FaultKind.BREAKER_OPEN | FaultKind.REPLICA_KILL | FaultKind.CRASH:
            return _Harm(1.0)
        case FaultKind.HANG:  # who waits at the end is answered
            rest = 1 - experiment.load.timeout / fault.duration
            return _Harm(unseen=fault.share * max(0.0, rest))
        case FaultKind.CONNECTION_RESET:
            return _Harm(unseen=fault.share)
    return _Harm()


def _is_exact(share: float) -> bool:
    """A share between leaves runs of failures so long that the circuit breaker may open."""
    return share <= BREAKER_STAYS_CLOSED or share == 1


def _piles_up(experiment: Experiment, fault: Fault, replicas: int) -> bool:
    """More queries at work at once (rate × delay) than a pool bears, or one too slow for it."""
    delay = fault.delay or timedelta()
    rate = experiment.load.pacer.rate_at(experiment.phases.baseline.total_seconds())
    at_once = rate / max(1, replicas) * fault.share * delay.total_seconds()
    return delay > BORNE_DELAY or at_once > BORNE_QUERIES


def _slow_ratio(experiment: Experiment, fault: Fault, threshold: timedelta) -> float:
    """A delay is uniform over ± its jitter; the service's own time comes on top and is small.

    Errors, resets and an open breaker end at once; a replica that is not ready gets no requests.
    One that hangs is counted when its client gives up.
    """
    if fault.kind is FaultKind.HANG:
        return fault.share * (min(experiment.load.timeout, fault.duration) >= threshold)
    if fault.kind not in {FaultKind.LATENCY, FaultKind.DATABASE_SLOW} or fault.delay is None:
        return 0.0
    jitter = fault.jitter or timedelta()
    if not jitter:
        return fault.share * (fault.delay >= threshold)
    beyond = (fault.delay + jitter - threshold) / (2 * jitter)
    return fault.share * min(1.0, max(0.0, beyond))
