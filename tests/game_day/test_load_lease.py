"""The load between the phases of a game day, while Prefect takes its time."""

from ironclad.domain.evidence.journal import PhaseName
from ironclad.game_day.phases.loading import renewed_between_phases
from tests.fakes.game_day.playing import under_way
from tests.fakes.game_day.world import World


async def renewed_while(world: World, seconds: float, phase: PhaseName | None) -> int:
    """Say how often the load was renewed while idle, in a phase or between two."""
    async with under_way(world) as day, renewed_between_phases(day):
        handle = world.load.handles[0]
        with day.journal.phase(PhaseName.BASELINE):
            await world.clock.sleep(1)
            renewed = handle.renewed
            if phase is not None:
                await world.clock.sleep(seconds)
                return handle.renewed - renewed
        await world.clock.sleep(seconds)
        return handle.renewed - renewed


async def test_between_two_phases_it_is_renewed_each_second(world: World) -> None:
    assert 29 <= await renewed_while(world, 30, None) <= 31


async def test_within_a_phase_it_is_renewed_by_the_guard_alone(world: World) -> None:
    assert await renewed_while(world, 30, PhaseName.BASELINE) == 0
