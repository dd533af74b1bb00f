"""What the questions before minute 0 are asked about, and what they find."""

from dataclasses import dataclass

from ironclad.domain.alerting.forecast import AlertForecast
from ironclad.domain.experiment import Experiment
from ironclad.domain.plan import PlannedFault
from ironclad.domain.slo import Objective
from ironclad.domain.stack import Endpoints, Replica
from ironclad.game_day.toolbox import Toolbox, Watchers


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """`ignore_…` are what a person chose to override; the report records it."""

    experiment: Experiment
    tools: Toolbox
    endpoints: Endpoints
    objectives: tuple[Objective, ...]
    replicas: tuple[Replica, ...]
    faults: tuple[PlannedFault, ...] = ()
    ignore_budget: bool = False
    ignore_freeze: bool = False

    @property
    def watchers(self) -> Watchers:
        return self.tools.watchers(self.endpoints)

    @property
    def now(self) -> float:
        """Epoch seconds."""
        return self.tools.clock.now().timestamp()


@dataclass(frozen=True, slots=True)
class Found:
    """Each a sentence: a reason refuses the game day and names its remedy, a warning does not.

    `alerts` are asked for once, for the question as for the plan: that takes longest of all.
    """

    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    alerts: tuple[AlertForecast, ...] = ()


NOTHING = Found()


def refused(*reasons: str) -> Found:
    return Found(reasons=reasons)


def warned(*warnings: str) -> Found:
    return Found(warnings=warnings)


def together(*found: Found) -> Found:
    return Found(
        tuple(reason for each in found for reason in each.reasons),
        tuple(warning for each in found for warning in each.warnings),
        tuple(forecast for each in found for forecast in each.alerts),
    )
