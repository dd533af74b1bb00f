"""What a benchmark says: a figure of ours, a peer's, their ratio, and what it should be."""

from dataclasses import dataclass
from statistics import median
from typing import Literal

COMPARE = {"at least": float.__ge__, "at most": float.__le__}
SIGN = {"at least": "≥", "at most": "≤"}


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on the ratio, or on our own figure in the row's unit."""

    of: Literal["ratio", "ours"]
    bound: Literal["at least", "at most"]
    value: float

    def __str__(self) -> str:
        return f"{self.of} {SIGN[self.bound]} {self.value:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`ratio` is ours ÷ theirs; None where the peer cannot say such a figure."""

    name: str
    ours: float
    unit: str
    peer: str = ""
    theirs: float | None = None
    ratio: float | None = None
    goal: Goal | None = None

    @property
    def is_met(self) -> bool | None:
        """Say whether the goal is reached; None without one."""
        if self.goal is None:
            return None
        figure = self.ratio if self.goal.of == "ratio" else self.ours
        return figure is not None and COMPARE[self.goal.bound](float(figure), self.goal.value)

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "ours": _short(self.ours),
            "unit": self.unit,
            "peer": self.peer,
            "theirs": _short(self.theirs),
            "ratio": _short(self.ratio),
            "goal": str(self.goal) if self.goal else "",
        }


def paired(
    name: str,
    unit: str,
    *,
    ours: list[float],
    peer: str,
    theirs: list[float],
    goal: Goal | None = None,
) -> Row:
    """Compare figures that were taken in turn: medians, and the median of the ratios by pair."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True) if other]
    return Row(
        name=name,
        ours=median(ours),
        unit=unit,
        peer=peer,
        theirs=median(theirs),
        ratio=median(ratios) if ratios else None,
        goal=goal,
    )


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
