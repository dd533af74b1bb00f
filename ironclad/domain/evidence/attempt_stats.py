"""What the client's own rows say: pure summaries over attempts."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ironclad.domain.evidence.evidence import WriteCheck
from ironclad.domain.evidence.journal import PhaseName, PhaseSpan
from ironclad.domain.load.load import Attempt, Operation
from ironclad.domain.slo.slo import Counts
from ironclad.domain.text.wording import count

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Dose:
    """What a fault did: of `answered` responses of its targets, `marked` carry its id and effect.

    Of those that are not, `hidden` carry its id and no effect.
    """

    answered: int
    marked: int
    hidden: int = 0

    def __add__(self, other: "Dose") -> "Dose":
        return Dose(
            self.answered + other.answered, self.marked + other.marked, self.hidden + other.hidden
        )

    @property
    def ratio(self) -> float | None:
        return self.marked / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """Bad for the client, but unknown to any replica's counters."""

    balancer_errors: int
    transport_errors: int
    wrong_answers: int = 0
    """A replica counts a wrong answer by its status, as a good one."""

    @property
    def total(self) -> int:
        return self.balancer_errors + self.transport_errors + self.wrong_answers

    @property
    def words(self) -> str:
        parts = (
            (self.balancer_errors, "from the balancer"),
            (self.transport_errors, "without an answer"),
            (self.wrong_answers, "with a wrong answer"),
        )
        return ", ".join(f"{count(number)} {what}" for number, what in parts if number)


def counts(attempts: Iterable[Attempt]) -> Counts:
    bad = [attempt.is_bad for attempt in attempts]
    return Counts(len(bad), sum(bad))


def failures(attempts: Iterable[Attempt]) -> Counts:
    """Count as bad what a replica can know of: the status that left, or that none did."""
    bad = [attempt.is_failure for attempt in attempts]
    return Counts(len(bad), sum(bad))


def wrong_answers(attempts: Iterable[Attempt]) -> int:
    return sum(attempt.is_wrong for attempt in attempts)


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


def by_replica(attempts: Iterable[Attempt]) -> dict[str, Counts]:
    """Count by the replica that answered; the empty name stands for none."""
    return {name: counts(rows) for name, rows in _split(attempts, _replica).items()}


def _replica(attempt: Attempt) -> str:
    return attempt.replica


def _split(
    attempts: Iterable[Attempt], key: Callable[[Attempt], _Key]
) -> dict[_Key, list[Attempt]]:
    groups: defaultdict[_Key, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        groups[key(attempt)].append(attempt)
    return dict(groups)


Shows = Callable[[Attempt], bool]
"""Says whether an answer has the effect of a fault that marked it."""

UNSURE_SECONDS = 3.0
"""Before the end of a fault was seen, it may have let go of a request already."""


def dose(
    attempts: Iterable[Attempt],
    fault_id: str,
    targets: Iterable[str],
    start: float,
    end: float,
    *,
    shows: Shows,
) -> Dose:
    """Judge what was sent and answered wholly within [start, end], when the fault was armed."""
    names = frozenset(targets)
    answered = [
        row
        for row in attempts
        if row.replica in names and start <= row.sent_at and row.answered_at <= end
    ]
    marked = [row for row in answered if row.is_marked(fault_id)]
    without = [row for row in marked if not shows(row)]
    hidden = sum(row.answered_at <= end - UNSURE_SECONDS for row in without)
    unsure = len(without) - hidden
    return Dose(len(answered) - unsure, len(marked) - len(without), hidden)


def unanswered_dose(
    attempts: Iterable[Attempt],
    fault_id: str,
    spans: Mapping[str, tuple[float, float]],
    patience_seconds: float,
) -> Dose:
    """Judge a fault that leaves requests without an answer on replicas, each armed for its span.

    What a target answered without a mark passed the fault; what it marked, and what no replica
    answered, was touched. What was sent so late that its client was still waiting when the fault
    ended tells nothing, but for a mark. A marked answer that came before the end hides the fault.
    """
    passed = touched = hidden = 0
    first = min((start for start, _ in spans.values()), default=0.0)
    last = max((end for _, end in spans.values()), default=0.0)
    for row in attempts:
        start, end = spans.get(row.replica, (first, last))
        if not start <= row.sent_at < end:
            continue
        if row.replica in spans:
            due = min(row.intended_at + patience_seconds, end - UNSURE_SECONDS)
            is_early = not row.is_failure and row.answered_at < due
            hidden += row.is_marked(fault_id) and is_early
            touched += row.is_marked(fault_id) and not is_early
            passed += not row.is_marked(fault_id) and row.answered_at <= end
        elif row.is_failure and not row.replica and row.sent_at < end - patience_seconds:
            touched += 1
    return Dose(passed + touched + hidden, touched, hidden)


def blind_spot(attempts: Iterable[Attempt]) -> BlindSpot:
    """Count the balancer's own 5xx, connections that broke, and answers that were wrong."""
    rows = list(attempts)
    unseen = [row for row in rows if row.is_failure and not row.replica]
    broken = sum(row.status is None for row in unseen)
    return BlindSpot(len(unseen) - broken, broken, wrong_answers(rows))


def acknowledged_writes(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Give the answers by which the service said that it holds a write; some tell of the same."""
    return tuple(
        row
        for row in attempts
        if row.operation is Operation.WRITE and row.status is not None and row.status < 300  # noqa: PLR2004
    )


def acknowledged_keys(attempts: Iterable[Attempt]) -> int:
    """Count the writes that the service said it holds, however often it said so."""
    return len({row.idempotency_key for row in acknowledged_writes(attempts)})


def checked(acknowledged: Sequence[Attempt], stored: Mapping[str, Sequence[str]]) -> WriteCheck:
    """Compare them; `stored` are the order ids by idempotency key.

    Lost is what was promised and is not there under its key, or under another id than promised.
    Duplicated is each further order of one key: stored, or promised to who sent it again.
    """
    promised: defaultdict[str, set[str]] = defaultdict(set)
    for write in acknowledged:
        promised[write.idempotency_key].update({write.order_id} - {""})
    return WriteCheck(
        acknowledged=len(promised),
        lost=sum(not _is_kept(ids, stored.get(key, ())) for key, ids in promised.items()),
        duplicated=sum(
            max(len(promised.get(key, ())), len(stored.get(key, ())), 1) - 1
            for key in {*promised, *stored}
        ),
    )


def _is_kept(promised: Collection[str], stored: Sequence[str]) -> bool:
    return not set(stored).isdisjoint(promised) if promised else bool(stored)
