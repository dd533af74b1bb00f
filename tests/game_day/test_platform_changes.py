"""Faults that change the platform, against a stack in memory, in virtual time."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Status
from ironclad.domain.experiment.experiment import Experiment, Fault, Phases, Target
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.judging.dose.faults_as_asked import assess_faults
from ironclad.domain.judging.remains import evidence_of_remains
from ironclad.domain.stack.undo import LEDGER_LEASE, Change, UndoAction, UndoEntry
from ironclad.errors import RefusedError, RemoteError, StateError
from tests.fakes.game_day.playing import planned, play
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst

LASTS = timedelta(seconds=12)
DATABASE_KINDS = [FaultKind.POSTGRES_DOWN, FaultKind.DATABASE_PARTITION]
PHASES = Phases(
    baseline=timedelta(seconds=5), recovery=timedelta(seconds=20), settle=timedelta(seconds=1)
)


def fault(kind: FaultKind, at: float = 0, **changes: object) -> Fault:
    target = Target() if kind.spec.is_on_database else Target(replicas=1)
    made = Fault(id=kind, kind=kind, at=timedelta(seconds=at), duration=LASTS, target=target)
    return replace(made, **changes)  # type: ignore[arg-type]


def breaking(*faults: Fault) -> Experiment:
    return error_burst(faults=faults, phases=PHASES, abort_when=())


async def played(world: World, *faults: Fault) -> Evidence:
    await play(world, breaking(*faults))
    return world.runs.closed[0]


@pytest.mark.parametrize("kind", [*DATABASE_KINDS, FaultKind.REPLICA_PAUSE])
async def test_a_change_is_written_down_made_seen_held_and_restored(
    world: World, kind: FaultKind
) -> None:
    before = dict(world.changes.state)
    world.ledger.log = world.changes.log

    evidence = await played(world, fault(kind))

    target = "backend-0" if kind is FaultKind.REPLICA_PAUSE else "postgres"
    order = world.changes.log
    assert evidence.status is Status.COMPLETED
    assert order[0].startswith("write ")
    assert order[1] == f"make {kind} {target}"
    assert order.count(f"renew {kind}") == 5
    assert order[-1] == f"restore {kind}"
    assert world.changes.state == before
    assert world.ledger.kept == {}
    assert evidence.faults[0].targets == (target,)
    assert [each.is_held for each in assess_faults(evidence)] == [True]


async def test_no_entry_no_change(world: World) -> None:
    async def full(_: UndoEntry) -> None:
        raise StateError("the disk is full")

    world.ledger.write = full  # type: ignore[assignment]

    evidence = await played(world, fault(FaultKind.POSTGRES_DOWN))

    assert evidence.status is Status.FAILED
    assert not [line for line in world.changes.log if line.startswith("make")]


async def test_what_cannot_be_described_is_not_changed(world: World) -> None:
    async def blind(*_: object) -> Change:
        raise RemoteError("the StatefulSet is not there")

    world.changes.before = blind  # type: ignore[assignment]

    evidence = await played(world, fault(FaultKind.POSTGRES_DOWN))

    assert evidence.status is Status.FAILED
    assert world.changes.log == []
    assert world.ledger.log == []


@pytest.mark.parametrize("kind", DATABASE_KINDS)
async def test_a_change_without_effect_ends_the_run(world: World, kind: FaultKind) -> None:
    world.changes.is_without_effect = True

    evidence = await played(world, fault(kind, duration=timedelta(seconds=60)))

    assert (evidence.status, evidence.aborted_by) == (Status.ABORTED, "dose")
    assert "showed no effect within 20 s" in evidence.status_reason


async def test_a_cut_that_replicas_do_not_feel_is_not_seen(world: World) -> None:
    """A database reached by another way: the platform's word is not enough."""
    world.changes.replicas = {}

    evidence = await played(
        world, fault(FaultKind.DATABASE_PARTITION, duration=timedelta(seconds=60))
    )

    assert evidence.aborted_by == "dose"
    assert world.changes.state["postgres"] == "up"


