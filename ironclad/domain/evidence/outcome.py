"""How a game day ended, in the few words that a caller needs."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from ironclad.domain.evidence.journal import Status


class Verdict(StrEnum):
    UPHELD = "UPHELD"
    DEVIATED = "DEVIATED"
    INCONCLUSIVE = "INCONCLUSIVE"


class ExitCode(IntEnum):
    """What `ironclad game-day run` ends with."""

    UPHELD = 0
    DEVIATED = 1
    BROKEN = 2
    INCONCLUSIVE = 3
    NOT_RUN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`verdict` is None for a run that never began; `report` is the folder it lies in.

    `note` says where it came from, if it is not this process' own.
    """

    run: str
    experiment: str
    status: Status
    verdict: Verdict | None
    reason: str
    report: str = ""
    spent_ratio: float | None = None
    spent_objective: str = ""
    time_to_recover_seconds: float | None = None
    proof_seconds: float | None = None
    note: str = ""

    @property
    def exit_code(self) -> ExitCode:
        if self.status in {Status.SKIPPED, Status.REFUSED}:
            return ExitCode.NOT_RUN
        if self.status in {Status.INTERRUPTED, Status.FAILED}:
            return ExitCode.BROKEN
        return _BY_VERDICT[self.verdict]


_BY_VERDICT = {
    Verdict.UPHELD: ExitCode.UPHELD,
    Verdict.DEVIATED: ExitCode.DEVIATED,
    Verdict.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
    None: ExitCode.INCONCLUSIVE,
}
