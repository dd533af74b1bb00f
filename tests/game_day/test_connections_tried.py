"""Connections are tried under load, before anything is broken, and only where that is expected."""

from dataclasses import replace

from ironclad.domain.evidence.counters import Sample, Series
from ironclad.domain.experiment.experiment import Expectation
from ironclad.domain.experiment.safeguards import TRIED, SafeguardName
from ironclad.errors import UnreachableError
from tests.fakes.game_day.playing import play
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst

DENIES = error_burst(expect=Expectation(safeguards=(SafeguardName.NETWORK_POLICY_DENIES,)))
ANSWER = Series(labels=(("policy", "forbidden"), ("to", "db")), samples=(Sample(1.0, 0.0),))


class Trial:
    """Notes what was armed when it was asked."""

    def __init__(self, world: World, *, is_broken: bool = False) -> None:
        self.world = world
        self.is_broken = is_broken
        self.armed_then: list[dict[str, list[str]]] = []
        world.tools = replace(world.tools, connections=self)

    async def tried(self, run: str) -> tuple[Series, ...]:
        self.armed_then.append(dict(self.world.armed))
        if self.is_broken:
            raise UnreachableError(f"the pod that sends the load of {run} is gone")
        return (ANSWER,)


async def test_they_are_tried_once_before_anything_is_armed() -> None:
    world = World()
    trial = Trial(world)
    day = await play(world, DENIES)
    assert trial.armed_then == [{}]
    assert day.measurement.observed[TRIED] == (ANSWER,)


async def test_a_connection_is_tried_only_if_an_experiment_expects_it() -> None:
    world = World()
    trial = Trial(world)
    await play(world)
    assert trial.armed_then == []


async def test_a_trial_that_fails_is_a_gap_and_the_game_day_goes_on() -> None:
    world = World()
    Trial(world, is_broken=True)
    day = await play(world, DENIES)
    assert any("no connection could be tried: the pod that" in gap for gap in day.journal.gaps)
    assert [phase.name for phase in day.journal.phases] == ["baseline", "fault", "recovery"]


async def test_where_there_are_no_policies_nothing_is_noted() -> None:
    day = await play(World(), DENIES)
    assert TRIED not in day.measurement.observed
    assert day.journal.gaps == ()
