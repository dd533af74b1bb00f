"""Each observation leads to its remedy, and the sound run to none but the honest one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.evidence.evidence import Evidence, WriteCheck
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.judging.advice.recommendation import Recommendation
from ironclad.domain.judging.advice.recommendations import recommendations
from ironclad.domain.judging.assessment import assess
from tests.fakes.game_day.evidence import BEGAN, LOAD_BEGAN, Scenario, evidence_of, sound_evidence


def found(evidence: Evidence) -> tuple[Recommendation, ...]:
    return recommendations(evidence, assess(evidence))


def with_alert(**changes: object) -> Evidence:
    evidence = evidence_of(Scenario(must=("HighErrorRate",), fires_at=50.0))
    changed = replace(evidence.alerts[0], **changes)  # type: ignore[arg-type]
    return replace(evidence, alerts=(changed, *evidence.alerts[1:]))


def declared(requests: int) -> Evidence:
    sound = sound_evidence()
    objectives = tuple(replace(o, declared_requests=requests) for o in sound.plan.objectives)
    return replace(sound, plan=replace(sound.plan, objectives=objectives))


WRITES = WriteCheck(acknowledged=2678, lost=1, duplicated=1)

CASES = [
    ("a lost write", replace(sound_evidence(), writes=WRITES), "only after the commit"),
    ("a doubled write", replace(sound_evidence(), writes=WRITES), "idempotency key unique"),
    ("no recovery", evidence_of(Scenario(failing=(90.0, 140.0, 0.1))), "what stayed behind"),
    ("too short a recovery", evidence_of(Scenario(rate=20.0)), "Let it last 5 min"),
    ("a restart", evidence_of(Scenario(restart_at=100.0)), "Look into its log"),
    ("a blind spot", evidence_of(Scenario(balancer_errors_at=(50.0,))), "at the balancer as well"),
    ("errors before", evidence_of(Scenario(failing=(1.0, 20.0, 0.05))), "before anything else is"),
    ("a `for` too long", with_alert(firing_at=None), "`for` outlasts the fault"),
    ("an alert that fired before", with_alert(firing_at_baseline=True), "until it has reset"),
    ("a slow delivery", with_alert(delivered_at=LOAD_BEGAN + timedelta(minutes=2)), "group_wait"),
    ("a cost that straddles", evidence_of(Scenario(at_most_ratio=0.0012)), "four times the requ"),
    ("a generous allowance", evidence_of(Scenario(at_most_ratio=0.1)), "so that a regression"),
    (
        "a wrong prediction",
        evidence_of(Scenario(failing=(40.0, 60.0, 0.2))),
        "spreads requests eve",
    ),
    ("too few declared", declared(1000), "Correct the declared requests"),
    ("a gap", replace(sound_evidence(), gaps=("no samples",)), "what was not read is not known"),
    ("no alert expected", sound_evidence(), "`expect.alerts.must`"),
]


@pytest.mark.parametrize(
    ("evidence", "remedy"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_an_observation_leads_to_its_remedy(evidence: Evidence, remedy: str) -> None:
    assert any(remedy in one.recommendation for one in found(evidence))


def test_a_sound_run_with_an_alert_on_time_leads_to_none() -> None:
    assert found(with_alert()) == ()


def test_an_end_on_purpose_asks_for_no_look_into_a_log_nor_for_a_better_prediction() -> None:
    """What was predicted is a bound, and less is as predicted."""
    killed = evidence_of(Scenario(ended=True, kind=FaultKind.REPLICA_KILL, timeouts_at=(30.04,)))
    advice = "\n".join(one.recommendation for one in found(killed))
    assert "Look into its log" not in advice
    assert "spreads requests" not in advice


def test_the_gravest_comes_first() -> None:
    mixed = replace(sound_evidence(), writes=WRITES, gaps=("no samples",), started_at=BEGAN)
    assert [one.severity for one in found(mixed)] == ["problem", "problem", "warning", "note"]


def test_late_requests_ask_for_a_core() -> None:
    sound = sound_evidence()
    assert sound.load is not None
    late = [replace(row, sent_at=row.intended_at + 0.02) for row in sound.load.attempts]
    load = replace(sound.load, attempts=late)
    assert any("core of its own" in one.recommendation for one in found(replace(sound, load=load)))
