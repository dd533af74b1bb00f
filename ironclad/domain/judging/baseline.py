"""Was the baseline one? Answers that no request expects say nothing of the service."""

from collections import Counter

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.experiment.expected_answer import answers, is_expected
from ironclad.domain.experiment.steady_state import no_baseline
from ironclad.domain.judging.check import Check, shown, unknown

SUBJECT = "baseline"


def baseline_check(evidence: Evidence) -> Check | None:
    """None without load or a baseline, which other checks tell."""
    load, attempts = evidence.plan.experiment.load, evidence.load.attempts if evidence.load else ()
    rows = attempt_stats.by_phase(attempts, evidence.phases).get(PhaseName.BASELINE, ())
    if not rows:
        return None
    expected = sum(is_expected(load, row) for row in rows)
    if wrong := no_baseline(expected, len(rows), Counter(answers(rows)), load):
        return unknown(SUBJECT, wrong)
    return shown(SUBJECT, "the baseline's answers are what its requests expect")
