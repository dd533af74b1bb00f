"""Each mistake that was planted has a remedy of its own, and the sound service never gets it."""

from dataclasses import replace

import pytest

from ironclad.domain.evidence.evidence import Evidence, WriteCheck
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.judging.advice.recommendations import recommendations
from ironclad.domain.judging.assessment import assess
from ironclad.domain.slo.slo import Counts
from tests.fakes.game_day.evidence import Scenario, evidence_of

SMALL = Scenario(rate=20.0, target=0.99, at_most_ratio=0.02)
SLOW = replace(SMALL, kind=FaultKind.LATENCY, delay_seconds=0.2)
STUCK = replace(SMALL, kind=FaultKind.DATABASE_SLOW)
LEAVING = replace(SMALL, kind=FaultKind.POD_DELETE, ended=True)
STAYING = replace(SMALL, failing=(90.0, 140.0, 0.3))


def sound(scenario: Scenario = SMALL, **changes: object) -> Evidence:
    return evidence_of(replace(scenario, **changes))  # type: ignore[arg-type]


def with_writes(*, lost: int = 0, duplicated: int = 0) -> Evidence:
    return replace(sound(), writes=WriteCheck(acknowledged=500, lost=lost, duplicated=duplicated))


def counting_no_failure() -> Evidence:
    seen = sound()
    after = tuple(
        replace(one, load_counts=Counts(one.load_counts.valid, 0)) for one in seen.replicas_after
    )
    return replace(seen, replicas_after=after)


def failing_with(status: int | None) -> Evidence:
    """Answer so where the service would fail with 500; None is no answer."""
    seen = sound(STAYING)
    assert seen.load is not None
    rows = [replace(row, status=status if row.is_bad else row.status) for row in seen.load.attempts]
    return replace(seen, load=replace(seen.load, attempts=rows))


CASES = [
    ("a lost write", with_writes(lost=1), sound(), "only after the commit"),
    ("a doubled write", with_writes(duplicated=1), sound(), "idempotency key unique"),
    ("counters that lie", counting_no_failure(), sound(), "the answer that leaves"),
    ("no drain", sound(LEAVING, balancer_errors_at=(30.6,)), sound(LEAVING), "`preStop` delay"),
    ("no timeout", sound(STUCK, timeouts_at=(50.0,)), sound(STUCK), "below the clients' patience"),
    ("impatience", sound(SLOW, failing=(40.0, 60.0, 0.2)), sound(SLOW), "within a retry budget"),
    ("a breaker that stays open", failing_with(503), sound(), "a breaker does that never closes"),
    ("a pool that ran dry", failing_with(None), sound(), "Lease each connection in a block"),
    ("errors that stay", sound(STAYING), sound(), "a flag that is never cleared"),
]


@pytest.mark.parametrize(
    ("wrong", "right", "remedy"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_mistake_gets_its_remedy_and_its_mended_variant_does_not(
    wrong: Evidence, right: Evidence, remedy: str
) -> None:
    assert remedy in "\n".join(remedies(wrong))
    assert remedy not in "\n".join(remedies(right))


def remedies(evidence: Evidence) -> list[str]:
    return [one.recommendation for one in recommendations(evidence, assess(evidence))]


def test_how_often_the_database_was_asked_is_reported() -> None:
    seen = sound(SLOW, failing=(40.0, 60.0, 0.2))
    (planned,) = seen.plan.faults
    fault = replace(planned.fault, kind=FaultKind.DATABASE_SLOW)
    (record,) = seen.faults
    slow_queries = replace(
        seen,
        plan=replace(seen.plan, faults=(replace(planned, fault=fault),)),
        faults=(replace(record, seen=450, hit=225),),
    )
    found = recommendations(slow_queries, assess(slow_queries))
    assert any("1.5 queries came for each request" in one.observation for one in found)
