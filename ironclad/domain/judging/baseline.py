"""Was the baseline one? Answers that no request expects say nothing of the service."""

from collections import Counter

from ironclad.domain import ledger
from ironclad.domain.evidence import Evidence
from ironclad.domain.expected_answer import answers, is_expected
from ironclad.domain.journal import PhaseName
from ironclad.domain.judging.check import Check, shown, unknown
from ironclad.domain.steady_state import no_baseline

SUBJECT = "baseline"


def baseline_check(evidence: Evidence) -> Check | None:
    """None without load or a baseline, which other checks tell."""
    load, attempts = evidence.plan.experiment.load, evidence.load.attempts if evidence.load else ()
    rows = ledger.by_phase(attempts, evidence.phases).get(PhaseName.BASELINE, ())
    if not rows:
        return None
    expected = sum(is_expected(load, row) for row in rows)
    if wrong := no_baseline(expected, len(rows), Counter(answers(rows)), load):
        return unknown(SUBJECT, wrong)
    return shown(SUBJECT, "the baseline's answers are what its requests expect")
