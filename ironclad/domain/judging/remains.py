"""What is known of a game day whose runner died: its plan, its marks and perhaps its load."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from ironclad.domain.evidence.evidence import Evidence, FaultRecord
from ironclad.domain.evidence.journal import Mark, PhaseName, PhaseSpan, Status
from ironclad.domain.experiment.pacer import offered_total
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.load.load import Attempt, LoadResult

REASON = "its runner died"

_BEGAN = ("armed", "terminated", "changed")
"""The word of a mark for the start of a fault, by its family."""


def evidence_of_remains(
    plan: Plan, marks: Sequence[Mark], attempts: Sequence[Attempt] = ()
) -> Evidence:
    """Give an INTERRUPTED run; whatever no mark tells of is not known.

    `attempts` may come from the ledger that the load generator left behind.
    """
    marks = tuple(sorted(marks, key=lambda mark: mark.at))
    times = [mark.at for mark in marks] or [plan.planned_at]
    return Evidence(
        plan=plan,
        status=Status.INTERRUPTED,
        status_reason=REASON,
        started_at=times[0],
        finished_at=times[-1],
        marks=marks,
        phases=tuple(_phases(marks)),
        load=_load(plan, attempts) if attempts else None,
        faults=tuple(_faults(plan, marks)),
    )


def _phases(marks: Sequence[Mark]) -> Iterator[PhaseSpan]:
    """Read the phases back from the words in which the journal marks them."""
    for name in PhaseName:
        began, ended = _at(marks, f"{name} began"), _at(marks, f"{name} ended")
        if began is not None:
            yield PhaseSpan(name, began, ended)


def _faults(plan: Plan, marks: Sequence[Mark]) -> Iterator[FaultRecord]:
    for planned in plan.faults:
        name = planned.fault.id
        yield FaultRecord(
            id=name,
            targets=planned.target_names,
            armed_at=next(filter(None, (_at(marks, f"{name} {word}") for word in _BEGAN)), None),
            seen_at=_at(marks, f"{name} seen to work"),
            undone_at=_at(marks, f"{name} undone"),
            problem=REASON,
        )


def _at(marks: Sequence[Mark], words: str) -> datetime | None:
    return next((mark.at for mark in marks if mark.mark.startswith(words)), None)


def _load(plan: Plan, attempts: Sequence[Attempt]) -> LoadResult:
    experiment = plan.experiment
    offered = max(offered_total(experiment.load.pacer, experiment.load_duration), len(attempts))
    return LoadResult(
        attempts=attempts,
        started_at=datetime.fromtimestamp(attempts[0].intended_at, UTC),
        ended_at=datetime.fromtimestamp(max(row.answered_at for row in attempts), UTC),
        offered=offered,
        dropped=0,
        unsent=offered - len(attempts),
        lateness_p99_seconds=None,
        complete=False,
        reason=REASON,
    )
