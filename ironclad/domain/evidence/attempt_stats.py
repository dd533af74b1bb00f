"""What the client's own rows say: pure summaries over attempts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ironclad.domain.evidence.evidence import WriteCheck
from ironclad.domain.evidence.journal import PhaseName, PhaseSpan
from ironclad.domain.load.load import Attempt, Operation
from ironclad.domain.slo.slo import Counts

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Dose:
    """What a fault did: of `answered` responses of its targets, `marked` carry its id."""

    answered: int
    marked: int

    @property
    def ratio(self) -> float | None:
        return self.marked / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """Bad for the client, but unknown to any replica's counters."""

    balancer_errors: int
    transport_errors: int

    @property
    def total(self) -> int:
        return self.balancer_errors + self.transport_errors


def counts(attempts: Iterable[Attempt]) -> Counts:
    bad = [attempt.is_bad for attempt in attempts]
    return Counts(len(bad), sum(bad))


def slow_counts(attempts: Iterable[Attempt], threshold_seconds: float) -> Counts:
    """Count as bad whatever was not answered well within the threshold, from its intended time."""
    bad = [row.is_bad or row.latency_seconds > threshold_seconds for row in attempts]
    return Counts(len(bad), sum(bad))


def within(attempts: Iterable[Attempt], start: float, end: float) -> tuple[Attempt, ...]:
    """Give the attempts that were *due* in [start, end); epoch seconds."""
    return tuple(row for row in attempts if start <= row.intended_at < end)


def by_phase(
    attempts: Sequence[Attempt], spans: Iterable[PhaseSpan]
) -> dict[PhaseName, tuple[Attempt, ...]]:
    """Split by the phase in which each was due; a phase that was cut off has no end."""
    return {
        span.name: within(
            attempts,
            span.started_at.timestamp(),
            span.ended_at.timestamp() if span.ended_at else float("inf"),
        )
        for span in spans
    }


def by_second(attempts: Iterable[Attempt]) -> dict[int, Counts]:
    """Count by the second in which each was due, seconds without any left out."""
    return {second: counts(rows) for second, rows in _split(attempts, _second_due).items()}


def by_replica(attempts: Iterable[Attempt]) -> dict[str, Counts]:
    """Count by the replica that answered; the empty name stands for none."""
    return {name: counts(rows) for name, rows in _split(attempts, _replica).items()}


def _second_due(attempt: Attempt) -> int:
    return int(attempt.intended_at)


def _replica(attempt: Attempt) -> str:
    return attempt.replica


def _split(
    attempts: Iterable[Attempt], key: Callable[[Attempt], _Key]
) -> dict[_Key, list[Attempt]]:
    groups: defaultdict[_Key, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        groups[key(attempt)].append(attempt)
    return dict(groups)


def dose(
    attempts: Iterable[Attempt], fault_id: str, targets: Iterable[str], start: float, end: float
) -> Dose:
    """Judge what was sent and answered wholly within [start, end], when the fault was armed."""
    names = frozenset(targets)
    answered = [
        attempt.is_marked(fault_id)
        for attempt in attempts
        if attempt.replica in names and start <= attempt.sent_at and attempt.answered_at <= end
    ]
    return Dose(len(answered), sum(answered))


def unanswered_dose(
    attempts: Iterable[Attempt],
    fault_id: str,
    spans: Mapping[str, tuple[float, float]],
    patience_seconds: float,
) -> Dose:
    """Judge a fault that leaves requests without an answer on replicas, each armed for its span.

    What a target answered without a mark passed the fault; what it marked, and what no replica
    answered, was touched. What was sent so late that its client was still waiting when the fault
    ended tells nothing, but for a mark.
    """
    passed = touched = 0
    first = min((start for start, _ in spans.values()), default=0.0)
    last = max((end for _, end in spans.values()), default=0.0)
    for row in attempts:
        start, end = spans.get(row.replica, (first, last))
        if not start <= row.sent_at < end:
            continue
        if row.replica in spans:
            touched += row.is_marked(fault_id)
            passed += not row.is_marked(fault_id) and row.answered_at <= end
        elif row.is_bad and not row.replica and row.sent_at < end - patience_seconds:
            touched += 1
    return Dose(passed + touched, touched)


def blind_spot(attempts: Iterable[Attempt]) -> BlindSpot:
    """Count what no replica answered: the balancer's own 5xx, and connections that broke."""
    unseen = [attempt for attempt in attempts if attempt.is_bad and not attempt.replica]
    broken = sum(attempt.status is None for attempt in unseen)
    return BlindSpot(len(unseen) - broken, broken)


def acknowledged_writes(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Give the writes that the service said it holds; each must be found again."""
    return tuple(
        row
        for row in attempts
        if row.operation is Operation.WRITE and row.status is not None and row.status < 300  # noqa: PLR2004
    )


def checked(acknowledged: Sequence[Attempt], stored: Mapping[str, Sequence[str]]) -> WriteCheck:
    """Compare them; `stored` are the order ids by idempotency key.

    Lost is what was promised and is not there under its key, or under another id than promised.
    Duplicated is each further order of one key, acknowledged or not.
    """
    return WriteCheck(
        acknowledged=len(acknowledged),
        lost=sum(not _is_kept(write, stored) for write in acknowledged),
        duplicated=sum(len(ids) - 1 for ids in stored.values() if ids),
    )


def _is_kept(write: Attempt, stored: Mapping[str, Sequence[str]]) -> bool:
    ids = stored.get(write.idempotency_key, ())
    return write.order_id in ids if write.order_id else bool(ids)
