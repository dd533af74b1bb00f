"""A whole game day on the stack in memory, step after step as the flow takes them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ironclad.domain.experiment.experiment import Experiment
from ironclad.domain.experiment.plan import Plan
from ironclad.game_day.lifecycle import at_work
from ironclad.game_day.phases import baseline, injection, measuring, recovery
from ironclad.game_day.phases.loading import under_load
from ironclad.game_day.planning.making import make_plan
from ironclad.game_day.run import GameDay
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst


async def planned(world: World, experiment: Experiment | None = None) -> Plan:
    return await make_plan(experiment or error_burst(), world.tools, who="me", why="a test")


@asynccontextmanager
async def under_way(world: World, experiment: Experiment | None = None) -> AsyncIterator[GameDay]:
    """Hold the stack under load, for a test that takes the steps one by one."""
    async with at_work(await planned(world, experiment), world.tools) as day, under_load(day):
        yield day


async def play(world: World, experiment: Experiment | None = None) -> GameDay:
    async with at_work(await planned(world, experiment), world.tools) as day:
        await baseline.look_before(day)
        async with under_load(day):
            await baseline.hold_baseline(day)
            if not day.status.is_aborted:
                await injection.inject(day)
                await recovery.recover(day)
        await measuring.measure(day)
    return day
