"""Events of a game day for automations, and the question to a person before one."""

import asyncio
import errno
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.outcome import Outcome, Verdict
from ironclad.errors import BusyError, NoGoError
from ironclad.game_day.planning.making import make_plan
from ironclad.report.parts import links
from tasks import asking, chaos
from tasks.asking import demand_go, question
from tasks.pages import events
from tasks.pages.events import words_of
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst

pytestmark = pytest.mark.usefixtures("quiet")

PATIENCE = timedelta(minutes=30)

Events = list[tuple[str, dict[str, str], dict[str, Any]]]


@pytest.fixture
def emitted(monkeypatch: pytest.MonkeyPatch) -> Events:
    """Events that Prefect would have received."""
    received: Events = []

    def emit(event: str, *, resource: dict[str, str], payload: dict[str, Any]) -> None:
        received.append((event, resource, payload))

    monkeypatch.setattr(events, "emit_event", emit)
    return received


def outcome(verdict: Verdict | None, status: Status) -> Outcome:
    return Outcome(
        run="run", experiment="error-burst", status=status, verdict=verdict, reason="because"
    )


ENDS = {
    "as it should": (Verdict.UPHELD, Status.COMPLETED, ("finished", "upheld")),
    "otherwise": (Verdict.DEVIATED, Status.COMPLETED, ("finished", "deviated")),
    "cut short": (Verdict.DEVIATED, Status.ABORTED, ("finished", "deviated", "aborted")),
    "stopped by a signal": (
        Verdict.INCONCLUSIVE,
        Status.INTERRUPTED,
        ("finished", "inconclusive", "interrupted"),
    ),
    "never, refused": (None, Status.REFUSED, ("refused",)),
    "never, passed over": (None, Status.SKIPPED, ("skipped",)),
}


@pytest.mark.parametrize(("verdict", "status", "words"), ENDS.values(), ids=ENDS.keys())
def test_each_end_has_its_words(
    verdict: Verdict | None, status: Status, words: tuple[str, ...]
) -> None:
    assert words_of(outcome(verdict, status)) == words


async def test_automations_get_events_for_its_start_and_its_end(
    world: World, emitted: Events
) -> None:
    plan = await make_plan(error_burst(), world.tools, who="me", why="a test")
    async with chaos.held(plan):
        assert [event for event, *_ in emitted] == ["ironclad.game-day.started"]
    _, resource, payload = emitted[0]
    assert resource["prefect.resource.id"] == "ironclad.experiment.error-burst"
    assert (resource["ironclad.platform"], resource["ironclad.stack"]) == ("local", "demo")
    assert (payload["who"], payload["targets"]) == ("me", ["backend-0"])
    assert emitted[1][0] == "ironclad.game-day.finished"
    assert emitted[1][1]["ironclad.status"] == "COMPLETED"
    assert {event for event, *_ in emitted[2:]} == {
        f"ironclad.game-day.{emitted[1][1]['ironclad.verdict'].lower()}"
    }


async def test_they_get_an_event_for_one_that_was_stopped(world: World, emitted: Events) -> None:
    plan = await make_plan(error_burst(), world.tools, who="me", why="")
    with pytest.raises(asyncio.CancelledError):
        async with chaos.held(plan):
            raise asyncio.CancelledError
    assert emitted[-1][0] == "ironclad.game-day.interrupted"


async def test_a_report_that_cannot_be_written_is_reported_as_itself(
    world: World, emitted: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> Outcome:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(world.runs, "close", fails)
    plan = await make_plan(error_burst(), world.tools, who="me", why="")
    with pytest.raises(OSError, match="No space left on device"):
        async with chaos.held(plan):
            pass
    assert [event for event, *_ in emitted] == ["ironclad.game-day.started"]


async def test_one_that_finds_the_stack_held_has_neither_begun_nor_ended(
    world: World, emitted: Events
) -> None:
    plan = await make_plan(error_burst(), world.tools, who="me", why="")
    async with world.lock.held("other", "game day", "you"):
        with pytest.raises(BusyError):
            await chaos.held(plan).__aenter__()
    assert emitted == []


async def test_a_game_day_goes_on_where_no_event_can_be_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("no loop")

    monkeypatch.setattr(events, "emit_event", fails)
    plan = await make_plan(error_burst(), world.tools, who="me", why="")
    async with chaos.held(plan) as day:
        pass
    assert day.status.outcome is not None


def answering(monkeypatch: pytest.MonkeyPatch, **answer: object) -> list[dict[str, Any]]:
    """Answer as a person would; an empty answer is none in time."""
    asked: list[dict[str, Any]] = []

    async def pause(**words: Any) -> asking.GoNoGo:
        asked.append(words)
        if not answer:
            raise TimeoutError
        return asking.GoNoGo.model_validate(answer)

    monkeypatch.setattr(asking, "apause_flow_run", pause)
    return asked


async def test_a_go_says_who_and_why(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, go=True, who=" ada ", why="the sale is over")
    plan = await make_plan(error_burst(), world.tools, who="me", why="")
    go = await demand_go(plan, PATIENCE)
    assert (go.who, go.why) == ("ada", "the sale is over")
    assert asked[0]["timeout"] > 1800
    assert world.lock.current is None


NO = {
    "in person": ({"go": False, "who": "ada", "why": "not today"}, "no-go by ada: not today"),
    "without a word": ({"go": False}, "no-go"),
    "by silence": ({}, "no go came within 30m of being asked"),
}


async def test_patience_has_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def pause(**_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asking, "apause_flow_run", pause)
    plan = await make_plan(error_burst(), world.tools, who="me", why="")
    with pytest.raises(NoGoError, match="no go came within 1s of being asked"):
        await demand_go(plan, timedelta(seconds=0.1))


@pytest.mark.parametrize(("answer", "sentence"), NO.values(), ids=NO.keys())
async def test_anything_but_a_go_is_a_no(
    world: World, monkeypatch: pytest.MonkeyPatch, answer: dict[str, object], sentence: str
) -> None:
    answering(monkeypatch, **answer)
    plan = await make_plan(error_burst(), world.tools, who="me", why="")
    with pytest.raises(NoGoError) as refusal:
        await demand_go(plan, PATIENCE)
    assert str(refusal.value) == sentence


async def test_the_question_tells_the_plan_and_escapes_what_others_wrote(world: World) -> None:
    hostile = error_burst(hypothesis="<img src=x> [costs](http://nothing)")
    plan = await make_plan(hostile, world.tools, who="me", why="")
    asked = question(plan, PATIENCE)
    assert "backend-0" in asked
    assert "No answer within 30m means no-go" in asked
    assert "<img" not in asked
    assert "\\[costs\\]" in asked


async def test_the_link_leads_to_the_game_day_s_own_minutes(world: World) -> None:
    plan = await make_plan(error_burst(), world.tools, who="me", why="")
    asked = parse_qs(urlsplit(links.graphs_over(plan, "http://127.0.0.1:9090")).query)
    length = plan.experiment.load_duration + 2 * links.MARGIN
    assert asked["g0.range_input"] == [f"{length.total_seconds():.0f}s"]
    assert asked["g1.end_input"] == [f"{plan.planned_at + length:%Y-%m-%d %H:%M:%S}"]
