"""A service that works again is not as before if it is slower or fuller for ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.evidence.counters import Series
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.machine import MachineSecond
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.evidence.ranks import LARGE_RATIO
from ironclad.domain.experiment.experiment import Workload
from ironclad.domain.judging.as_before.figures import FIGURES, MEMORY, POOL, SELECTORS
from ironclad.domain.judging.as_before.judged import SUBJECT, before_and_after
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.check import Answer, Check
from ironclad.domain.judging.verdict import judge
from tests.fakes.game_day.evidence import Scenario, evidence_of, sound_evidence
from tests.fakes.game_day.figures import LeftBehind


def checked(seen: Evidence) -> Check:
    (check,) = [one for one in assess(seen).checks if one.subject == SUBJECT]
    return check


def left(**what: float) -> Evidence:
    return evidence_of(Scenario(left_behind=LeftBehind(**what)))  # type: ignore[arg-type]


def test_a_sound_service_is_as_before_in_every_figure_of_every_replica() -> None:
    found = before_and_after(sound_evidence())
    assert len(found) == 3 * len(FIGURES)
    assert {one.answer for one in found} == {Answer.SHOWN}
    assert judge(assess(sound_evidence())).verdict is Verdict.UPHELD


@pytest.mark.parametrize(
    ("what", "figure", "was", "is_now"),
    [
        pytest.param({"slower_seconds": 0.03}, "latency", "7 ms", "37 ms", id="30 ms slower"),
        pytest.param(
            {"held_connections": 9}, "busy database connections", "0", "9", id="9 slots gone"
        ),
        pytest.param(
            {"held_connections": 1}, "busy database connections", "0", "1", id="a slot gone"
        ),
        pytest.param({"bytes_a_request": 50_000}, "memory", "50 MiB", "1", id="50 KB a request"),
        pytest.param({"open_files": 40}, "open files", "1", "5", id="files left open"),
        pytest.param({"cpu_seconds": 0.001}, "CPU per request", "1.2 ms", "2.2 ms", id="CPU"),
    ],
)
def test_what_is_worse_for_ever_is_found_and_decides(
    what: dict[str, float], figure: str, was: str, is_now: str
) -> None:
    seen = left(**what)
    worse = [one for one in before_and_after(seen) if one.answer is Answer.REFUTED]
    assert [(one.figure.name, one.replica) for one in worse] == [(figure, "orders-1")]
    assert f"{figure} of orders-1 was {was}" in worse[0].sentence
    assert f" and is {is_now}" in worse[0].sentence
    assert checked(seen).answer is Answer.REFUTED
    assert judge(assess(seen)).verdict is Verdict.DEVIATED


@pytest.mark.parametrize(
    "what",
    [
        {"slower_seconds": 0.005},
        {"bytes_a_request": 2_000},
        {"open_files": 15},
        {"cpu_seconds": 0.0003},
    ],
    ids=str,
)
def test_a_trifle_is_none_however_significant(what: dict[str, float]) -> None:
    assert checked(left(**what)).answer is Answer.SHOWN


def test_connections_that_come_and_go_are_none_that_are_kept() -> None:
    """The counts of a sound replica on a real cluster, read each 5 s while others kept it busy."""
    seen = sound_evidence()
    (first, *others) = seen.observed[POOL]
    busy = (1, 0, 1, 1, 1, 0)
    last = len(first.samples) // 2
    samples = tuple(
        replace(each, value=busy[number % 6] if number >= last else 0)
        for number, each in enumerate(first.samples)
    )
    seen = replace(
        seen, observed={**seen.observed, POOL: (replace(first, samples=samples), *others)}
    )
    (pool,) = (
        one
        for one in before_and_after(seen)
        if (one.figure.name, one.replica) == ("busy database connections", first.label("pod"))
    )
    assert (pool.before, pool.after) == (0, 1)
    assert pool.higher_ratio is not None
    assert pool.higher_ratio > LARGE_RATIO
    assert checked(seen).answer is Answer.SHOWN


def test_only_an_experiment_that_asks_is_compared() -> None:
    seen = left(slower_seconds=0.03)
    experiment = seen.plan.experiment
    unasked = replace(experiment, expect=replace(experiment.expect, as_before=False))
    seen = replace(seen, plan=replace(seen.plan, experiment=unasked))
    assert SUBJECT not in {one.subject for one in assess(seen).checks}
    assert judge(assess(seen)).verdict is Verdict.UPHELD


@pytest.mark.parametrize("selector", SELECTORS)
def test_a_figure_without_samples_is_never_upheld(selector: str) -> None:
    seen = sound_evidence()
    seen = replace(seen, observed={**seen.observed, selector: ()})
    assert checked(seen).answer is Answer.UNKNOWN
    assert judge(assess(seen)).verdict is Verdict.INCONCLUSIVE


def test_three_samples_in_the_baseline_are_too_few() -> None:
    seen = sound_evidence()
    seen = replace(
        seen, observed={**seen.observed, MEMORY: tuple(map(sparse, seen.observed[MEMORY]))}
    )
    assert "3 samples of one side, and it takes 4" in checked(seen).sentence
    assert checked(seen).answer is Answer.UNKNOWN


def sparse(series: Series) -> Series:
    return replace(series, samples=series.samples[4:7] + series.samples[40:])


def test_a_replica_that_came_instead_is_held_against_all_that_were_there() -> None:
    seen = evidence_of(Scenario(ended=True, heir="orders-4"))
    replicas = {one.replica for one in before_and_after(seen)}
    assert "orders-4" in replicas
    assert checked(seen).answer is Answer.SHOWN


def test_of_a_service_that_is_not_ours_only_the_answers_are_compared() -> None:
    seen = left(slower_seconds=0.03)
    experiment = replace(
        seen.plan.experiment, workload=Workload(deployment="shop", url="http://shop")
    )
    seen = replace(seen, observed={}, plan=replace(seen.plan, experiment=experiment))
    assert {one.figure.name for one in before_and_after(seen)} == {"latency"}
    assert checked(seen).answer is Answer.REFUTED


def test_what_a_starved_machine_slows_is_not_the_services_doing() -> None:
    seen = left(slower_seconds=0.03, cpu_seconds=0.001)
    begin = seen.started_at.timestamp()
    busy = tuple(
        MachineSecond(
            start=begin + second,
            end=begin + second + 1,
            others_ratio=0.9,
            stack_ratio=0.1,
            waited_ratio=0.9,
            lag_seconds=0.0,
        )
        for second in range(int((seen.finished_at - seen.started_at) / timedelta(seconds=1)))
    )
    check = checked(replace(seen, machine=busy))
    assert check.answer is Answer.UNKNOWN
    assert "the machine was too busy" in check.sentence
