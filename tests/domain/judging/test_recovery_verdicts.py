"""Each part of a proven recovery that fails, and what the verdict makes of it."""

from dataclasses import replace

import pytest

from ironclad.domain.evidence.evidence import Evidence, FaultFree
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.verdict import judge
from tests.fakes.game_day.evidence import Scenario, evidence_of, sound_evidence

STILL_ARMED = FaultFree(
    confirmed_at=None, problem="the undo was not ready: backend-0 reports errors"
)
NOT_AS_BEFORE = FaultFree(
    confirmed_at=None, problem="the undo was not ready: replicas is 2 and was 3"
)


@pytest.mark.parametrize(
    ("evidence", "verdict", "said"),
    [
        (sound_evidence(), Verdict.UPHELD, "recovery was proven"),
        (
            replace(sound_evidence(), fault_free=STILL_ARMED),
            Verdict.INCONCLUSIVE,
            "not seen to be fault-free: the undo was not ready: backend-0 reports errors",
        ),
        (
            replace(sound_evidence(), fault_free=NOT_AS_BEFORE),
            Verdict.INCONCLUSIVE,
            "replicas is 2 and was 3",
        ),
        (
            evidence_of(Scenario(failing=(90.0, 140.0, 0.1))),
            Verdict.DEVIATED,
            "the service did not recover",
        ),
        (evidence_of(Scenario(slow_after=60.0)), Verdict.DEVIATED, "of the last answers took over"),
        (evidence_of(Scenario(rate=20.0)), Verdict.INCONCLUSIVE, "it takes 2,995 good answers"),
        (replace(sound_evidence(), load=None), Verdict.INCONCLUSIVE, "want of a load ledger"),
    ],
    ids=[
        "proven",
        "a fault is still reported",
        "the platform is not as before",
        "errors go on",
        "answers stay slow",
        "too few requests",
        "no ledger",
    ],
)
def test_what_is_not_proven_is_never_upheld(
    evidence: Evidence, verdict: Verdict, said: str
) -> None:
    judgement = judge(assess(evidence))

    assert judgement.verdict is verdict
    assert any(said in sentence for sentence in (judgement.reason, *judgement.reasons))
