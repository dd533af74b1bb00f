"""Latencies of a real local stack in which nothing was slower than anything else, kept for tests.

`python -m trials.verdict.recorded RUN` records them anew from a run's folder.
"""

import csv
import gzip
import io
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ironclad.adapters.runs.reports import evidence_of
from ironclad.domain.load.load import Attempt

FILE = Path(__file__).with_name("latencies.csv.gz")
MOST_ROWS = 4_000


@dataclass(frozen=True, slots=True)
class Groups:
    """Seconds; of one replica, and of all others."""

    treated: Sequence[float]
    control: Sequence[float]


def resampled(by_replica: dict[str, list[float]], seed: int) -> Groups:
    """Draw a game's worth of answers, 15 s at 100/s: of one replica, and of its neighbours."""
    dice, names = random.Random(seed), sorted(by_replica)  # noqa: S311 - it must repeat
    chosen = dice.choice(names)
    others = [seconds for name in names if name != chosen for seconds in by_replica[name]]
    return Groups(dice.choices(by_replica[chosen], k=500), dice.choices(others, k=1_000))


def latencies() -> dict[str, list[float]]:
    """Read what was recorded: seconds by replica."""
    by_replica: dict[str, list[float]] = {}
    with gzip.open(FILE, "rt", encoding="ascii", newline="") as file:
        for name, microseconds in csv.reader(file):
            by_replica.setdefault(name, []).append(int(microseconds) / 1e6)
    return by_replica


def record(attempts: Sequence[Attempt]) -> bytes:
    """Keep whose answer took how many microseconds; the same rows make the same bytes."""
    text, good = io.StringIO(newline=""), [row for row in attempts if not row.is_bad]
    rows = ((row.replica, round(row.latency_seconds * 1e6)) for row in good[:MOST_ROWS])
    csv.writer(text, lineterminator="\n").writerows(rows)
    return gzip.compress(text.getvalue().encode("ascii"), mtime=0)


if __name__ == "__main__":
    load = evidence_of(Path(sys.argv[1])).load
    FILE.write_bytes(record(load.attempts if load else ()))
