"""A histogram that ends before the body was once upheld: 260 slow for clients, 0 counted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.machine import MachineSecond
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.counts.honesty import honesty_checks
from ironclad.domain.judging.counts.reconciliation import reconcile
from ironclad.domain.judging.counts.slow_answers import clearly_slow, delayed
from ironclad.domain.judging.starvation import starvation_of
from ironclad.domain.judging.verdict import judge
from ironclad.domain.load.load import Attempt
from ironclad.domain.slo.slo import Counts
from tests.fakes.game_day.evidence import LATENCY, Scenario, evidence_of, sound_evidence

SLOW = Scenario(delay_seconds=1.0, share=0.2)
LIES = replace(SLOW, histogram_lies=True)


def sentences(evidence: Evidence) -> list[str]:
    return [check.sentence for check in honesty_checks(evidence)]


def test_a_histogram_that_tells_the_truth_is_reconciled() -> None:
    evidence = evidence_of(SLOW)
    assert reconcile(evidence, LATENCY).reconciled
    assert sentences(evidence) == []
    assert judge(assess(evidence)).verdict is Verdict.UPHELD


def test_a_histogram_that_ends_too_early_deviates() -> None:
    evidence = evidence_of(LIES)
    found = reconcile(evidence, LATENCY)
    assert (found.client, found.replicas, found.reconciled) == (
        Counts(13_800, 301),
        Counts(13_800, 0),
        False,
    )
    assert found.unexplained == 274
    assert sentences(evidence) == [
        (
            "the replicas answered 274 of 13,800 requests after more than 500 ms and counted 0:"
            " what they count is not what they answer"
        )
    ]
    assert judge(assess(evidence)).verdict is Verdict.DEVIATED


def counting(evidence: Evidence, slow: int) -> Evidence:
    """Let one replica count so many slow answers."""
    first, *others = evidence.replicas_after
    valid = first.counts[LATENCY.name].valid
    counts = {**first.counts, LATENCY.name: Counts(valid, slow)}
    return replace(evidence, replicas_after=(replace(first, counts=counts), *others))


@pytest.mark.parametrize(
    ("slow", "is_lie"), [(0, True), (273, True), (274, False), (301, False), (302, True)]
)
def test_one_slow_answer_too_few_or_too_many_is_a_lie(slow: int, *, is_lie: bool) -> None:
    """Of 301 the last 27 may have been let go before their time."""
    evidence = counting(evidence_of(SLOW), slow)
    assert bool(sentences(evidence)) is is_lie
    assert reconcile(evidence, LATENCY).reconciled is (slow == 301)


def test_a_service_that_is_slow_by_itself_and_does_not_say_so_is_not_reconciled() -> None:
    """Nothing inside of the replica proves it: the sources disagree, and that is all."""
    evidence = evidence_of(Scenario(slow_after=60.0, histogram_lies=True))
    assert reconcile(evidence, LATENCY).reconciled is False
    assert sentences(evidence) == []


@pytest.mark.parametrize(("held_back", "is_reconciled"), [(138, True), (139, False)])
def test_one_answer_in_a_hundred_may_have_been_held_back_on_its_way(
    held_back: int, *, is_reconciled: bool
) -> None:
    evidence = changed(
        sound_evidence(),
        lambda row: replace(row, latency_seconds=0.7) if row.number < held_back else row,
    )
    assert reconcile(evidence, LATENCY).reconciled is is_reconciled


def changed(evidence: Evidence, change: Callable[[Attempt], Attempt]) -> Evidence:
    assert evidence.load is not None
    rows = [change(row) for row in evidence.load.attempts]
    return replace(evidence, load=replace(evidence.load, attempts=rows))


def test_what_left_late_or_was_a_little_late_on_its_way_is_not_clearly_slow() -> None:
    late = changed(
        sound_evidence(), lambda row: replace(row, sent_at=row.sent_at + 2, latency_seconds=2.02)
    )
    assert clearly_slow(late, LATENCY) == 0
    little = changed(sound_evidence(), lambda row: replace(row, latency_seconds=0.58))
    assert clearly_slow(little, LATENCY) == 0
    much = changed(sound_evidence(), lambda row: replace(row, latency_seconds=0.62))
    assert clearly_slow(much, LATENCY) == 13_800 - 138


def test_a_starved_machine_may_have_kept_requests_in_front_of_the_replica() -> None:
    evidence = changed(sound_evidence(), lambda row: replace(row, latency_seconds=0.7))
    assert evidence.load is not None
    began = evidence.load.started_at.timestamp()
    busy = MachineSecond(
        start=began,
        end=began + 200,
        others_ratio=0.9,
        stack_ratio=0.1,
        waited_ratio=0.9,
        lag_seconds=0.0,
    )
    starved = replace(evidence, machine=(busy,))
    assert clearly_slow(starved, LATENCY, starvation_of(starved)) == 0


@pytest.mark.parametrize(
    "kind", [FaultKind.REPLICA_KILL, FaultKind.REPLICA_PAUSE, FaultKind.CPU_BURN, FaultKind.HANG]
)
def test_beside_a_fault_that_holds_requests_back_only_a_delayed_answer_is_proof(
    kind: FaultKind,
) -> None:
    evidence = evidence_of(SLOW)
    (planned,) = evidence.plan.faults
    other = replace(planned, fault=replace(planned.fault, id="other", kind=kind, delay=None))
    both = replace(evidence, plan=replace(evidence.plan, faults=(planned, other)))
    unmarked = changed(both, lambda row: replace(row, fault=""))
    assert clearly_slow(both, LATENCY) == 274
    assert clearly_slow(unmarked, LATENCY) == 0


@pytest.mark.parametrize(
    ("delay", "jitter", "found"), [(0.6, 0.0, 274), (0.6, 0.2, 0), (0.8, 0.2, 274), (0.4, 0.0, 0)]
)
def test_only_a_delay_beyond_the_threshold_proves_anything(
    delay: float, jitter: float, found: int
) -> None:
    evidence = evidence_of(SLOW)
    (planned,) = evidence.plan.faults
    fault = replace(planned.fault, delay=timedelta(seconds=delay), jitter=timedelta(seconds=jitter))
    armed = replace(evidence.plan, faults=(replace(planned, fault=fault),))
    assert len(delayed(replace(evidence, plan=armed), LATENCY)) == found


def test_slow_answers_that_the_indicator_does_not_see_leave_a_latency_cost_unknown() -> None:
    evidence = evidence_of(Scenario(slow_after=60.0, histogram_lies=True, at_most_ratio=0.0001))
    plan = evidence.plan
    cost = replace(plan.experiment.expect.cost, objective=LATENCY.name)  # type: ignore[type-var]
    expect = replace(plan.experiment.expect, cost=cost)
    asked = replace(plan, experiment=replace(plan.experiment, expect=expect))
    judgement = judge(assess(replace(evidence, plan=asked)))
    assert any("which straddles the 0.01 % allowed" in reason for reason in judgement.reasons)
