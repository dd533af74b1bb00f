"""An alert that was not seen is silent only if Prometheus evaluated its rules meanwhile."""

from dataclasses import replace

import pytest

from ironclad.domain.evidence.counters import Series
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.check import Answer, Check
from ironclad.domain.judging.verdict import judge
from ironclad.domain.judging.watched import EVALUATED, UP, away, not_evaluated
from ironclad.report.parts.assembly import report_of
from tests.fakes.game_day.evidence import LOAD_BEGAN, Scenario, evidence_of, sound_evidence


def without(seen: Evidence, selector: str, start: float, end: float, *, job: str = "") -> Evidence:
    """Take out the samples between two times, in seconds of the run."""
    first, last = LOAD_BEGAN.timestamp() + start, LOAD_BEGAN.timestamp() + end

    def kept(series: Series) -> Series:
        if job not in series.label("job"):
            return series
        samples = (each for each in series.samples if not first <= each.at <= last)
        return replace(series, samples=tuple(samples))

    cut = tuple(map(kept, seen.observed[selector]))
    return replace(seen, observed={**seen.observed, selector: cut})


def of_alert(seen: Evidence, name: str) -> Check:
    (check,) = [one for one in assess(seen).checks if one.subject == f"alert {name}"]
    return check


def test_rules_that_were_evaluated_all_the_time_make_a_silence_count() -> None:
    assert not not_evaluated(sound_evidence())
    assert of_alert(sound_evidence(), "BackendDown").answer is Answer.SHOWN


@pytest.mark.parametrize(
    ("start", "end"), [(40.0, 60.0), (100.0, 200.0)], ids=["in the fault", "until the end"]
)
def test_a_gap_in_the_evaluations_makes_a_silence_unknown(start: float, end: float) -> None:
    seen = without(sound_evidence(), EVALUATED, start, end)
    check = of_alert(seen, "BackendDown")
    assert check.answer is Answer.UNKNOWN
    assert check.sentence.startswith("Prometheus did not evaluate its rules from 10:0")
    assert check.sentence.endswith("BackendDown stayed silent, as it should")
    assert judge(assess(seen)).verdict is Verdict.INCONCLUSIVE


def test_a_gap_before_the_fault_hides_nothing() -> None:
    seen = without(sound_evidence(), EVALUATED, 2.0, 27.0)
    assert of_alert(seen, "BackendDown").answer is Answer.SHOWN


def test_a_group_says_0_until_its_first_evaluation() -> None:
    """Prometheus 2.42 on a stack that came up a moment ago."""
    seen = beginning_with_zeros(sound_evidence(), 5)
    assert of_alert(seen, "BackendDown").answer is Answer.SHOWN


def test_rules_that_were_never_evaluated_are_no_silence() -> None:
    seen = beginning_with_zeros(sound_evidence(), 10_000)
    assert of_alert(seen, "BackendDown").answer is Answer.UNKNOWN


def beginning_with_zeros(seen: Evidence, number: int) -> Evidence:
    (series,) = seen.observed[EVALUATED]
    zeros = tuple(replace(each, value=0.0) for each in series.samples[:number])
    begun = replace(series, samples=zeros + series.samples[number:])
    return replace(seen, observed={**seen.observed, EVALUATED: (begun,)})


def test_a_prometheus_that_does_not_scrape_itself_proves_no_silence() -> None:
    seen = sound_evidence()
    seen = replace(seen, observed={**seen.observed, EVALUATED: ()})
    assert "let it scrape itself" in of_alert(seen, "BackendDown").sentence
    assert judge(assess(seen)).verdict is Verdict.INCONCLUSIVE


def test_an_alert_that_was_missed_in_a_gap_is_not_refuted() -> None:
    missed = evidence_of(Scenario(must=("HighErrorRate",)))
    assert of_alert(missed, "HighErrorRate").answer is Answer.REFUTED
    seen = without(missed, EVALUATED, 40.0, 60.0)
    assert of_alert(seen, "HighErrorRate").answer is Answer.UNKNOWN


def test_an_alert_that_fired_needs_no_proof_that_it_could() -> None:
    fired = evidence_of(Scenario(must=("HighErrorRate",), fires_at=50.0))
    seen = without(fired, EVALUATED, 60.0, 80.0)
    assert of_alert(seen, "HighErrorRate").answer is Answer.SHOWN


def test_who_was_away_is_named_in_the_findings() -> None:
    assert away(sound_evidence()) == ()
    seen = without(sound_evidence(), UP, 40.0, 70.0, job="alertmanager")
    (sentence,) = away(seen)
    assert sentence.startswith("alertmanager was away from 10:00:4")
    findings = [one.observation for one in report_of(seen).findings]
    assert f"A{sentence[1:]}." in findings
