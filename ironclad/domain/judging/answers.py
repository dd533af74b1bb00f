"""Were the answers right? A wrong one is shown false, however good an indicator counts it.

A baseline of answers that no request expects says nothing of the service.
"""

from collections import Counter
from collections.abc import Sequence

from ironclad.domain.evidence import attempt_stats
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.experiment.expected_answer import answers, is_expected, mix
from ironclad.domain.experiment.steady_state import no_baseline
from ironclad.domain.judging.check import Check, refuted, shown, unknown
from ironclad.domain.load.load import Attempt
from ironclad.domain.text.wording import count

ANSWERS = "answers"


def answers_check(evidence: Evidence) -> Check | None:
    """None without load, which another check tells."""
    if evidence.load is None:
        return None
    rows = evidence.load.attempts
    wrong = [row for row in rows if row.is_wrong]
    if not wrong:
        return shown(ANSWERS, f"none of {count(len(rows))} answers was a wrong one")
    sentence = _sentence(wrong, len(rows))
    load = evidence.plan.experiment.load
    if any(is_expected(load, row) for row in rows):
        return refuted(ANSWERS, f"{sentence}; the objectives' indicators count them as good")
    return unknown(ANSWERS, f"{sentence}, and none was right; see that it is the right service")


def _sentence(wrong: Sequence[Attempt], total: int) -> str:
    return f"{count(len(wrong))} of {count(total)} answers were wrong: {mix(answers(wrong))}"


BASELINE = "baseline"


def baseline_check(evidence: Evidence) -> Check | None:
    """None without load or a baseline, which other checks tell."""
    load, attempts = evidence.plan.experiment.load, evidence.load.attempts if evidence.load else ()
    rows = attempt_stats.by_phase(attempts, evidence.phases).get(PhaseName.BASELINE, ())
    if not rows:
        return None
    expected = sum(is_expected(load, row) for row in rows)
    if wrong := no_baseline(expected, len(rows), Counter(answers(rows)), load):
        return unknown(BASELINE, wrong)
    return shown(BASELINE, "the baseline's answers are what its requests expect")
