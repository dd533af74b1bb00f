"""What one trial showed, made of its samples and marks."""

from collections.abc import Sequence
from dataclasses import dataclass

from trials.harness.watch import Concern, Sample
from trials.kill.draws import Trial
from trials.kill.ways import MANNERS, Way

COOPERATIVE_SECONDS = 5.0
HALT_SECONDS = 10.0
BACKEND_KILL_SECONDS = 10.0
PLATFORM_KILL_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Seconds are counted from the end; None is what never came.

    `seconds` until no replica carried a fault and the platform was as before, `released_seconds`
    until load, lock and undo ledger were gone as well.
    """

    number: int
    way: str
    boundary: str
    host: str
    fault: str
    goal_seconds: float
    fault_seconds: float | None
    platform_seconds: float | None
    load_seconds: float | None
    lock_seconds: float | None
    ledger_seconds: float | None
    last_problem: str = ""
    """What was seen last of a fault or of a platform that was not as before."""
    leftovers: tuple[str, ...] = ()
    status: str = ""
    problem: str = ""

    @property
    def seconds(self) -> float | None:
        return _latest(self.fault_seconds, self.platform_seconds)

    @property
    def released_seconds(self) -> float | None:
        return _latest(self.load_seconds, self.lock_seconds, self.ledger_seconds)

    @property
    def is_kept(self) -> bool:
        """Is the promise kept?"""
        in_time = self.seconds is not None and self.seconds <= self.goal_seconds
        return in_time and not self.leftovers and not self.problem


def goal_of(trial: Trial) -> float:
    if trial.way is Way.HALT:
        return HALT_SECONDS
    if not MANNERS[trial.way].is_kill:
        return COOPERATIVE_SECONDS
    is_backend = trial.fault.spec.is_leased
    return BACKEND_KILL_SECONDS if is_backend else PLATFORM_KILL_SECONDS


def row_of(
    trial: Trial,
    samples: Sequence[Sample],
    ended_at: float,
    *,
    status: str = "",
    leftovers: Sequence[str] = (),
) -> Row:
    found = {concern: gone_after(samples, concern, ended_at) for concern in Concern}
    last = samples[-1].problems if samples else {}
    return Row(
        number=trial.number,
        way=trial.way,
        boundary=trial.boundary or "",
        host=trial.host,
        fault=trial.fault.kind,
        goal_seconds=goal_of(trial),
        fault_seconds=found[Concern.FAULT],
        platform_seconds=found[Concern.PLATFORM],
        load_seconds=found[Concern.LOAD],
        lock_seconds=found[Concern.LOCK],
        ledger_seconds=found[Concern.LEDGER],
        last_problem=_last_problem(samples, ended_at),
        leftovers=(*(f"{concern}: {text}" for concern, text in last.items()), *leftovers),
        status=status,
    )


def failed(trial: Trial, problem: str) -> Row:
    """A trial that could not be carried out, which is no proof of anything."""
    return Row(
        number=trial.number,
        way=trial.way,
        boundary=trial.boundary or "",
        host=trial.host,
        fault=trial.fault.kind,
        goal_seconds=goal_of(trial),
        fault_seconds=None,
        platform_seconds=None,
        load_seconds=None,
        lock_seconds=None,
        ledger_seconds=None,
        problem=problem,
    )


def gone_after(samples: Sequence[Sample], concern: Concern, ended_at: float) -> float | None:
    """Give the seconds until it was gone for good; None while the last sample still shows it."""
    clean_from = ended_at
    for sample, after in zip(samples, [*samples[1:], None], strict=True):
        if concern in sample.problems:
            if after is None:
                return None
            clean_from = after.at
    return round(max(0.0, clean_from - ended_at), 3)


def _last_problem(samples: Sequence[Sample], ended_at: float) -> str:
    for sample in reversed(samples):
        found = [sample.problems.get(each) for each in (Concern.FAULT, Concern.PLATFORM)]
        if sample.at >= ended_at and any(found):
            return f"after {sample.at - ended_at:.1f} s {'; '.join(filter(None, found))}"
    return ""


def _latest(*moments: float | None) -> float | None:
    known = [moment for moment in moments if moment is not None]
    return max(known) if len(known) == len(moments) else None
