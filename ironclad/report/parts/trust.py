"""How whole Prometheus' samples are, and what was taken back how quickly."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ironclad.domain.evidence.counters import Series, resets
from ironclad.domain.evidence.evidence import Evidence, FaultRecord, MetricsWindow
from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.judging.assessment import Assessment
from ironclad.report.model.part import Samples, UndoStep
from ironclad.report.model.units import rounded

_MISSED = 1.5
"""A gap of so many intervals leaves a sample out; less is jitter."""


def samples(evidence: Evidence) -> Iterator[Samples]:
    interval = evidence.plan.scrape_interval.total_seconds()
    for window in evidence.windows:
        yield _samples(window, interval)


def _samples(window: MetricsWindow, interval: float) -> Samples:
    gaps = [gap for series in window.valid for gap in _gaps(series)]
    return Samples(
        objective=window.objective,
        series=len(window.valid),
        samples=sum(len(series.samples) for series in window.valid),
        scrape_interval_seconds=interval,
        longest_gap_seconds=rounded(max(gaps, default=None)),
        missing=sum(round(gap / interval) - 1 for gap in gaps if gap > _MISSED * interval),
        resets=sum(resets(series.samples) for series in window.valid),
    )


def _gaps(series: Series) -> Iterator[float]:
    for earlier, later in pairwise(series.samples):
        yield later.at - earlier.at


def undo_steps(assessment: Assessment, records: Sequence[FaultRecord]) -> Iterator[UndoStep]:
    by_id = {record.id: record for record in records}
    for assessed in assessment.faults:
        if record := by_id.get(assessed.fault.id):
            yield _step(assessed.fault, record)


def _step(fault: Fault, record: FaultRecord) -> UndoStep:
    verb = "back after" if fault.kind.spec.is_instant else "taken back:"
    return UndoStep(
        what=f"{', '.join(record.targets)} {verb} {fault.id}",
        seconds=_seconds(fault, record),
        result=_result(record),
    )


def _seconds(fault: Fault, record: FaultRecord) -> float | None:
    """Of an instant, from the termination; of all else, from the end of its duration."""
    if record.armed_at is None or record.undone_at is None:
        return None
    taken = (record.undone_at - record.armed_at).total_seconds()
    given = 0.0 if fault.kind.spec.is_instant else fault.duration.total_seconds()
    return rounded(max(0.0, taken - given))


def _result(record: FaultRecord) -> str:
    if record.armed_at is None:
        return "never begun"
    if record.undone_at is not None:
        return "done"
    return record.problem or "not seen to be done"


def leftovers(evidence: Evidence) -> Iterator[str]:
    for record in evidence.faults:
        if record.armed_at is not None and record.undone_at is None:
            names = ", ".join(record.targets)
            yield f"{record.id} was not seen to be gone from {names}"
