"""What all replicas suffer while the machine starves them is the machine's doing; nothing else is.

On a busy machine a game day was DEVIATED: "6.61 % of the last answers took over 148 ms". All were
in five separate seconds, on all three replicas at once, while the generator was 24 ms late.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

import pytest

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.machine import MachineCounters, MachineSecond, between
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.verdict import Judgement, judge
from ironclad.domain.load.load import Attempt
from tests.fakes.game_day.evidence import Scenario, evidence_of, sound_evidence

FIVE = (4, 9, 15, 20, 26)
"""Seconds before the load's end."""


def seconds_of(evidence: Evidence, before_end: Collection[int] = FIVE) -> frozenset[int]:
    assert evidence.load is not None
    last = int(evidence.load.attempts[-1].intended_at)
    return frozenset(last - each for each in before_end)


def changed(evidence: Evidence, where: Callable[[Attempt], bool], **changes: float) -> Evidence:
    """Change the rows of the load that the condition picks."""
    assert evidence.load is not None
    rows = tuple(
        replace(row, **changes) if where(row) else row  # type: ignore[arg-type]
        for row in evidence.load.attempts
    )
    return replace(evidence, load=replace(evidence.load, attempts=rows))


def slow_in(
    evidence: Evidence, seconds: frozenset[int], replicas: Collection[str] = ()
) -> Evidence:
    def is_hit(row: Attempt) -> bool:
        return int(row.intended_at) in seconds and (not replicas or row.replica in replicas)

    return changed(evidence, is_hit, latency_seconds=0.3)


def machine(
    evidence: Evidence,
    starved: Collection[int],
    *,
    others: float = 0.8,
    stack: float = 0.2,
    lag: float = 0.0,
) -> Evidence:
    """Have it watched in each second of the load, and busy in some."""
    assert evidence.load is not None
    rows = evidence.load.attempts
    watched = range(int(rows[0].intended_at), int(rows[-1].intended_at) + 1)
    return replace(
        evidence,
        machine=tuple(
            MachineSecond(
                start=float(at),
                end=at + 1.0,
                others_ratio=others if at in starved else 0.15,
                stack_ratio=stack,
                waited_ratio=0.95 if at in starved else 0.1,
                lag_seconds=lag if at in starved else 0.0,
            )
            for at in watched
        ),
    )


def judged(evidence: Evidence) -> Judgement:
    return judge(assess(evidence))


@pytest.fixture
def evidence() -> Evidence:
    return sound_evidence()


@pytest.fixture
def seconds(evidence: Evidence) -> frozenset[int]:
    return seconds_of(evidence)


def test_what_all_suffer_while_others_use_the_cores_is_the_machine_s_doing(
    evidence: Evidence, seconds: frozenset[int]
) -> None:
    found = judged(machine(slow_in(evidence, seconds), seconds))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith(
        "the machine was too busy in 5 of 138 s: other programs used 80 % of its cores then, and"
        " some program waited for one in 95 % of the time; end what else runs on it"
    )
    assert "the service did not recover" in found.reason


def test_what_all_suffer_on_an_idle_machine_is_the_service_s_doing(
    evidence: Evidence, seconds: frozenset[int]
) -> None:
    found = judged(machine(slow_in(evidence, seconds), ()))

    assert found.verdict is Verdict.DEVIATED
    assert found.reason.startswith("the service did not recover")


def test_what_was_slow_at_other_times_is_not_excused(
    evidence: Evidence, seconds: frozenset[int]
) -> None:
    elsewhere = seconds_of(evidence, (6, 11, 17, 22, 28))

    assert judged(machine(slow_in(evidence, seconds), elsewhere)).verdict is Verdict.DEVIATED


def test_a_service_that_is_slow_all_the_time_is_not_excused_by_some_busy_seconds(
    evidence: Evidence, seconds: frozenset[int]
) -> None:
    always = seconds_of(evidence, range(40))

    assert judged(machine(slow_in(evidence, always), seconds)).verdict is Verdict.DEVIATED


