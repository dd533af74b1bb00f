"""This run beside something: replicas without the fault, and the runs before it."""

from collections.abc import Iterator, Sequence

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.intervals import wilson
from ironclad.domain.evidence.quantiles import latency_quantiles
from ironclad.domain.history.past_run import PastRun
from ironclad.domain.history.regression import changes
from ironclad.domain.judging.assessment import Assessment
from ironclad.domain.load.load import Attempt
from ironclad.report.model.compared import Change, Comparison, EarlierRun, Group
from ironclad.report.model.units import ms


def comparison(evidence: Evidence, assessment: Assessment, run: PastRun) -> Comparison:
    return Comparison(
        groups=list(_groups(evidence, assessment)),
        earlier=[_earlier(one) for one in evidence.earlier],
        changes=[
            Change(
                figure=change.figure.value,
                value=change.value,
                usual=change.usual,
                runs=change.runs,
                is_worse=change.is_worse,
            )
            for change in changes(run, evidence.earlier)
        ],
    )


def _earlier(run: PastRun) -> EarlierRun:
    return EarlierRun(
        id=run.run,
        started_at=run.started_at,
        status=run.status,
        verdict=run.verdict,
        spent_ratio=run.spent_ratio,
        detection_seconds=run.detection_seconds,
        recovery_seconds=run.recovery_seconds,
        time_to_recover_seconds=run.time_to_recover_seconds,
    )


def _groups(evidence: Evidence, assessment: Assessment) -> Iterator[Group]:
    """In the same seconds: what was sent while a fault was at work, by who answered it."""
    targets = {name for assessed in assessment.faults for name in assessed.targets}
    others = {replica.name for replica in evidence.plan.replicas} - targets
    rows = _rows_under_fault(evidence, assessment)
    if not rows or not others:
        return
    for name, replicas in (("targets", targets), ("others", others)):
        yield _group(name, sorted(replicas), [row for row in rows if row.replica in replicas])


def _rows_under_fault(evidence: Evidence, assessment: Assessment) -> Sequence[Attempt]:
    began = [one.armed_at for one in assessment.faults if one.armed_at is not None]
    ended = [one.undone_at for one in assessment.faults if one.undone_at is not None]
    if evidence.load is None or not began or not ended:
        return ()
    start, end = min(began).timestamp(), max(ended).timestamp()
    return attempt_stats.within(evidence.load.attempts, start, end)


def _group(name: str, replicas: list[str], rows: Sequence[Attempt]) -> Group:
    counts = attempt_stats.counts(rows)
    interval, latency = wilson(counts), latency_quantiles(row.latency_seconds for row in rows)
    return Group(
        name=name,
        replicas=replicas,
        sent=counts.valid,
        failed=counts.bad,
        error_ratio_low=interval.low if interval else None,
        error_ratio_high=interval.high if interval else None,
        p50_ms=ms(latency.p50) if latency else None,
        p95_ms=ms(latency.p95) if latency else None,
        p99_ms=ms(latency.p99) if latency else None,
    )
