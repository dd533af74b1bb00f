"""The orders of the load generator, and the row it writes for each attempt."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ironclad.domain.experiment.experiment import Load

WRONG_ANSWER = "wrong_answer"
"""Begins the error of an answer that came and is not what its request asked for."""


class Operation(StrEnum):
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOrder:
    """Everything a generator needs; it reads nothing else."""

    run: str
    url: str
    load: Load
    duration_seconds: float
    lease_seconds: float
    seed: int = 1
    requests_per_connection: int = 0
    """After so many on average a connection is closed. So a balancer that spreads connections gives
    every replica its part. 0 keeps each as long as it can."""
    slow_after_seconds: float | None = None
    """Beyond it an answer counts as slow in the account, as does none at all."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request as its client saw it: one row, whatever became of it.

    Times are seconds since the epoch. `latency_seconds` counts from the *intended* time, so that
    a stalled service cannot hide the requests that it kept from being sent (coordinated omission).
    `status` is None when no answer came; `error` then names why (`timeout`, `reset`, `refused`, …).
    A wrong answer keeps its status, and its `error` says what is wrong (`wrong_answer/empty`, …).
    """

    number: int
    operation: Operation
    intended_at: float
    sent_at: float
    latency_seconds: float
    status: int | None
    error: str
    replica: str
    fault: str
    order_id: str
    idempotency_key: str

    @property
    def is_bad(self) -> bool:
        """Bad for the client: a 5xx, no answer, or a wrong one. A 4xx is good."""
        return self.is_failure or self.is_wrong

    @property
    def is_failure(self) -> bool:
        """A 5xx, or no answer: what an indicator that looks at the status alone can see."""
        return self.status is None or self.status >= 500  # noqa: PLR2004

    @property
    def is_wrong(self) -> bool:
        return self.error.startswith(WRONG_ANSWER)

    @property
    def answered_at(self) -> float:
        """When its answer was whole, or its end known; seconds since the epoch."""
        return self.intended_at + self.latency_seconds

    def is_marked(self, fault_id: str) -> bool:
        """Say whether a replica marked the answer as touched by that fault."""
        return fault_id in self.fault.split(",")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSecond:
    """One second of the generator's own account, by the second in which answers came.

    `late` were sent more than 10 ms after their time; `unsent` never were (limit or stop).
    `marked` counts answers by the fault id that touched them. Percentiles are within 0.1 %.
    """

    at: float
    sent: int
    ok: int
    failed: int
    late: int
    unsent: int
    in_flight: int
    latency_p95_seconds: float | None
    marked: dict[str, int]
    slow: int = 0
    latency_p50_seconds: float | None = None
    latency_p99_seconds: float | None = None
    answers: dict[str, int] = field(default_factory=dict)
    """By status, and what came instead of one by its name."""
    unexpected: int = 0
    """Answers that are not what their request expects, whether good or bad for an objective."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What is left when the generator has ended.

    `dropped` were due at the in-flight limit; `unsent` were due after its stop or its
    death. `complete` is False when it did not end by itself after its whole duration.
    """

    attempts: Sequence[Attempt]
    started_at: datetime
    ended_at: datetime
    offered: int
    dropped: int
    unsent: int
    lateness_p99_seconds: float | None
    complete: bool
    reason: str = ""
