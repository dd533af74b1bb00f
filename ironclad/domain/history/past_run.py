"""One run that is over, in the few figures that are worth comparing."""

from dataclasses import dataclass
from datetime import datetime

from ironclad.domain.evidence.journal import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A figure is None where it is not known. `spent_…` are of the objective `spent_objective`.

    `detection_seconds` count from the first effect of a fault until the first expected alert
    fired, `time_to_recover_seconds` from the same moment until the service was well again, and
    `recovery_seconds` until that was proven.
    """

    run: str
    experiment: str
    platform: str
    stack: str
    started_at: datetime
    status: str
    verdict: str | None
    reason: str
    spent_objective: str = ""
    spent_ratio: float | None = None
    allowed_ratio: float | None = None
    detection_seconds: float | None = None
    recovery_seconds: float | None = None
    recovered: bool | None = None
    time_to_recover_seconds: float | None = None

    @property
    def was_held(self) -> bool:
        """A run whose runner died, or that broke off, tells nothing of the experiment."""
        return self.status in {Status.COMPLETED, Status.ABORTED}

    def is_like(self, other: "PastRun") -> bool:
        """Say whether both tell of the same thing, and can be compared."""
        mine = (self.experiment, self.platform, self.stack, self.spent_objective)
        return mine == (other.experiment, other.platform, other.stack, other.spent_objective)
