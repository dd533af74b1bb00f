"""Every safeguard can hold, can fail, and can be neither; only what was seen to hold is a pass."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.evidence.counters import Sample, Series
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.experiment.safeguards import (
    ALLOWED,
    BREAKER,
    CURRENT,
    EXPECTED,
    FORBIDDEN,
    LIVES,
    POLICY,
    TO,
    TRIED,
    WANTED,
    SafeguardName,
)
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.judging.advice.safeguards import assess_safeguards
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.verdict import judge
from ironclad.domain.stack.platforms import KUBERNETES, LOCAL, PlatformName
from tests.fakes.game_day.evidence import Scenario, evidence_of

HELD, FAILED, NOT_APPLICABLE, UNKNOWN = "held", "failed", "not_applicable", "unknown"


def expecting(evidence: Evidence, *names: str) -> Evidence:
    experiment = evidence.plan.experiment
    expect = replace(experiment.expect, safeguards=names)
    plan = replace(evidence.plan, experiment=replace(experiment, expect=expect))
    return replace(evidence, plan=plan)


def seen(**series: tuple[float, ...]) -> Evidence:
    """Give each selector one series of these values, a second apart."""
    selectors = {"breaker": BREAKER, "lives": LIVES, "wanted": WANTED, "current": CURRENT}
    observed = {selectors[name]: (samples(*values),) for name, values in series.items()}
    evidence = evidence_of(Scenario())
    return replace(evidence, observed={**evidence.observed, **observed})


def samples(*values: float, pod: str = "orders-1") -> Series:
    return Series(
        labels=(("pod", pod),),
        samples=tuple(Sample(1000.0 + at, value) for at, value in enumerate(values)),
    )


def tried(*, backend: bool, postgres: bool) -> Evidence:
    answers = (("backend", ALLOWED, backend), ("postgres", FORBIDDEN, postgres))
    series = tuple(
        Series(labels=((POLICY, policy), (TO, to)), samples=(Sample(1000.0, float(stood)),))
        for to, policy, stood in answers
    )
    return replace(seen(), observed={TRIED: series})


def ended(kind: FaultKind = FaultKind.POD_DELETE, **changes: object) -> Evidence:
    evidence = evidence_of(Scenario(kind=kind, ended=True))
    return replace(evidence, faults=(replace(evidence.faults[0], **changes),))  # type: ignore[arg-type]


def with_failures_while_leaving(kind: FaultKind = FaultKind.POD_DELETE) -> Evidence:
    return evidence_of(Scenario(kind=kind, ended=True, timeouts_at=(30.5, 30.8)))


def slow_autoscaler() -> Evidence:
    evidence = seen(wanted=(3.0, 5.0), current=(3.0, 3.0))
    late = Series(labels=(), samples=(Sample(1000.0, 3.0), Sample(1400.0, 5.0)))
    return replace(evidence, observed={**evidence.observed, CURRENT: (late,)})


CASES: dict[str, tuple[SafeguardName, Evidence, str, str]] = {
    "the budget refused": (
        SafeguardName.PDB_REFUSES, ended(FaultKind.EVICT, refused=("orders-2",)), HELD,
        "the eviction of orders-2 was refused"),
    "the budget let too many go": (
        SafeguardName.PDB_REFUSES, ended(FaultKind.EVICT, undue="2 evictions were let through"),
        FAILED, "2 evictions were let through"),
    "no replica was one too many": (
        SafeguardName.PDB_REFUSES, ended(FaultKind.EVICT), NOT_APPLICABLE, "aim at more"),
    "no replica was evicted": (
        SafeguardName.PDB_REFUSES, evidence_of(Scenario()), NOT_APPLICABLE, "no fault of this"),
    "no eviction was asked for": (
        SafeguardName.PDB_REFUSES, ended(FaultKind.EVICT, armed_at=None), UNKNOWN, "asked for"),
    "the breaker opened, tried and closed": (
        SafeguardName.BREAKER_OPENS_AND_CLOSES, seen(breaker=(0, 2, 2, 1, 0)), HELD, "1 breaker"),
    "it tried twice": (
        SafeguardName.BREAKER_OPENS_AND_CLOSES, seen(breaker=(0, 2, 1, 2, 1, 0)), HELD, "1 br"),
    "the breaker stayed open": (
        SafeguardName.BREAKER_OPENS_AND_CLOSES, seen(breaker=(0, 2, 1, 2)), FAILED, "not closed"),
    "the breaker never opened": (
        SafeguardName.BREAKER_OPENS_AND_CLOSES, seen(breaker=(0, 0, 0)), FAILED, "opened"),
    "it was not seen to try, which takes milliseconds": (
        SafeguardName.BREAKER_OPENS_AND_CLOSES, seen(breaker=(0, 2, 0)), HELD, "1 breaker"),
    "it tried out of turn": (
        SafeguardName.BREAKER_OPENS_AND_CLOSES, seen(breaker=(0, 2, 0, 1, 0)), FAILED, "without"),
    "the breaker was not looked at": (
        SafeguardName.BREAKER_OPENS_AND_CLOSES, seen(), UNKNOWN, "no sample"),
    "it left without an error": (
        SafeguardName.READINESS_BEFORE_ERRORS, ended(), HELD, "no request failed"),
    "requests failed while it left": (
        SafeguardName.READINESS_BEFORE_ERRORS, with_failures_while_leaving(), FAILED,
        "2 requests failed"),
    "no replica leaves": (
        SafeguardName.READINESS_BEFORE_ERRORS, evidence_of(Scenario()), NOT_APPLICABLE,
        "no fault of this experiment"),
    "no replica was seen to leave": (
        SafeguardName.READINESS_BEFORE_ERRORS, replace(ended(), load=None), UNKNOWN, "under load"),
    "no replica restarted": (
        SafeguardName.NO_RESTART_LOOP, seen(lives=(5, 5, 5)), HELD, "never restarted unasked"),
    "one restarted unasked": (
        SafeguardName.NO_RESTART_LOOP, seen(lives=(5, 5, 9)), FAILED, "restarted 1 times"),
    "one restarted because it was killed": (
        SafeguardName.NO_RESTART_LOOP,
        replace(ended(FaultKind.REPLICA_KILL), observed={LIVES: (samples(5, 9),)}), HELD, "never"),
    "one was killed once and restarted three times": (
        SafeguardName.NO_RESTART_LOOP,
        replace(ended(FaultKind.REPLICA_KILL), observed={LIVES: (samples(5, 9, 11, 14),)}),
        FAILED, "restarted 3 times"),
    "their start is not known": (
        SafeguardName.NO_RESTART_LOOP, seen(), UNKNOWN, "no sample"),
    "the autoscaler got what it wanted": (
        SafeguardName.AUTOSCALER_REACHES, seen(wanted=(3, 5, 5), current=(3, 3, 5)), HELD,
        "5 replicas were there 1 s after"),
    "the autoscaler never got it": (
        SafeguardName.AUTOSCALER_REACHES, seen(wanted=(3, 5, 5), current=(3, 3, 4)), FAILED,
        "never came"),
    "the autoscaler got it too late": (
        SafeguardName.AUTOSCALER_REACHES, slow_autoscaler(), FAILED, "5 replicas were there"),
    "the autoscaler wanted nothing": (
        SafeguardName.AUTOSCALER_REACHES, seen(wanted=(3, 3), current=(3, 3)), NOT_APPLICABLE,
        "never wanted more"),
    "there is no autoscaler": (
        SafeguardName.AUTOSCALER_REACHES, seen(), NOT_APPLICABLE, "there is no autoscaler"),
    "every touched answer was right": (
        *(SafeguardName.MASKS_FAILURES, evidence_of(Scenario(hidden_by=""))),
        *(HELD, "all 301 answers that a fault touched were right"),
    ),
    "a failure came through": (
        *(SafeguardName.MASKS_FAILURES, evidence_of(Scenario())),
        *(FAILED, "301 answers of 301 that a fault touched were bad"),
    ),
    "a failure was hidden by a wrong answer": (
        *(SafeguardName.MASKS_FAILURES, evidence_of(Scenario(hidden_by="wrong_answer/empty"))),
        *(FAILED, "301 answers of 301 that a fault touched were bad"),
    ),
    "no answer was touched": (
        *(SafeguardName.MASKS_FAILURES, evidence_of(Scenario(really_share=0.0))),
        *(NOT_APPLICABLE, "no fault has touched an answer"),
    ),
    "the denied connection was not tried": (
        SafeguardName.NETWORK_POLICY_DENIES, seen(), NOT_APPLICABLE, "nothing on local"),
    "what is denied did not go through, and what is allowed did": (
        SafeguardName.NETWORK_POLICY_DENIES, tried(backend=True, postgres=False), HELD,
        "could not reach postgres, and could reach backend"),
    "what is denied went through": (
        SafeguardName.NETWORK_POLICY_DENIES, tried(backend=True, postgres=True), FAILED,
        "no policy allows a connection from the load to postgres, and it stood"),
    "nothing went through at all": (
        SafeguardName.NETWORK_POLICY_DENIES, tried(backend=False, postgres=False), UNKNOWN,
        "could not even reach backend"),
    "it could not be tried": (
        SafeguardName.NETWORK_POLICY_DENIES,
        replace(seen(), gaps=("no connection could be tried: the pod is gone",)), UNKNOWN,
        "the pod is gone"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "evidence", "outcome", "sentence"), CASES.values(), ids=CASES.keys()
)
def test_a_safeguard_is_judged_by_what_was_seen(
    name: SafeguardName, evidence: Evidence, outcome: str, sentence: str
) -> None:
    (assessed,) = assess_safeguards(expecting(evidence, name))
    assert (assessed.outcome, assessed.expected) == (outcome, EXPECTED[name])
    assert sentence in (assessed.observed or "")


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind.spec.leaves_in_order])
def test_however_a_replica_leaves_in_order_its_leave_is_judged_alike(kind: FaultKind) -> None:
    """An eviction was once no leave at all, and a deletion on the same evidence was one."""
    failed = expecting(with_failures_while_leaving(kind), SafeguardName.READINESS_BEFORE_ERRORS)
    held = expecting(ended(kind), SafeguardName.READINESS_BEFORE_ERRORS)
    assert [assess_safeguards(one)[0].outcome for one in (failed, held)] == [FAILED, HELD]


def test_every_safeguard_has_a_case_that_it_does_not_pass() -> None:
    not_passed = {name for name, _, outcome, _ in CASES.values() if outcome != HELD}
    assert not_passed == set(SafeguardName)


VERDICTS = {
    HELD: (seen(lives=(5, 5)), SafeguardName.NO_RESTART_LOOP, Verdict.UPHELD),
    FAILED: (seen(lives=(5, 9)), SafeguardName.NO_RESTART_LOOP, Verdict.DEVIATED),
    UNKNOWN: (seen(), SafeguardName.NO_RESTART_LOOP, Verdict.INCONCLUSIVE),
    NOT_APPLICABLE: (seen(), SafeguardName.AUTOSCALER_REACHES, Verdict.INCONCLUSIVE),
}


@pytest.mark.parametrize(("evidence", "name", "verdict"), VERDICTS.values(), ids=VERDICTS.keys())
def test_the_verdict_takes_it_into_account(
    evidence: Evidence, name: SafeguardName, verdict: Verdict
) -> None:
    assert judge(assess(expecting(evidence, name))).verdict is verdict


def test_a_replica_that_is_not_ready_and_still_asked_was_not_noticed() -> None:
    evidence = evidence_of(Scenario())
    planned = evidence.plan.faults[0]
    fault = replace(planned.fault, kind=FaultKind.NOT_READY, share=1.0)
    plan = replace(evidence.plan, faults=(replace(planned, fault=fault),))
    quiet = replace(evidence.faults[0], targets=("orders-9",))
    asked = expecting(replace(evidence, plan=plan), SafeguardName.READINESS_BEFORE_ERRORS)
    assert assess_safeguards(asked)[0].outcome == FAILED
    left = replace(asked, faults=(quiet,))
    rows = evidence.load
    assert rows is not None
    clean = replace(rows, attempts=[row for row in rows.attempts if not row.is_bad])
    assert assess_safeguards(replace(left, load=clean))[0].outcome == HELD


@pytest.mark.parametrize(("platform", "outcome"), [(LOCAL, FAILED), (KUBERNETES, HELD)])
def test_a_cluster_s_probe_may_fail_twice_before_a_pod_is_asked_no_more(
    platform: PlatformName, outcome: str
) -> None:
    """Two probes 2 s apart take 4 s: asked for so long was called a failed safeguard."""
    evidence = evidence_of(Scenario())
    planned = evidence.plan.faults[0]
    fault = replace(planned.fault, kind=FaultKind.NOT_READY, share=1.0)
    stack = replace(evidence.plan.stack, platform=platform)
    plan = replace(evidence.plan, stack=stack, faults=(replace(planned, fault=fault),))
    record, load = evidence.faults[0], evidence.load
    assert load is not None
    assert record.armed_at is not None
    last = (record.armed_at + timedelta(seconds=4)).timestamp()
    asked = [
        row for row in load.attempts if row.replica not in record.targets or row.sent_at < last
    ]
    clean = replace(load, attempts=[row for row in asked if not row.is_bad])
    asked_on = expecting(
        replace(evidence, plan=plan, load=clean), SafeguardName.READINESS_BEFORE_ERRORS
    )
    assert assess_safeguards(asked_on)[0].outcome == outcome


def test_an_unknown_safeguard_of_an_old_experiment_is_no_pass() -> None:
    (assessed,) = assess_safeguards(expecting(seen(), "the cache warms up"))
    assert (assessed.outcome, assessed.observed) == (NOT_APPLICABLE, None)
