"""Each task by its function, against a stack in memory: no Prefect server is needed."""

from pathlib import Path

import pytest
from prefect.client.schemas.objects import State, StateType
from prefect.states import Completed, Failed

from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.outcome import Outcome, Verdict
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.domain.stack.stack import StackRef, Stage
from ironclad.errors import BadInputError, RefusedError, StageFailedError, UnreachableError
from ironclad.game_day.lifecycle import at_work
from ironclad.game_day.phases.loading import under_load
from ironclad.game_day.planning.making import make_plan
from tasks import chaos, rollout
from tasks.pages import reporting
from tasks.policy import is_transient
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst

pytestmark = pytest.mark.usefixtures("quiet")

REF = StackRef()


async def test_apply_stage_says_what_it_changed(world: World) -> None:
    applied = await rollout.apply_stage.fn(REF, Stage.POSTGRES)

    assert world.platform.applied == [Stage.POSTGRES]
    assert applied.changed == ("something",)


@pytest.mark.usefixtures("world")
async def test_wait_until_ready_gives_the_last_answer() -> None:
    answer = await rollout.wait_until_ready.fn(REF, Stage.BACKEND)

    assert answer.message == "backend is fine"


async def test_a_wait_that_cannot_succeed_ends_at_once_and_goes_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failed(_: Stage) -> Readiness:
        return Readiness(Condition.FAILED, "initdb: no space left")

    monkeypatch.setattr(world.platform, "readiness", failed)

    world.platform.last_good = "went back to revision 3"

    with pytest.raises(StageFailedError, match="no space left; went back to revision 3"):
        await rollout.wait_until_ready.fn(REF, Stage.POSTGRES)
    assert world.clock.monotonic() == 0
    assert world.platform.rolled_back == [Stage.POSTGRES]


async def test_remove_stage_takes_the_stage_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[tuple[Stage, bool]] = []

    async def remove(stage: Stage, *, delete_data: bool) -> None:
        removed.append((stage, delete_data))

    monkeypatch.setattr(world.platform, "remove", remove)

    await rollout.remove_stage.fn(REF, Stage.BACKEND, delete_data=True)

    assert removed == [(Stage.BACKEND, True)]


@pytest.mark.usefixtures("world")
async def test_plan_game_day_resolves_the_targets() -> None:
    plan = await chaos.plan_game_day.fn(
        REF, error_burst(), who="me", why="a test", ignore_budget=False
    )

    assert [replica.name for replica in plan.faults[0].targets] == ["backend-0"]


async def test_plan_game_day_refuses_what_cannot_work(world: World) -> None:
    world.replicas["backend-0"].is_silent = True

    with pytest.raises(RefusedError, match="backend-0 does not answer"):
        await chaos.plan_game_day.fn(REF, error_burst(), who="me", why="", ignore_budget=False)


async def test_the_phases_of_a_game_day_are_tasks(world: World) -> None:
    plan = await make_plan(error_burst(), world.tools, who="me", why="")
    async with at_work(plan, world.tools) as day:
        await chaos.look_before.fn(day)
        async with under_load(day):
            await chaos.hold_baseline.fn(day)
            await chaos.inject.fn(day)
            await chaos.recover.fn(day)
        await chaos.measure.fn(day)

    evidence = world.runs.closed[0]
    assert evidence.status is Status.COMPLETED
    assert len(evidence.replicas_before) == len(evidence.replicas_after) == 3
    assert [window.objective for window in evidence.windows] == ["orders-availability"]


async def test_publish_report_reads_the_report_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[dict[str, str]] = []

    async def create(**artifact: str) -> None:
        published.append(artifact)

    monkeypatch.setattr(reporting, "acreate_markdown_artifact", create)
    (tmp_path / "report.md").write_text("# UPHELD\n\nwhy\n\n## Plan\n\n## Faults\n")
    (tmp_path / "timeline.svg").write_text("<svg/>")

    await reporting.publish_report.fn(outcome(Verdict.UPHELD, report=str(tmp_path)))

    (artifact,) = published
    assert (artifact["key"], artifact["description"]) == ("game-day-error-burst", "because")
    assert artifact["markdown"].startswith("# UPHELD\n")
    assert f"{tmp_path}/report.html" in artifact["markdown"]
    picture = "![Timeline](data:image/svg+xml;base64,PHN2Zy8+)"
    assert f"why\n\n\n{picture}\n\n## Plan\n\n## Faults\n" in artifact["markdown"]


@pytest.mark.parametrize(
    ("verdict", "status", "name", "kind"),
    [
        (Verdict.UPHELD, Status.COMPLETED, "UPHELD", StateType.COMPLETED),
        (Verdict.DEVIATED, Status.COMPLETED, "DEVIATED", StateType.FAILED),
        (Verdict.INCONCLUSIVE, Status.COMPLETED, "INCONCLUSIVE", StateType.CRASHED),
        (Verdict.INCONCLUSIVE, Status.INTERRUPTED, "INCONCLUSIVE", StateType.CRASHED),
        (Verdict.DEVIATED, Status.ABORTED, "DEVIATED", StateType.FAILED),
        (None, Status.SKIPPED, "SKIPPED", StateType.COMPLETED),
        (None, Status.REFUSED, "REFUSED", StateType.CRASHED),
    ],
)
def test_the_verdict_is_the_name_of_the_state_and_what_is_known_is_its_type(
    verdict: Verdict | None, status: Status, name: str, kind: StateType
) -> None:
    """INCONCLUSIVE was a red Failed, as DEVIATED is; nothing but a pass may be Completed."""
    state = reporting.state_of(outcome(verdict, status))

    assert (state.name, state.type) == (name, kind)


@pytest.mark.parametrize(
    ("error", "is_tried_again"),
    [
        (UnreachableError("no answer"), True),
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (StageFailedError("it cannot"), False),
        (BadInputError("wrong"), False),
        (ValueError("a defect"), False),
    ],
)
async def test_only_what_did_not_answer_is_tried_again(
    error: Exception, *, is_tried_again: bool
) -> None:
    state: State[object] = Failed(data=error)
    answer = await is_transient(rollout.apply_stage, None, state)  # type: ignore[arg-type]
    assert answer is is_tried_again


async def test_a_success_is_not_tried_again() -> None:
    assert not await is_transient(rollout.apply_stage, None, Completed(data=1))  # type: ignore[arg-type]


def outcome(
    verdict: Verdict | None, status: Status = Status.COMPLETED, report: str = ""
) -> Outcome:
    return Outcome(
        run="run",
        experiment="error-burst",
        status=status,
        verdict=verdict,
        reason="because",
        report=report,
    )
