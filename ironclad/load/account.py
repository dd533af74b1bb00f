"""The generator's own account, second by second, with its latencies in a histogram."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from hdrh.histogram import HdrHistogram

from ironclad.domain.experiment.expected_answer import answer
from ironclad.domain.load.load import Attempt, LoadSecond

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


LATE_SECONDS = 0.01


@dataclass(slots=True)
class _Open:
    """The second that is still going on."""

    at: float
    sent: int = 0
    ok: int = 0
    late: int = 0
    unsent: int = 0
    slow: int = 0
    latencies: Latencies = field(default_factory=Latencies)
    unexpected: int = 0
    marked: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def is_empty(self) -> bool:
        return not (self.sent or self.unsent or len(self.latencies))


class Account:
    """Counts answers in the second in which they came; seconds count from the start."""

    def __init__(self, begun_at: float, slow_after_seconds: float | None = None) -> None:
        self._slow_after = math.inf if slow_after_seconds is None else slow_after_seconds
        self._open = _Open(begun_at)
        self._closed: list[LoadSecond] = []
        self.latencies = Latencies()
        self.lateness = Latencies()
        self.in_flight = 0
        self.dropped = 0

    def sent(self, lateness_seconds: float) -> None:
        self.lateness.add(lateness_seconds)
        self._open.sent += 1
        self._open.late += lateness_seconds > LATE_SECONDS

    def drop(self) -> None:
        self.dropped += 1
        self._open.unsent += 1

    def answered(self, attempt: Attempt, now: float, *, is_expected: bool = True) -> None:
        self.roll(now)
        second = self._open
        second.answers[answer(attempt)] += 1
        second.unexpected += not is_expected
        second.ok += not attempt.is_bad
        second.slow += attempt.status is None or attempt.latency_seconds > self._slow_after
        second.latencies.add(attempt.latency_seconds)
        second.marked.update(filter(None, attempt.fault.split(",")))

    def roll(self, now: float) -> None:
        """Close every second that is over by now, the empty ones too."""
        while now >= self._open.at + 1:
            self.close()

    def close(self) -> None:
        second = self._open
        self.latencies.merge(second.latencies)
        self._closed.append(self._finished(second))
        self._open = _Open(second.at + 1)

    def close_rest(self) -> None:
        """Close the last second, which need not be full, if anything happened in it."""
        if not self._open.is_empty:
            self.close()

    def take(self) -> list[LoadSecond]:
        """Give the closed seconds that were not given before."""
        closed, self._closed = self._closed, []
        return closed

    def _finished(self, second: _Open) -> LoadSecond:
        p50, p95, p99 = second.latencies.percentiles().values()
        return LoadSecond(
            at=second.at,
            sent=second.sent,
            ok=second.ok,
            failed=len(second.latencies) - second.ok,
            late=second.late,
            unsent=second.unsent,
            slow=second.slow,
            in_flight=self.in_flight,
            latency_p50_seconds=p50,
            latency_p95_seconds=p95,
            latency_p99_seconds=p99,
            marked=dict(second.marked),
            answers=dict(second.answers),
            unexpected=second.unexpected,
        )