async def test_a_lease_that_lapses_ends_the_run(world: World) -> None:
    world.changes.has_lapsed = True

    evidence = await played(world, fault(FaultKind.DATABASE_PARTITION))

    assert evidence.aborted_by == "lease"
    assert evidence.faults[0].lapsed
    assert world.changes.state["postgres"] == "up"


async def test_a_janitor_that_dies_ends_a_run_that_changes_the_platform(world: World) -> None:
    """Planning saw it alive; the change would rest on the runner alone."""
    world.janitor_died_at = world.clock.now()

    evidence = await played(world, fault(FaultKind.POSTGRES_DOWN, duration=timedelta(seconds=60)))

    assert (evidence.status, evidence.aborted_by) == (Status.ABORTED, "telemetry")
    assert "the janitor has not swept for 16 s" in evidence.status_reason
    assert world.changes.state["postgres"] == "up"


async def test_a_fault_in_the_backend_needs_no_janitor_for_its_lease(world: World) -> None:
    world.janitor_died_at = world.clock.now()

    await play(world, error_burst())

    assert world.runs.closed[0].status is Status.COMPLETED


async def test_an_undo_that_sticks_is_tried_again_and_then_left_to_the_janitor(
    world: World,
) -> None:
    world.changes.sticks_for = 20

    evidence = await played(world, fault(FaultKind.POSTGRES_DOWN))

    assert "is not undone: it sticks" in "".join(mark.mark for mark in evidence.marks)
    assert evidence.fault_free is not None
    assert evidence.fault_free.confirmed_at is None
    assert [entry.action for entry in world.ledger.kept.values()] == [UndoAction.RESTORE]

    world.changes.sticks_for = 0
    swept = await world.sweeper.sweep(everything=True)

    assert (swept.failed, swept.open) == ((), 0)
    assert world.changes.state["postgres"] == "up"


async def test_the_proof_names_what_is_not_as_it_was(world: World) -> None:
    """Somebody else changed it meanwhile: fault-free, and yet not as before."""
    restore = world.changes.restore

    async def clumsy(change: Change) -> str:
        problem = await restore(change)
        world.changes.state["backend-2"] = "stopped"
        return problem

    world.changes.restore = clumsy  # type: ignore[method-assign]

    evidence = await played(world, fault(FaultKind.POSTGRES_DOWN))

    assert evidence.fault_free is not None
    assert evidence.fault_free.confirmed_at is None
    assert "backend-2 is stopped and was up" in evidence.fault_free.problem


async def test_the_proof_names_what_was_compared(world: World) -> None:
    evidence = await played(world, fault(FaultKind.POSTGRES_DOWN))

    assert evidence.fault_free is not None
    assert evidence.fault_free.compared == ("postgres", "backend-0", "backend-1", "backend-2")


async def test_faults_overlap_and_each_is_taken_back_in_its_own_time(world: World) -> None:
    evidence = await played(
        world, fault(FaultKind.DATABASE_PARTITION), fault(FaultKind.REPLICA_PAUSE, at=4)
    )

    done = [line for line in world.changes.log if not line.startswith("renew")]
    assert done == [
        "make database-partition postgres",
        "make replica-pause backend-0",
        "restore database-partition",
        "restore replica-pause",
    ]
    assert evidence.status is Status.COMPLETED
    assert [each.is_held for each in assess_faults(evidence)] == [True, True]


async def test_what_the_platform_cannot_do_is_refused_with_the_reason(world: World) -> None:
    world.changes.refusals = {FaultKind.REPLICA_PAUSE: "a pod cannot be paused"}

    with pytest.raises(RefusedError, match=r"\(replica-pause\): a pod cannot be paused"):
        await play(world, breaking(fault(FaultKind.REPLICA_PAUSE)))
    assert world.changes.log == []


async def test_a_lease_on_a_replica_that_stands_still_is_refused(world: World) -> None:
    """It could not be renewed there."""
    leased = fault(FaultKind.NOT_READY, at=6)
    experiment = breaking(fault(FaultKind.REPLICA_PAUSE), leased)

    with pytest.raises(RefusedError, match="would lapse on backend-0 while replica-pause keeps it"):
        await planned(world, experiment)


