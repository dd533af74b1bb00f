"""What clients felt, and whether the service counts what it answers."""

from dataclasses import replace

import pytest

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.verdict import judge
from ironclad.domain.slo.slo import Counts
from tests.fakes.game_day.evidence import Scenario, evidence_of

SMALL = Scenario(rate=20.0, target=0.99, at_most_ratio=0.02)


def allowing(most: int | None) -> Evidence:
    seen = evidence_of(SMALL)
    experiment = seen.plan.experiment
    expect = replace(experiment.expect, client_failures_at_most=most)
    return replace(seen, plan=replace(seen.plan, experiment=replace(experiment, expect=expect)))


@pytest.mark.parametrize(
    ("most", "verdict", "said"),
    [
        (None, Verdict.UPHELD, ""),
        (1_000, Verdict.UPHELD, ""),
        (0, Verdict.DEVIATED, "more than the 0 allowed"),
    ],
)
def test_an_experiment_may_limit_what_clients_feel(
    most: int | None, verdict: Verdict, said: str
) -> None:
    judgement = judge(assess(allowing(most)))
    assert judgement.verdict is verdict
    assert said in judgement.reason


def counting_no_failure(e: Evidence) -> Evidence:
    """Let every replica count what it answered with a 5xx as answered well."""

    def well(counts: Counts, before: Counts) -> Counts:
        return Counts(counts.valid, before.bad)

    before = {one.replica: one for one in e.replicas_before}
    after = tuple(
        replace(
            one,
            load_counts=well(one.load_counts, before[one.replica].load_counts),
            counts={n: well(c, before[one.replica].counts[n]) for n, c in one.counts.items()},
        )
        for one in e.replicas_after
    )
    return replace(e, replicas_after=after)


def test_a_service_that_counts_failures_as_successes_deviates() -> None:
    judgement = judge(assess(counting_no_failure(evidence_of(SMALL))))
    assert judgement.verdict is Verdict.DEVIATED
    assert "what they count is not what they answer" in judgement.reason


def test_without_the_whole_ledger_no_source_is_refuted() -> None:
    seen = counting_no_failure(evidence_of(SMALL))
    assert seen.load is not None
    fewer = replace(seen, load=replace(seen.load, attempts=seen.load.attempts[:-5]))
    assert judge(assess(fewer)).verdict is Verdict.INCONCLUSIVE


def test_a_replica_whose_page_counts_nothing_deviates() -> None:
    """Its page may stand still, or be another one's."""
    seen = evidence_of(SMALL)
    first, *others = seen.replicas_after
    still = replace(
        first,
        load_counts=seen.replicas_before[0].load_counts,
        counts=seen.replicas_before[0].counts,
    )
    judgement = judge(assess(replace(seen, replicas_after=(still, *others))))
    assert judgement.verdict is Verdict.DEVIATED
    assert "its metrics page counted none of them" in judgement.reason
