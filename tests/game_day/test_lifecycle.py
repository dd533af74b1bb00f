"""What is around a game day: announcements, missing reports, service addresses."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.experiment.plan import Plan
from ironclad.errors import RefusedError, RemoteError
from ironclad.game_day.lifecycle import at_work
from ironclad.game_day.planning.making import make_plan
from ironclad.game_day.sources.scraping import all_scraped
from tests.fakes.game_day.watchers import FakeAnnouncer, FakeMetrics
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst


async def planned(world: World, why: str = "") -> Plan:
    return await make_plan(error_burst(), world.tools, who="ana", why=why)


async def test_the_announcer_says_who_runs_what_and_why_and_how_it_ended(world: World) -> None:
    plan = await planned(world, why="before the sale")
    async with at_work(plan, world.tools):
        announced = list(world.announced)
    run = plan.run
    assert announced == [
        (
            "GameDayStarted",
            f"ana runs the game day error-burst ({run}): before the sale. No alert is expected.",
        )
    ]
    assert world.announced[1:] == [("GameDayEnded", f"{run} ended INCONCLUSIVE: ")]


async def test_an_announcer_that_fails_ends_no_game_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise RemoteError("events are forbidden")

    monkeypatch.setattr(FakeAnnouncer, "announce", refuse)
    async with at_work(await planned(world), world.tools) as day:
        assert not day.status.is_aborted
    assert len(world.runs.closed) == 1


async def test_the_reports_of_dead_runs_are_written_before_the_next_run_begins(
    world: World,
) -> None:
    world.runs.open_runs = ("dead-1", "dead-2")
    async with at_work(await planned(world), world.tools):
        assert world.runs.finalized == ["dead-1", "dead-2"]


async def test_the_addresses_are_asked_for_again_because_the_planners_may_be_closed(
    world: World,
) -> None:
    plan = await planned(world)
    world.endpoints = replace(world.endpoints, prometheus="http://prometheus:2")
    async with at_work(plan, world.tools) as day:
        assert day.plan.endpoints.prometheus == "http://prometheus:2"


async def test_a_place_that_does_not_allow_game_days_is_refused_before_all_else(
    world: World,
) -> None:
    world.refusal_of_game_days = "namespace shop does not carry the label"
    world.budget_percentage = 1.0
    with pytest.raises(RefusedError) as refusal:
        await planned(world)
    assert refusal.value.reasons == ("namespace shop does not carry the label",)


async def test_prometheus_is_asked_how_often_it_looks(world: World) -> None:
    world.scrape_interval = timedelta(seconds=15)
    assert (await planned(world)).scrape_interval == timedelta(seconds=15)


async def test_a_prometheus_that_never_looks_is_a_reason_to_refuse(world: World) -> None:
    world.scrape_interval = None
    with pytest.raises(RefusedError, match="scrapes no target of the job ironclad-backend"):
        await planned(world)


async def test_a_scrape_is_waited_for_an_interval_and_a_grace(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> tuple[str, ...]:
        await asyncio.sleep(0)
        return ()

    world.scrape_interval = timedelta(seconds=15)
    async with at_work(await planned(world), world.tools) as day:
        monkeypatch.setattr(FakeMetrics, "scraped_since", never)
        began = world.clock.monotonic()
        await all_scraped(day, since=0)
    assert world.clock.monotonic() - began >= 35
    assert day.journal.gaps
