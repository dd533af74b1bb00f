"""Does a marked answer have the effect that was armed? The mark alone is the replica's own word."""

from ironclad.domain.evidence.attempt_stats import Shows
from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.faults.spec import Effect
from ironclad.domain.text.wording import duration

OF_ITS_DELAY = 0.9
"""A timer may end a little early; the clients' own way comes on top of it."""


def shows(fault: Fault) -> Shows:
    if fault.kind.spec.effect is Effect.STATUS:
        return lambda row: row.status == fault.status
    if fault.kind.spec.effect is Effect.DELAY:
        least = OF_ITS_DELAY * _least_delay(fault)
        return lambda row: row.answered_at - row.sent_at >= least
    return lambda row: row.is_failure


def effect_words(fault: Fault) -> str:
    """Write what a touched request should have shown."""
    match fault.kind.spec.effect:
        case Effect.STATUS:
            return f"the status {fault.status}"
        case Effect.DELAY:
            return f"the delay of {duration(_least_delay(fault))}"
        case Effect.FAILURE:
            return "a 5xx"
        case _:
            return "no answer"


def _least_delay(fault: Fault) -> float:
    """A delay is spread over its jitter to either side."""
    delays = (fault.delay, fault.jitter)
    delay, jitter = (each.total_seconds() if each is not None else 0.0 for each in delays)
    return delay - jitter
