"""The first experiment, shortened, and the objective that it is about."""

from dataclasses import replace
from datetime import timedelta

from ironclad.domain.experiment.experiment import (
    AbortCondition,
    Cost,
    Expectation,
    Experiment,
    Fault,
    Load,
    Mix,
    Phases,
    Target,
)
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.slo.slo import Indicator, Objective

AVAILABILITY = Objective(
    name="orders-availability",
    target=0.999,
    period=timedelta(days=30),
    declared_requests=259_200_000,
    indicator=Indicator(valid="requests", bad='requests{status=~"5.."}'),
)


def error_burst(**changes: object) -> Experiment:
    """The first experiment, shortened."""
    experiment = Experiment(
        name="error-burst",
        owner="sre",
        hypothesis="20 % errors on one replica of three cost next to nothing.",
        objectives=(AVAILABILITY.name,),
        load=Load(pacer=Constant(100), mix=Mix(), timeout=timedelta(seconds=2)),
        phases=Phases(
            baseline=timedelta(seconds=10),
            recovery=timedelta(seconds=30),
            settle=timedelta(seconds=3),
        ),
        faults=(
            Fault(
                id="errors",
                kind=FaultKind.ERROR,
                at=timedelta(),
                duration=timedelta(seconds=20),
                target=Target(replicas=1),
                share=0.2,
                status=503,
            ),
        ),
        expect=Expectation(cost=Cost(objective=AVAILABILITY.name, at_most_ratio=0.002)),
        abort_when=(AbortCondition(error_ratio_over=0.2, sustained=timedelta(seconds=5)),),
    )
    return replace(experiment, **changes)  # type: ignore[arg-type]
