"""UPHELD, DEVIATED or INCONCLUSIVE: a pure function of what was assessed.

Shown false beats missing data, and missing data is never UPHELD. A run that did not end by itself
is INCONCLUSIVE, unless one of its own abort conditions ended it. So is one whose load was too much
for the service or the generator before any fault. So is one whose baseline is not what its requests
expect. One that never began has no verdict.
"""

from dataclasses import dataclass

from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.outcome import ExitCode, Outcome, Verdict
from ironclad.domain.judging.answers import ANSWERS, BASELINE
from ironclad.domain.judging.assessment import Assessment
from ironclad.domain.judging.check import Answer, Check
from ironclad.domain.judging.load_health import OVERLOAD
from ironclad.domain.text.wording import count

_ALWAYS = frozenset({"writes", ANSWERS})
_UNFIT = frozenset({BASELINE, OVERLOAD})
"""What was unfit to be broken shows nothing of the fault."""
NOT_BEGUN = frozenset({Status.SKIPPED, Status.REFUSED})
_SHOWN_WHEN_UPHELD = ("cost of", "recovery", "writes")
"""The beginnings of the subjects that a good verdict sums up, in this order."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`reason` is one sentence with numbers; `reasons` are all that speak against UPHELD."""

    verdict: Verdict | None
    reason: str
    reasons: tuple[str, ...] = ()


def judge(assessment: Assessment) -> Judgement:
    if assessment.status in NOT_BEGUN:
        return Judgement(None, assessment.status_reason or f"it was {assessment.status.lower()}")
    refuted = _sentences(assessment, Answer.REFUTED)
    unknown = _sentences(assessment, Answer.UNKNOWN)
    if spoilt := _spoilt(assessment):
        others = tuple(sentence for sentence in unknown if sentence != spoilt)
        reason = _with_the_machine(assessment, spoilt)
        return Judgement(Verdict.INCONCLUSIVE, reason, (spoilt, *refuted, *others))
    if refuted:
        reason = _first(refuted) + _undecided_cost(assessment)
        return Judgement(Verdict.DEVIATED, reason, refuted + unknown)
    if unknown:
        reason = _with_the_machine(assessment, _first(unknown))
        return Judgement(Verdict.INCONCLUSIVE, reason, unknown)
    return Judgement(Verdict.UPHELD, "; ".join(_upheld(assessment.checks)))


def _spoilt(assessment: Assessment) -> str:
    """Say what makes the whole run show nothing.

    A lost write is one whatever the load was, and so is a wrong answer.
    """
    status, *others = assessment.checks
    if status.answer is Answer.UNKNOWN:
        return status.sentence
    if any(one.subject in _ALWAYS and one.answer is Answer.REFUTED for one in others):
        return ""
    unfit = (one for one in others if one.subject in _UNFIT and one.answer is Answer.UNKNOWN)
    return next((one.sentence for one in unfit), "")


def _with_the_machine(assessment: Assessment, reason: str) -> str:
    """Name a busy machine as the cause of what is not known, unless a person ended the run."""
    machine = assessment.starvation
    is_named = reason.startswith(machine.sentence) if machine.watched else True
    if is_named or not machine.is_notable or assessment.is_ended_by_a_person:
        return reason
    return f"{machine.sentence} ({reason})"


def _undecided_cost(assessment: Assessment) -> str:
    """An abort condition deviates by itself: a cost that was cut short need not."""
    status, *others = assessment.checks
    if status.answer is not Answer.REFUTED:
        return ""
    costs = (one for one in others if one.subject.startswith("cost of"))
    undecided = [one.sentence for one in costs if one.answer is Answer.UNKNOWN]
    return f"; the cost alone decides nothing: {undecided[0]}" if undecided else ""


def exit_code(status: Status, verdict: Verdict | None) -> ExitCode:
    return Outcome(run="", experiment="", status=status, verdict=verdict, reason="").exit_code


def _sentences(assessment: Assessment, answer: Answer) -> tuple[str, ...]:
    return tuple(check.sentence for check in assessment.checks if check.answer is answer)


def _first(sentences: tuple[str, ...]) -> str:
    more = len(sentences) - 1
    return sentences[0] + (f" (and {count(more)} more)" if more else "")


def _upheld(checks: tuple[Check, ...]) -> list[str]:
    return [
        check.sentence
        for subject in _SHOWN_WHEN_UPHELD
        for check in checks
        if check.subject.startswith(subject)
    ]
