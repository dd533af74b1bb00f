"""Durations in an HDR histogram: the same small size however many, each kept within 0.1 %."""

import math
from collections.abc import Mapping

from hdrh.histogram import HdrHistogram

_PER_SECOND = 1_000_000
_LONGEST_SECONDS = 600
_DIGITS = 3
PERCENTS = (50.0, 95.0, 99.0)


class Latencies:
    """Counts in microseconds; what is longer than ten minutes counts as ten minutes."""

    def __init__(self) -> None:
        self.histogram = HdrHistogram(1, _LONGEST_SECONDS * _PER_SECOND, _DIGITS)

    def __len__(self) -> int:
        return int(self.histogram.get_total_count())

    def add(self, seconds: float) -> None:
        """Count one; the clock may have been set back in between, and less than 0 is 0."""
        within = min(max(seconds, 0.0), _LONGEST_SECONDS)
        self.histogram.record_value(round(within * _PER_SECOND))

    def merge(self, other: "Latencies") -> None:
        self.histogram.add(other.histogram)

    def percentiles(self) -> Mapping[float, float | None]:
        """Give seconds for each of `PERCENTS`, by nearest rank as the ledger's; None of nothing."""
        if not len(self):
            return dict.fromkeys(PERCENTS)
        asked = [self._at_rank(percent) for percent in PERCENTS]
        found = self.histogram.get_percentile_to_value_dict(sorted(set(asked)))
        longest = self.histogram.max_value  # which is exact; a bucket ends a little above it
        values = (min(found[percent], longest) / _PER_SECOND for percent in asked)
        return dict(zip(PERCENTS, values, strict=True))

    def _at_rank(self, percent: float) -> float:
        """Ask for a whole rank: the library rounds to the nearest, and the ledger upwards."""
        rank = math.ceil(round(percent * len(self) / 100, 6))
        return 100 * rank / len(self)
