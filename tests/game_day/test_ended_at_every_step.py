"""A game day on the stack in memory, ended before and after each call that it makes of the world.

The kill trials end real ones where they can be seen to be; here no call is left out.
"""

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from ironclad.domain.evidence.journal import Status
from ironclad.domain.experiment.experiment import Experiment, Fault, Phases, Target
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.undo import ATTACHED_LEASE, LEDGER_LEASE
from ironclad.errors import RemoteError
from ironclad.undo.sweeping import Sweeper
from tests.fakes.game_day.playing import play
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst

SECOND = timedelta(seconds=1)
PORTS = ("platform", "lock", "halt", "ledger", "faults", "replica_faults", "changes")
ENDLESS = 10_000

Kinds = tuple[FaultKind, ...]


class KilledError(BaseException):
    """Nothing of the runner has an effect any more."""


@dataclass
class Wire:
    """Counts the calls of the world, and does something to the game day at one of them."""

    at: int
    trip: Callable[["Wire"], Awaitable[None] | None]
    main: "asyncio.Task[Any] | None" = None
    world: World | None = None
    passed: int = 0
    is_dead: bool = False
    has_begun: bool = False
    """Was an undo written down by then?"""
    woken_at: float | None = None
    broken_seconds: float = 0.0
    """For how long something was broken after it had woken up."""

    async def step(self) -> None:
        if self.is_dead:
            raise KilledError
        self.passed += 1
        self._look()
        if self.passed == self.at:
            ending = self.trip(self)
            if ending is not None:
                await ending
        await asyncio.sleep(0)

    def _look(self) -> None:
        if self.world is not None and self.woken_at is not None and broken(self.world):
            self.broken_seconds = self.world.clock.monotonic() - self.woken_at


class Wired:
    """A port whose every call passes the wire before and after its effect."""

    def __init__(self, port: Any, wire: Wire) -> None:
        self._port, self._wire = port, wire

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            await self._wire.step()
            given = await found(*arguments, **named)
            await self._wire.step()
            return given

        return call


def cancel(wire: Wire) -> None:
    assert wire.main is not None
    wire.main.cancel()


def cancel_again_and_again(wire: Wire) -> None:
    """Somebody impatient: each of the next calls is met by another Ctrl-C."""
    cancel(wire)
    wire.at += 1


def fail(wire: Wire) -> None:  # noqa: ARG001
    raise RemoteError("it broke just now")


def break_off(wire: Wire) -> None:  # noqa: ARG001
    raise RuntimeError("a mistake of ours")


def kill(wire: Wire) -> None:
    wire.is_dead = True
    raise KilledError


async def suspend(wire: Wire) -> None:
    """Stop it for a minute, in which the janitor sweeps; then it wakes up."""
    assert wire.world is not None
    wire.has_begun = bool(wire.world.ledger.log)
    wire.world.clock.jump(60)
    await sweep(wire.world)
    wire.woken_at = wire.world.clock.monotonic()


def experiment(kinds: Kinds) -> Experiment:
    """Several faults overlap: each begins 2 s after the one before and lasts for 8 s."""
    phases = Phases(baseline=2 * SECOND, recovery=2 * SECOND, settle=SECOND)
    faults = tuple(fault(number, kind) for number, kind in enumerate(kinds))
    return error_burst(phases=phases, faults=faults, abort_when=())


def fault(number: int, kind: FaultKind) -> Fault:
    return Fault(
        id=f"fault-{number}",
        kind=kind,
        at=number * 2 * SECOND,
        duration=8 * SECOND,
        target=Target(replicas=None if kind.spec.is_on_database else 2),
        status=503 if kind is FaultKind.ERROR else None,
    )


async def ended(kinds: Kinds, wire: Wire) -> World:
    """Play it until it ends, whatever comes out of it."""
    world = wire.world = World()
    wired: dict[str, Any] = {name: Wired(getattr(world.tools, name), wire) for name in PORTS}
    world.tools = replace(world.tools, **wired)
    wire.main = asyncio.create_task(play(world, experiment(kinds)))
    with contextlib.suppress(BaseException):
        await asyncio.wait({wire.main})
        wire.main.result()
    return world


