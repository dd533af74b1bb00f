"""What people see and answer on Prefect's own pages, asked of a real server; no stack is needed."""

import asyncio
import gc
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_URL,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)

from ironclad import wiring
from ironclad.adapters.prefect.server import PrefectServer
from ironclad.clock import SystemClock
from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.outcome import Outcome, Verdict
from ironclad.domain.slo.deploy_gate import BackendChange, Gate, gate
from ironclad.domain.stack.stack import StackRef
from ironclad.errors import NoGoError
from ironclad.game_day.planning.making import make_plan
from ironclad.progress import Progress, report
from ironclad.waiting import until_ready
from tasks.asking import Go, demand_go
from tasks.pages.events import emit_outcome
from tasks.pages.reporting import publish_report, state_of
from tasks.pages.showing import link_sources, shown
from tasks.rollout import demand_budget, deployed
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst
from tests.fakes.stack.live_stack import forget, open_root
from tests.fakes.stack.product import free_port
from tests.places import ROOT

pytestmark = [
    pytest.mark.stack,
    pytest.mark.long,
    pytest.mark.prefect,
    pytest.mark.timeout(180),
    # Prefect's own client of events leaves its connections to the collector of garbage.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

WITHIN = timedelta(minutes=3)
OUTCOME = Outcome(
    run="r", experiment="tried", status=Status.ABORTED, verdict=Verdict.DEVIATED, reason="because"
)


@pytest.fixture(scope="module", autouse=True)
def abandoned_connections() -> Iterator[None]:
    """Collect what Prefect's client left while that is no error, and not at the end of the run."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    """Prefect's server as every installation of ours has it."""
    root = open_root()
    server = PrefectServer(root, project=ROOT, port=free_port())

    async def started() -> None:
        await server.ensure_server()
        await until_ready(
            "the server", server.server_readiness, deadline=WITHIN, clock=SystemClock()
        )

    asyncio.run(started())
    try:
        with temporary_settings(
            {
                PREFECT_API_URL: server.api_url,
                PREFECT_API_AUTH_STRING: server.client_environment["PREFECT_API_AUTH_STRING"],
                PREFECT_LOGGING_TO_API_ENABLED: False,
            }
        ):
            yield server.api_url
    finally:
        asyncio.run(server.stop(delete_data=True))
        forget(root)


class Asked:
    """The server's API, as its pages use it."""

    def __init__(self, api: str) -> None:
        user, _, password = PREFECT_API_AUTH_STRING.value().partition(":")
        self.client = httpx.AsyncClient(base_url=api, timeout=20, auth=(user, password))

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = await self.client.post(path, json=body)
        answer.raise_for_status()
        return answer.json()

    async def run(self, run_id: str) -> dict[str, Any]:
        found = await self.post("/flow_runs/filter", {"flow_runs": {"id": {"any_": [run_id]}}})
        return dict(found[0])

    async def artifacts(self, run_id: str) -> list[dict[str, Any]]:
        wanted = {"artifacts": {"flow_run_id": {"any_": [run_id]}}}
        return list(await self.post("/artifacts/filter", wanted))

    async def events(self, run_id: str) -> list[dict[str, Any]]:
        wanted = {"related": {"id": [f"prefect.flow-run.{run_id}"]}, "event": {"prefix": ["iron"]}}
        return list((await self.post("/events/filter", {"filter": wanted}))["events"])


@pytest.fixture
async def asked(api: str) -> AsyncIterator[Asked]:
    asked = Asked(api)
    yield asked
    await asked.client.aclose()


async def until(ask: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := await ask()):
        assert time.monotonic() < deadline, "it did not come in time"
        await asyncio.sleep(0.1)
    return found


@flow(name="asking", validate_parameters=False)  # else the list is a copy
async def asking(ids: list[str], within: timedelta) -> State[Any] | Go:
    """Ask as a game day does, with a plan of a stack in memory."""
    ids.append(str(flow_run.id))
    plan = await make_plan(error_burst(), World().tools, who="me", why="")
    try:
        return await demand_go(plan, within)
    except NoGoError as error:
        skipped = Outcome(
            run="", experiment="tried", status=Status.SKIPPED, verdict=None, reason=str(error)
        )
        emit_outcome(skipped, StackRef())
        return state_of(skipped)


@task(task_run_name="a-phase")
async def phase() -> None:
    async with shown("inject"):
        report(Progress("inject", 3, 10, "s", "4 failed"))
        await asyncio.sleep(0)


@flow(name="telling", validate_parameters=False)
async def telling(ids: list[str], folder: str) -> None:
    """Leave on the pages what a game day leaves."""
    ids.append(str(flow_run.id))
    world = World()
    plan = await make_plan(error_burst(), world.tools, who="me", why="")
    link_sources(plan)
    await phase()
    emit_outcome(OUTCOME, plan.stack)
    await publish_report(replace(OUTCOME, report=folder))
    await publish_report(replace(OUTCOME, report=folder))
    await until(nothing_is_being_shown)


async def nothing_is_being_shown() -> bool:
    """A phase's last word is still on its way when the next begins; a game day has more steps."""
    return not any(each.get_name().startswith("showing ") for each in asyncio.all_tasks())


async def begun(ids: list[str], within: timedelta) -> tuple["asyncio.Future[Any]", str]:
    running: asyncio.Future[Any] = asyncio.ensure_future(asking(ids, within, return_state=True))

    async def has_begun() -> bool:
        return bool(ids)

    await until(has_begun)
    return running, ids[0]


async def is_paused(asked: Asked, run: str) -> bool:
    return bool((await asked.run(run))["state"]["type"] == "PAUSED")


async def test_the_form_tells_the_plan_and_takes_a_go_but_no_nonsense(asked: Asked) -> None:
    running, run = await begun([], timedelta(seconds=60))
    await until(lambda: is_paused(asked, run))

    keyset = (await asked.run(run))["state"]["state_details"]["run_input_keyset"]
    answer = await asked.client.get(f"/flow_runs/{run}/input/{keyset['description']}")
    assert "No answer within 1m means no-go" in answer.text
    assert "backend-0" in answer.text
    odd = await asked.post(f"/flow_runs/{run}/resume", {"run_input": {"go": "perhaps"}})
    assert odd["status"] == "REJECT"
    await asked.post(f"/flow_runs/{run}/resume", {"run_input": {"go": True, "who": "ada"}})

    state = await asyncio.wait_for(running, 30)
    assert await state.aresult() == Go(who="ada", why="")


async def test_silence_ends_it_skipped_on_the_server_too(asked: Asked) -> None:
    """The server itself would call it FAILED once a pause that it granted is over."""
    running, run = await begun([], timedelta(seconds=1))
    await asyncio.wait_for(running, 30)

    state = (await asked.run(run))["state"]
    assert (state["type"], state["name"]) == ("COMPLETED", "SKIPPED")
    assert state["message"] == "no go came within 1s of being asked"
    (event,) = await until(lambda: asked.events(run))
    assert event["event"] == "ironclad.game-day.skipped"


async def test_a_run_s_page_has_progress_a_link_and_each_version_of_the_report(
    asked: Asked, tmp_path: Path
) -> None:
    (tmp_path / "report.md").write_text("# DEVIATED\n\n## Plan\n")
    ids: list[str] = []
    await telling(ids, str(tmp_path))

    found = await asked.artifacts(ids[0])
    (progress,) = [one for one in found if one["type"] == "progress"]
    assert (progress["data"], progress["description"]) == (100, "inject: 3 of 10 s, 4 failed")
    (link,) = [one for one in found if one["key"] == "game-day-error-burst-prometheus"]
    assert link["data"].startswith("[Prometheus over this game day](http")
    assert len([one for one in found if one["key"] == "game-day-tried"]) == 2


async def test_an_automation_can_match_how_and_where_a_game_day_ended(
    asked: Asked, tmp_path: Path
) -> None:
    (tmp_path / "report.md").write_text("# DEVIATED\n")
    ids: list[str] = []
    await telling(ids, str(tmp_path))

    async def three() -> Any:
        found = await asked.events(ids[0])
        return found if len(found) == 3 else None

    events = await until(three)
    assert {one["event"].rpartition(".")[2] for one in events} == {
        "finished",
        "deviated",
        "aborted",
    }
    labels = events[0]["resource"]
    assert labels["prefect.resource.id"] == "ironclad.experiment.tried"
    assert (labels["ironclad.stack"], labels["ironclad.verdict"]) == ("demo", "DEVIATED")


@flow(name="overriding", validate_parameters=False)
async def overriding(ids: list[str]) -> State[str]:
    ids.append(str(flow_run.id))
    return deployed(await demand_budget(StackRef(), ignore_budget=True))


async def test_a_deploy_against_a_used_up_budget_is_kept_on_the_server(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a Prometheus would say of the budget is no matter here, and takes a month to come by."""
    overridden = gate(BackendChange.CHANGE, {"orders-availability": -0.03}, ignore_budget=True)

    async def used_up(*_: object, **__: object) -> Gate:
        return overridden

    monkeypatch.setattr(wiring, "deploy_gate", used_up)
    ids: list[str] = []
    await overriding(ids, return_state=True)

    (kept,) = await asked.artifacts(ids[0])
    assert kept["key"] == "budget-override-local-demo"
    assert overridden.sentence in kept["data"]
    assert overridden.sentence in (await asked.run(ids[0]))["state"]["message"]
