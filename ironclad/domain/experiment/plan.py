"""A game day before minute 0: everything resolved, nothing touched."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ironclad.domain.alerting.forecast import AlertForecast
from ironclad.domain.experiment.experiment import Experiment, Fault
from ironclad.domain.slo.slo import Objective
from ironclad.domain.stack.stack import Endpoints, Replica, StackRef


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFault:
    """A fault with the replicas that it will hit, in name order."""

    fault: Fault
    targets: tuple[Replica, ...]

    @property
    def target_names(self) -> tuple[str, ...]:
        return tuple(replica.name for replica in self.targets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a game day should cost; `spent_ratio` is a share of the objective's whole budget.

    `is_bound` tells that it is the most that it should cost, and that less is likely. `unseen` are
    bad for clients alone: the objective's own indicator does not count them. The cost of the
    faults in `not_predicted` cannot be predicted and is not in it.
    """

    objective: str
    bad_events: float
    spent_ratio: float
    is_bound: bool = False
    unseen: float = 0.0
    not_predicted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    run: str
    stack: StackRef
    experiment: Experiment
    objectives: tuple[Objective, ...]
    replicas: tuple[Replica, ...]
    faults: tuple[PlannedFault, ...]
    endpoints: Endpoints
    predictions: tuple[Prediction, ...]
    scrape_interval: timedelta
    who: str
    why: str
    planned_at: datetime
    warnings: tuple[str, ...] = ()
    ignores_freeze: bool = False
    """A person chose to run in spite of a freeze, so that none ends it either."""
    alerts: tuple[AlertForecast, ...] = ()
    """Which alerts should fire, and when; empty where nothing can be predicted."""
    flow_run: str = ""
    """The address of the flow run's page; empty where Prefect has no server."""