def test_what_the_targets_alone_suffer_is_the_fault_s_doing_on_a_busy_machine_too(
    evidence: Evidence,
) -> None:
    targets = {name for record in evidence.faults for name in record.targets}
    sluggish = seconds_of(evidence, range(25))

    found = judged(machine(slow_in(evidence, sluggish, targets), sluggish))

    assert found.verdict is Verdict.DEVIATED


def test_what_the_stack_does_to_itself_is_no_excuse(
    evidence: Evidence, seconds: frozenset[int]
) -> None:
    """A fault that burns the cores belongs to the stack: its own effect is not the machine's."""
    burnt = machine(slow_in(evidence, seconds), seconds, others=0.2, stack=0.75, lag=0.3)

    assert judged(burnt).verdict is Verdict.DEVIATED


@pytest.mark.parametrize("lateness", [0.0, 0.024])
def test_a_generator_that_is_late_in_those_seconds_is_the_machine_s_word_as_well(
    evidence: Evidence, seconds: frozenset[int], lateness: float
) -> None:
    """In a cluster the nodes are not seen; a slow service delays no sending."""
    found = slow_in(evidence, seconds)
    assert found.load is not None
    rows = tuple(
        replace(row, sent_at=row.intended_at + lateness) if int(row.intended_at) in seconds else row
        for row in found.load.attempts
    )
    found = replace(found, load=replace(found.load, attempts=rows))

    verdict = Verdict.INCONCLUSIVE if lateness else Verdict.DEVIATED
    assert judged(found).verdict is verdict


def test_failures_that_no_fault_touched_are_excused_in_starved_seconds_alone() -> None:
    failing = evidence_of(Scenario(failing=(35.0, 45.0, 0.5)))
    assert failing.load is not None
    began = int(failing.load.attempts[0].intended_at)

    assert judged(machine(failing, ())).verdict is Verdict.DEVIATED
    assert judged(machine(failing, range(began + 60, began + 80))).verdict is Verdict.DEVIATED
    found = judged(machine(failing, range(began + 34, began + 47)))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith("the machine was too busy in 13 of 138 s")


def test_what_carries_the_fault_s_mark_costs_what_it_costs_on_a_busy_machine_too() -> None:
    dear = evidence_of(Scenario(at_most_ratio=0.0005))

    found = judged(machine(dear, seconds_of(dear, range(130))))

    assert found.verdict is Verdict.DEVIATED


def test_a_busy_machine_takes_no_good_verdict_away(evidence: Evidence) -> None:
    busy = machine(evidence, seconds_of(evidence, range(130)))

    assert judged(busy).verdict is Verdict.UPHELD


def test_a_lost_write_is_lost_on_a_busy_machine_too(evidence: Evidence) -> None:
    assert evidence.writes is not None
    lost = replace(evidence, writes=replace(evidence.writes, lost=1))

    found = judged(machine(lost, seconds_of(evidence, range(130))))

    assert found.verdict is Verdict.DEVIATED


def test_whatever_cannot_be_concluded_on_a_busy_machine_names_it(evidence: Evidence) -> None:
    blind = replace(evidence, gaps=("Prometheus gave no samples",))

    found = judged(machine(blind, seconds_of(evidence, range(60))))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.startswith("the machine was too busy in 60 of 138 s")
    assert "Prometheus gave no samples" in found.reason


def test_a_person_s_end_is_not_the_machine_s_doing(evidence: Evidence) -> None:
    ended = replace(
        evidence, status=Status.ABORTED, status_reason="enough", aborted_by="ana", phases=()
    )

    assert "too busy" not in judged(machine(ended, seconds_of(evidence, range(60)))).reason


def test_a_second_is_measured_by_what_the_kernel_counted_in_between() -> None:
    one = MachineCounters(at=100.0, cores=2, busy=50.0, stack=20.0, waited=5.0)
    two = MachineCounters(at=101.0, cores=2, busy=51.8, stack=20.3, waited=5.9)

    second = between(one, two, 0.03)

    assert (second.others_ratio, second.stack_ratio) == (0.75, 0.15)
    assert second.waited_ratio == pytest.approx(0.9)
    assert second.is_starved