@pytest.mark.parametrize(
    ("at", "target"),
    [
        pytest.param(12, Target(replicas=1), id="one after the other"),
        pytest.param(6, Target(names=("backend-1",)), id="elsewhere"),
    ],
)
async def test_a_lease_beside_a_pause_is_planned(world: World, at: float, target: Target) -> None:
    leased = fault(FaultKind.NOT_READY, at=at, target=target)
    experiment = breaking(fault(FaultKind.REPLICA_PAUSE), leased)

    plan = await planned(world, experiment)

    assert len(plan.faults) == 2


async def test_a_dead_run_tells_that_the_platform_was_changed(world: World) -> None:
    evidence = await played(world, fault(FaultKind.POSTGRES_DOWN))

    remains = evidence_of_remains(evidence.plan, evidence.marks)

    assert remains.faults[0].armed_at == evidence.faults[0].armed_at
    assert remains.faults[0].undone_at == evidence.faults[0].undone_at


def entry(world: World, number: int, change: Change | None, action: UndoAction) -> UndoEntry:
    return UndoEntry(
        id=f"run-{number}",
        run="run",
        action=action,
        targets=change.targets if change else ("backend-1",),
        lease_until=world.clock.now() - LEDGER_LEASE,
        deadline=world.clock.now(),
        who="me",
        why="a test",
        change=change,
    )


async def test_an_undo_needs_nothing_but_its_entry(world: World) -> None:
    """The runner that made the change is gone, and with it all that it remembered."""
    targets = (await world.platform.replicas())[:1]
    change = await world.changes.before(FaultKind.REPLICA_PAUSE, targets)
    await world.ledger.write(entry(world, 1, change, UndoAction.RESTORE))
    await world.changes.make(change, LASTS)

    swept = await world.sweeper.sweep()

    assert swept.undone == ("run-1",)
    assert world.changes.state["backend-0"] == "up"


async def test_a_sweep_goes_on_past_what_raises_and_fails_loudly(world: World) -> None:
    change = Change(kind=FaultKind.POSTGRES_DOWN, targets=("postgres",), before={"postgres": "up"})
    await world.ledger.write(entry(world, 1, change, UndoAction.RESTORE))
    await world.ledger.write(entry(world, 2, None, UndoAction.DISARM))
    remove = world.ledger.remove

    async def stuck(entry_id: str) -> None:
        if entry_id == "run-1":
            raise RemoteError("the ledger does not answer")
        await remove(entry_id)

    world.ledger.remove = stuck  # type: ignore[method-assign]

    swept = await world.sweeper.sweep()

    assert swept.undone == ("run-2",)
    assert swept.failed == ("run-1: the ledger does not answer",)


@pytest.mark.parametrize("seed", range(40))
async def test_replaying_the_ledger_any_number_of_times_gives_the_state_before(seed: int) -> None:
    """Entries in any order, sweeps at once, each entry swept again after it was removed."""
    world, draw = World(), random.Random(seed)  # noqa: S311
    before = dict(world.changes.state)
    replicas = await world.platform.replicas()
    entries = []
    for number in range(draw.randint(1, 6)):
        kind = draw.choice([*DATABASE_KINDS, FaultKind.REPLICA_PAUSE])
        targets = draw.sample(replicas, draw.randint(1, 3))
        change = Change(
            kind=kind,
            targets=(
                names := ("postgres",)
                if kind.spec.is_on_database
                else tuple(r.name for r in targets)
            ),
            before=dict.fromkeys(names, "up"),
        )
        entries.append(entry(world, number, change, UndoAction.RESTORE))
        if draw.random() < 0.8:
            await world.changes.make(change, LASTS)
    for _ in range(draw.randint(1, 4)):
        for each in draw.sample(entries, draw.randint(0, len(entries))):
            await world.ledger.write(each)
        await world.sweeper.sweep()
    for each in entries:
        await world.ledger.write(each)
    swept = await world.sweeper.sweep()

    assert (swept.failed, swept.open) == ((), 0)
    assert world.changes.state == before
