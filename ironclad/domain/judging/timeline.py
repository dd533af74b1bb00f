"""One merged line of what happened, each moment with the one whose word it is."""

from collections.abc import Iterator

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Mark
from ironclad.domain.judging.assessment import Assessment


def timeline(evidence: Evidence, assessment: Assessment) -> tuple[Mark, ...]:
    marks = [*evidence.marks, *_alerts(evidence), *_recovery(assessment)]
    return tuple(sorted(marks, key=lambda mark: mark.at))


def _alerts(evidence: Evidence) -> Iterator[Mark]:
    for seen in evidence.alerts:
        moments = (
            (seen.pending_at, "pending", "prometheus"),
            (seen.firing_at, "firing", "prometheus"),
            (seen.delivered_at, "delivered", "alertmanager"),
            (seen.resolved_at, "resolved", "prometheus"),
        )
        for at, state, source in moments:
            if at is not None:
                yield Mark(at, f"{seen.name} {state}", source)


def _recovery(assessment: Assessment) -> Iterator[Mark]:
    if assessment.recovery.proven_at is not None:
        yield Mark(assessment.recovery.proven_at, "recovery proven", "client")
