"""Were the answers right? A wrong one is shown false, however good an indicator counts it."""

from collections.abc import Sequence

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.experiment.expected_answer import answers, is_expected, mix
from ironclad.domain.judging.check import Check, refuted, shown, unknown
from ironclad.domain.load.load import Attempt
from ironclad.domain.text.wording import count

SUBJECT = "answers"


def answers_check(evidence: Evidence) -> Check | None:
    """None without load, which another check tells."""
    if evidence.load is None:
        return None
    rows = evidence.load.attempts
    wrong = [row for row in rows if row.is_wrong]
    if not wrong:
        return shown(SUBJECT, f"none of {count(len(rows))} answers was a wrong one")
    sentence = _sentence(wrong, len(rows))
    load = evidence.plan.experiment.load
    if any(is_expected(load, row) for row in rows):
        return refuted(SUBJECT, f"{sentence}; the objectives' indicators count them as good")
    return unknown(SUBJECT, f"{sentence}, and none was right; see that it is the right service")


def _sentence(wrong: Sequence[Attempt], total: int) -> str:
    return f"{count(len(wrong))} of {count(total)} answers were wrong: {mix(answers(wrong))}"