def left(world: World) -> list[str]:
    """Tell what a game day has left behind."""
    found = broken(world)
    found += [f"the entry {entry}" for entry in world.ledger.kept]
    found += ["the lock"] if world.lock.current else []
    return found + ["the load" for handle in world.load.handles if not handle.is_stopped]


def false_claims(world: World) -> list[str]:
    """Give what reports say of the faults where it was otherwise; all is off again by now."""
    put_on = ("arm", "terminate", "make")
    logs = (*world.faults.log, *world.replica_faults.log, *world.changes.log)
    touched = any(line.startswith(put_on) for line in logs)
    cut_off = [one for one in world.runs.closed if one.status is Status.INTERRUPTED]
    return [
        one.status_reason
        for one in cut_off
        if "not seen to be" in one.status_reason
        or (touched and "no fault was armed" in one.status_reason)
        or ("the baseline;" in one.status_reason) > ("no fault was armed" in one.status_reason)
    ]


def broken(world: World) -> list[str]:
    found = [f"{name} carries {ids}" for name, ids in world.armed.items()]
    return found + [f"{n} is {state}" for n, state in world.changes.state.items() if state != "up"]


async def sweep(world: World) -> None:
    tools = world.tools
    await Sweeper(
        platform=world.platform,
        ledger=world.ledger,
        faults=world.faults,
        changes=world.changes,
        clock=tools.clock,
    ).sweep()


KINDS: list[Kinds] = [
    (FaultKind.ERROR,),
    (FaultKind.NOT_READY,),
    (FaultKind.REPLICA_KILL,),
    (FaultKind.REPLICA_PAUSE,),
    (FaultKind.DATABASE_PARTITION,),
    (FaultKind.LATENCY, FaultKind.DATABASE_PARTITION, FaultKind.ERROR),
]


@pytest.fixture(params=KINDS, ids=" and ".join)
def kinds(request: pytest.FixtureRequest) -> Kinds:
    found: Kinds = request.param
    return found


async def calls(kinds: Kinds) -> int:
    wire = Wire(ENDLESS, cancel)
    await ended(kinds, wire)
    return wire.passed


@pytest.mark.parametrize("trip", [cancel, cancel_again_and_again], ids=["once", "again and again"])
async def test_stopped_at_any_call_it_leaves_nothing(
    kinds: Kinds, trip: Callable[[Wire], None]
) -> None:
    for at in range(1, await calls(kinds) + 1):
        world = await ended(kinds, Wire(at, trip))

        assert not left(world), f"ending at call {at}"
        assert len(world.runs.closed) == len(world.runs.opened), f"ending at call {at}"
        assert not false_claims(world), f"ending at call {at}"


@pytest.mark.parametrize("trip", [fail, break_off], ids=["an answer", "our own code"])
async def test_whatever_fails_once_the_next_net_takes_the_rest_back(
    kinds: Kinds, trip: Callable[[Wire], None]
) -> None:
    for at in range(1, await calls(kinds) + 1):
        world = await ended(kinds, Wire(at, trip))
        world.clock.jump(LEDGER_LEASE.total_seconds() + 1)
        await sweep(world)

        assert not left(world), f"failed at call {at}"
        assert len(world.runs.closed) == len(world.runs.opened), f"failed at call {at}"


async def test_killed_at_any_call_its_change_is_written_down_and_taken_back(
    kinds: Kinds,
) -> None:
    for at in range(1, await calls(kinds) + 1):
        world = await ended(kinds, Wire(at, kill))
        world.clock.jump(ATTACHED_LEASE.total_seconds())  # as if no connection showed it
        assert not world.armed, f"killed at call {at}"

        world.clock.jump((LEDGER_LEASE - ATTACHED_LEASE).total_seconds() + 1)
        await sweep(world)
        world.lock.current = None  # lapses by itself
        assert not left(world), f"killed at call {at}"


async def test_stopped_for_a_minute_at_any_call_it_wakes_up_and_breaks_nothing_for_long(
    kinds: Kinds,
) -> None:
    """What was on its way while it was stopped still arrives, and is taken back at once."""
    for at in range(1, await calls(kinds) + 1):
        wire = Wire(at, suspend)
        world = await ended(kinds, wire)

        assert not left(world), f"stopped at call {at}"
        assert not wire.has_begun or wire.broken_seconds < 0.5, f"stopped at call {at}"
