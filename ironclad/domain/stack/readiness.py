"""Is it ready? Three answers, never two: a wait must know when it cannot succeed."""

from dataclasses import dataclass
from enum import StrEnum


class Condition(StrEnum):
    READY = "ready"
    IN_PROGRESS = "in progress"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Readiness:
    """An answer with its numbers, such as `2 of 3 replicas ready`."""

    condition: Condition
    message: str

    @property
    def is_ready(self) -> bool:
        return self.condition is Condition.READY


def combined(parts: tuple[Readiness, ...]) -> Readiness:
    """Failed if any part is, else in progress if any part is, else ready."""
    for condition in (Condition.FAILED, Condition.IN_PROGRESS):
        messages = [part.message for part in parts if part.condition is condition]
        if messages:
            return Readiness(condition, "; ".join(messages))
    return Readiness(Condition.READY, "; ".join(part.message for part in parts))
