"""Which replicas each fault will hit."""

from collections.abc import Sequence

from ironclad.domain.experiment.experiment import Experiment
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.experiment.targets import targets_of
from ironclad.domain.stack.stack import Replica
from ironclad.errors import RefusedError
from ironclad.game_day.planning.scope import Found


def resolved(
    experiment: Experiment, replicas: Sequence[Replica]
) -> tuple[tuple[PlannedFault, ...], Found]:
    planned: list[PlannedFault] = []
    reasons: list[str] = []
    for fault in experiment.faults:
        try:
            planned.append(PlannedFault(fault=fault, targets=targets_of(fault, replicas)))
        except RefusedError as error:
            reasons += [f"fault {fault.id}: {reason}" for reason in error.reasons]
    return tuple(planned), Found(reasons=tuple(reasons))
