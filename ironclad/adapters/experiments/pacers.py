"""The rate law that an experiment file names."""

from ironclad.adapters.experiments.document import LONGEST, PacerDocument, StepDocument
from ironclad.domain.experiment.pacer import AnyPacer, Constant, Ramp, Step, Steps


def pacer_of(document: PacerDocument) -> AnyPacer:
    if document.ramp is not None:
        ramp = document.ramp
        return Ramp(ramp.start, ramp.end, ramp.over.total_seconds())
    if document.steps is not None:
        return Steps(tuple(_step(step) for step in document.steps))
    return Constant(document.constant or 0.0)


def _step(document: StepDocument) -> Step:
    """The last one goes on for as long as the load does."""
    return Step(document.rate, (document.duration or LONGEST).total_seconds())
