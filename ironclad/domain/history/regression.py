"""Is this run worse than the ones before it? A robust outlier test, since runs are few.

The modified z-score of Iglewicz and Hoaglin (How to Detect and Handle Outliers, ASQC 1993) has to
exceed 3.5. It is the distance from the median in units of the median absolute deviation. The
deviation is never taken to be under 6 % of the median: equal runs would else make any change one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from ironclad.domain.evidence.journal import Status
from ironclad.domain.history.past_run import PastRun

COMPARED_AT_MOST = 10
COMPARED_AT_LEAST = 5
_LIMIT = 3.5
_NORMAL_MAD = 1.4826
"""Makes the median absolute deviation of normal values their standard deviation."""
_LEAST_SPREAD = 0.06


class Figure(StrEnum):
    """What is compared; of each, more is worse."""

    COST = "spent_ratio"
    DETECTION = "detection_seconds"
    RECOVERY = "time_to_recover_seconds"

    def of(self, run: PastRun) -> float | None:
        value: float | None = getattr(run, self.value)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One figure against its median in `runs` earlier runs; `is_worse` is None of too few."""

    figure: Figure
    value: float
    usual: float
    runs: int
    is_worse: bool | None

    @property
    def ratio(self) -> float | None:
        """By how much it is more than usual; None where usual is nothing."""
        return self.value / self.usual - 1 if self.usual else None


def changes(run: PastRun, earlier: Sequence[PastRun]) -> tuple[Change, ...]:
    """Compare with the newest ten before it that tell of the same thing; newest first.

    Only what ran to its end compares: one that was ended early has cost less, whatever it broke.
    """
    if run.status != Status.COMPLETED:
        return ()
    like = [one for one in earlier if one.is_like(run) and one.status == Status.COMPLETED]
    like = like[:COMPARED_AT_MOST]
    found = (_change(figure, run, like) for figure in Figure)
    return tuple(change for change in found if change is not None)


def _change(figure: Figure, run: PastRun, earlier: Sequence[PastRun]) -> Change | None:
    value = figure.of(run)
    before = [known for one in earlier if (known := figure.of(one)) is not None]
    if value is None or not before:
        return None
    return Change(
        figure=figure,
        value=value,
        usual=median(before),
        runs=len(before),
        is_worse=_is_worse(value, before) if len(before) >= COMPARED_AT_LEAST else None,
    )


def _is_worse(value: float, before: Sequence[float]) -> bool:
    usual = median(before)
    deviation = _NORMAL_MAD * median(abs(one - usual) for one in before)
    spread = max(deviation, _LEAST_SPREAD * abs(usual))
    return value - usual > _LIMIT * spread if spread else value > usual
