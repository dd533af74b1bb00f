"""A load that was too much shows nothing, however bad it looks; a lost write it does not excuse."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.verdict import judge
from ironclad.domain.load.load import Attempt
from tests.fakes.game_day.evidence import Scenario, evidence_of

SMALL = Scenario(rate=20.0, target=0.99, at_most_ratio=0.02)
BAD = replace(SMALL, failing=(76.0, 200.0, 0.2))
BASELINE_SECONDS = 30


def slower(share_percent: int, seconds: float) -> Callable[[Evidence], Evidence]:
    """Let so many of each hundred answers in the baseline come late."""

    def slow(row: Attempt, start: float) -> Attempt:
        is_hit = row.intended_at < start + BASELINE_SECONDS and row.number % 100 < share_percent
        return replace(row, latency_seconds=seconds) if is_hit else row

    def change(e: Evidence) -> Evidence:
        assert e.load is not None
        start = e.load.started_at.timestamp()
        return replace(e, load=replace(e.load, attempts=[slow(r, start) for r in e.load.attempts]))

    return change


def behind(e: Evidence) -> Evidence:
    return replace(e, load=e.load and replace(e.load, lateness_p99_seconds=0.4))


def losing(e: Evidence) -> Evidence:
    return replace(e, writes=e.writes and replace(e.writes, lost=1))


def doubling(e: Evidence) -> Evidence:
    return replace(e, writes=e.writes and replace(e.writes, duplicated=1))


@pytest.mark.parametrize("scenario", [SMALL, BAD], ids=["a good run", "a bad run"])
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (slower(20, 0.9), "the load was too much for the service before anything was broken"),
        (behind, "the load generator fell behind: 1 % of requests left 400 ms late"),
    ],
    ids=["the service", "the generator"],
)
def test_an_overload_is_inconclusive_and_says_so(
    scenario: Scenario, damage: Callable[[Evidence], Evidence], said: str
) -> None:
    judgement = judge(assess(damage(evidence_of(scenario))))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert said in judgement.reason


def test_a_few_slow_answers_are_no_overload() -> None:
    assert judge(assess(slower(3, 0.9)(evidence_of(SMALL)))).verdict is Verdict.UPHELD


@pytest.mark.parametrize("harm", [losing, doubling], ids=["lost", "doubled"])
def test_one_write_lost_or_doubled_deviates_whatever_the_load_was(
    harm: Callable[[Evidence], Evidence],
) -> None:
    assert judge(assess(harm(evidence_of(SMALL)))).verdict is Verdict.DEVIATED
    assert judge(assess(harm(behind(evidence_of(SMALL))))).verdict is Verdict.DEVIATED
