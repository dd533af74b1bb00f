"""One run that is over, in the few figures that are worth comparing."""

from dataclasses import dataclass
from datetime import datetime

from ironclad.domain.evidence.journal import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A figure is None where it is not known. `spent_…` are of the objective `spent_objective`.

    All times count from the first effect of a fault. `detection_seconds` ends at the first expected
    alert, `time_to_recover_seconds` when the service was well, `recovery_seconds` when that was
    proven.
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
