"""The rank test on recorded latencies: false alarms of equal groups, and slow replicas found."""

import random
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from benchmarks.verdict_trials.page import Table
from ironclad.adapters.reports import evidence_of
from ironclad.domain.judging.comparison import groups
from ironclad.ranks import mann_whitney

SEEDS = 200
FACTORS = (1.0, 1.5, 2.0, 3.0)


def control_table(folder: Path) -> Table:
    """Resample the fault-free replicas of one run; slow one half down by each factor."""
    columns = ("one group slower by", "resamples", "said to be slower", "goal")
    if find_spec("scipy") is None:
        return Table(name="control", columns=columns, rows=[], remark="scipy is not installed.")
    recorded = groups(evidence_of(folder)).control
    rows = [_row(recorded, factor) for factor in FACTORS]
    return Table(
        name="control", columns=columns, rows=rows, remark=f"From {len(recorded)} answers."
    )


def _row(recorded: Sequence[float], factor: float) -> tuple[object, ...]:
    found = sum(_is_slower(recorded, factor, seed) for seed in range(SEEDS)) / SEEDS
    goal = {1.0: "at most 5 %", 3.0: "at least 95 %"}.get(factor, "")
    return f"× {factor:g}", SEEDS, f"{found:.1%}", goal


def _is_slower(recorded: Sequence[float], factor: float, seed: int) -> bool:
    dice, half = random.Random(seed), len(recorded) // 2  # noqa: S311 - it must repeat
    treated, control = (dice.choices(recorded, k=half) for _ in range(2))
    return mann_whitney([factor * seconds for seconds in treated], control).is_slower
