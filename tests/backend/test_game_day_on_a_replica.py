"""A game day in small: real load on a real replica, the real engine, the dose as it is judged."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.http.transport import TokenFile
from ironclad.adapters.load.process import LoadProcess
from ironclad.clock import SystemClock
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Status
from ironclad.domain.experiment.experiment import Experiment, Fault, Load, Mix, Phases, Target
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.judging.dose.faults_as_asked import assess_faults
from ironclad.domain.stack.stack import Replica as Place
from ironclad.game_day.lifecycle import at_work
from ironclad.game_day.phases import baseline, injection
from ironclad.game_day.phases.loading import under_load
from ironclad.game_day.planning.making import make_plan
from tests.backend.replica_process import TOKEN, Replica
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst
from tests.fakes.stack.replicas import FakeReplica

SECOND = timedelta(seconds=1)


def fault(kind: FaultKind, at: int = 0, lasts: int = 4, **changes: object) -> Fault:
    plain = Fault(
        id=str(kind),
        kind=kind,
        at=at * SECOND,
        duration=lasts * SECOND,
        target=Target(replicas=1),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


HANG = fault(FaultKind.HANG, share=0.2)
RESET = fault(FaultKind.CONNECTION_RESET, share=0.3)
SLOW = fault(FaultKind.DATABASE_SLOW, share=0.5, delay=0.1 * SECOND)
FAILING = fault(FaultKind.DATABASE_ERROR, share=0.3)
BURN = fault(FaultKind.CPU_BURN, cores=0.2)
ERROR = fault(FaultKind.ERROR, at=2, share=0.2, status=503)


def experiment(*faults: Fault) -> Experiment:
    return error_burst(
        load=Load(pacer=Constant(40), mix=Mix(), timeout=SECOND),
        phases=Phases(baseline=3 * SECOND, recovery=SECOND, settle=SECOND),
        faults=faults,
        abort_when=(),
    )


async def played(replica: Replica, folder: Path, *faults: Fault) -> Evidence:
    """Only the replica, the load and the clock are real; the rest of the stack is in memory."""
    token = folder / "token"
    token.write_text(TOKEN)
    world = World()
    place = Place(replica.name, replica.url)
    world.replicas.clear()
    world.replicas[place.name] = FakeReplica(place, world.clock)
    world.endpoints = replace(world.endpoints, service=replica.url)
    plan = await make_plan(experiment(*faults), world.tools, who="me", why="")
    chaos, load = ChaosHttp(TokenFile(token)), LoadProcess(folder / "load")
    tools = replace(world.tools, faults=chaos, load=load, clock=SystemClock())
    async with at_work(plan, tools) as day:
        async with under_load(day):
            await baseline.hold_baseline(day)
            await injection.inject(day)
        return day.evidence(Status.COMPLETED, "")


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param((HANG,), id="hang"),
        pytest.param((RESET,), id="connection-reset"),
        pytest.param((SLOW,), id="database-slow"),
        pytest.param((FAILING,), id="database-error"),
        pytest.param((RESET, ERROR, BURN), id="three on one replica, overlapping"),
    ],
)
async def test_each_dose_is_seen_held_and_taken_back(
    replica: Replica, tmp_path: Path, faults: tuple[Fault, ...]
) -> None:
    evidence = await played(replica, tmp_path, *faults)
    assert evidence.status is Status.COMPLETED, evidence.status_reason
    for assessed in assess_faults(evidence):
        assert assessed.is_held, assessed.check.sentence
    marks = [mark.mark for mark in evidence.marks]
    assert not [mark for mark in marks if "attachment" in mark or "a lease of" in mark]
    assert replica.control("GET", "").json()["attached_runs"] == []
    assert replica.control("GET", "").json()["faults"] == []
