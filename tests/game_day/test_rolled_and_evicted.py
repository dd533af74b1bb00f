"""Instants of several replicas in turn, and of the database, against a stack in memory."""

from datetime import timedelta

import pytest

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Status
from ironclad.domain.experiment.experiment import Fault, Phases, Target
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.judging.check import Answer
from ironclad.domain.judging.dose.faults_as_asked import assess_faults
from ironclad.errors import RefusedError
from tests.fakes.game_day.playing import play
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst

PHASES = Phases(
    baseline=timedelta(seconds=5), recovery=timedelta(seconds=20), settle=timedelta(seconds=1)
)


async def played(world: World, kind: FaultKind, target: Target | None = None) -> Evidence:
    fault = Fault(
        id="it",
        kind=kind,
        at=timedelta(),
        duration=timedelta(seconds=40),
        target=target or Target(),
    )
    await play(world, error_burst(faults=(fault,), phases=PHASES))
    return world.runs.closed[0]


async def test_replicas_are_restarted_one_by_one_each_when_the_one_before_is_back(
    world: World,
) -> None:
    down_at_once = 0
    terminate = world.replica_faults.terminate

    async def counted(replica, kind):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        nonlocal down_at_once
        await terminate(replica, kind)
        down = [fake for fake in world.replicas.values() if not fake.answers]
        down_at_once = max(down_at_once, len(down))

    world.replica_faults.terminate = counted  # type: ignore[method-assign]

    evidence = await played(world, FaultKind.ROLLING_RESTART)

    names = ("backend-0", "backend-1", "backend-2")
    assert world.replica_faults.log == ["roll", *(f"terminate rolling-restart {n}" for n in names)]
    assert down_at_once == 1
    assert evidence.faults[0].targets == names
    record = evidence.faults[0]
    assert record.armed_at is not None
    assert record.undone_at is not None
    assert 3 * 1.0 + 2 * 2.0 <= (record.undone_at - record.armed_at).total_seconds() <= 8
    assert [each.is_held for each in assess_faults(evidence)] == [True]


async def test_a_platform_that_rolls_by_itself_is_only_watched(world: World) -> None:
    world.replica_faults.is_rolled_by_hand = False

    evidence = await played(world, FaultKind.ROLLING_RESTART)

    assert world.replica_faults.log == ["roll"]
    assert evidence.aborted_by == ""
    assert [each.is_held for each in assess_faults(evidence)] == [False]


async def test_the_eviction_too_many_is_refused_and_that_is_right(world: World) -> None:
    world.disruptions_allowed = 1

    evidence = await played(world, FaultKind.EVICT, Target(replicas=2))

    assert evidence.status is Status.COMPLETED
    assert evidence.faults[0].refused == ("backend-1",)
    check = assess_faults(evidence)[0].check
    assert check.answer is Answer.SHOWN
    assert "backend-0 really ended, the eviction of backend-1 was refused" in check.sentence


async def test_the_timeline_has_the_budgets_own_words_for_a_refused_eviction(world: World) -> None:
    """It said that it was refused, and not by what."""
    world.disruptions_allowed = 1

    evidence = await played(world, FaultKind.EVICT, Target(replicas=2))

    marks = [each.mark for each in evidence.marks]
    assert "the eviction of backend-1 was refused: the budget forbids to evict backend-1" in marks
    assert [each for each in marks if " terminated " in each] == ["it terminated backend-0"]


async def test_a_budget_that_lets_too_many_go_is_shown_false(world: World) -> None:
    world.disruptions_allowed = 1
    world.replica_faults.evictions_left = 2

    evidence = await played(world, FaultKind.EVICT, Target(replicas=2))

    check = assess_faults(evidence)[0].check
    assert check.answer is Answer.REFUTED
    assert "2 evictions were let through and the disruption budget allows 1" in check.sentence


async def test_fewer_evictions_than_the_budget_allows_are_no_test_of_it(world: World) -> None:
    world.disruptions_allowed = 2

    evidence = await played(world, FaultKind.EVICT, Target(replicas=2))

    assert evidence.status is Status.FAILED
    assert "1 of 2 evictions went through" in evidence.status_reason


async def test_an_eviction_without_a_budget_is_refused_before_minute_0(world: World) -> None:
    world.disruptions_allowed = None

    with pytest.raises(RefusedError, match="no disruption budget guards the replicas"):
        await played(world, FaultKind.EVICT, Target(replicas=2))


async def test_a_database_that_dies_is_over_when_it_runs_and_every_replica_is_ready(
    world: World,
) -> None:
    evidence = await played(world, FaultKind.POSTGRES_KILL)

    assert world.replica_faults.log == ["terminate postgres-kill postgres"]
    assert world.changes.log == ["restore postgres-kill"]
    assert evidence.faults[0].targets == ("postgres",)
    assert evidence.faults[0].undone_at is not None


async def test_a_database_that_stays_away_is_overdue(world: World) -> None:
    life = world.replica_faults.life

    async def gone(replica):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        found = await life(replica)
        return "" if found == "life 2" else found

    world.replica_faults.life = gone  # type: ignore[method-assign]

    evidence = await played(world, FaultKind.POSTGRES_KILL)

    assert evidence.faults[0].overdue
    assert "not running: postgres" in "".join(mark.mark for mark in evidence.marks)
