"""A platform is one row: with it, everything works on a third one that lives in memory."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from pydantic import TypeAdapter, ValidationError
from typer.testing import CliRunner

from ironclad import wiring
from ironclad.cli.app import app
from ironclad.cli.terminal import completion
from ironclad.domain.evidence.outcome import Outcome, Verdict
from ironclad.domain.experiment.experiment import Experiment
from ironclad.domain.experiment.safeguards import SafeguardName
from ironclad.domain.stack.platforms import PLATFORMS, PlatformName, PlatformSpec
from ironclad.domain.stack.stack import StackRef
from ironclad.game_day.lifecycle import outcome_of
from ironclad.settings import settings
from ironclad.wiring.platforms.opener import Opener
from tasks.parameters import Platform
from tests.fakes.game_day.playing import play
from tests.fakes.memory.opener import OPENER
from tests.fakes.memory.stack import MemoryStack
from tests.places import ROOT

MEMORY = PlatformName("memory")
ROW = PlatformSpec(opener="tests.fakes.memory.opener", is_on_this_machine=True)
SECOND = timedelta(seconds=1)


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryStack]:
    monkeypatch.setenv("IRONCLAD_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("IRONCLAD_REPORTS", str(tmp_path / "reports"))
    monkeypatch.setitem(PLATFORMS, MEMORY, ROW)
    settings.cache_clear()
    ref = StackRef(MEMORY, "shop")
    monkeypatch.setitem(OPENER.up, ref, MemoryStack(ref))
    yield OPENER.up[ref]
    settings.cache_clear()


def burst() -> Experiment:
    """The first shipped experiment, shortened."""
    shipped = wiring.experiment("error-burst")
    (fault,) = shipped.faults
    return replace(
        shipped,
        phases=replace(shipped.phases, baseline=10 * SECOND, recovery=35 * SECOND),
        faults=(replace(fault, duration=15 * SECOND),),
    )


async def played(stack: MemoryStack) -> Outcome:
    async with wiring.open_toolbox(StackRef(MEMORY, "shop")) as tools:
        assert tools is stack.tools
        return outcome_of(await play(stack, burst()))


async def test_a_whole_game_day_runs_there_and_is_upheld(stack: MemoryStack) -> None:
    outcome = await played(stack)

    assert outcome.verdict is Verdict.UPHELD, outcome.reason
    steps = [line for line in stack.faults.log if "errors" in line]
    assert steps == ["arm errors backend-0", "disarm errors backend-0"]
    assert stack.armed == {}
    assert stack.ledger.kept == {}
    report = json.loads((Path(outcome.report) / "report.json").read_text())
    assert (report["platform"], report["stack"]) == ("memory", "shop")


async def test_a_service_there_that_forgets_orders_deviates(stack: MemoryStack) -> None:
    for each in stack.memory_replicas():
        each.forgets_each = 100

    outcome = await played(stack)

    assert outcome.verdict is Verdict.DEVIATED
    assert "lost" in outcome.reason


WHERE = ("--platform", "memory", "--stack", "shop")


def said(*arguments: str) -> tuple[int, str]:
    """Give what a command ends with, and its words."""
    done = CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)
    code = done.return_value if isinstance(done.return_value, int) else done.exit_code
    return code, done.stdout


COMMANDS = [
    (("status", *WHERE), 0, "monitoring  ready"),
    (("urls", *WHERE), 0, "service  http://service"),
    (("game-day", "plan", "error-burst", *WHERE), 0, "errors"),
    (("game-day", "validate", "error-burst"), 0, "nothing is wrong"),
    (("halt", "status", "--all", "--platform", "memory"), 0, "memory/shop: not halted"),
    (("freeze", "show", *WHERE), 0, "memory/shop: no freeze is kept"),
    (("chaos", "status", *WHERE), 0, "backend-2"),
]


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(("words", "code", "said_there"), COMMANDS, ids=lambda one: str(one)[:40])
def test_a_command_knows_it(words: tuple[str, ...], code: int, said_there: str) -> None:
    ended, output = said(*words)

    assert said_there in output
    assert ended == code


@pytest.mark.usefixtures("stack")
def test_a_shell_completes_its_name_its_stacks_and_their_replicas() -> None:
    at = typer.Context(typer.main.get_command(app))
    at.params = {"platform": MEMORY, "stack": "shop"}

    assert completion.platforms("m") == ["memory"]
    assert completion.stacks(at, "") == ["shop"]
    assert completion.replicas(at, "backend-0,backend-1,b")[-1] == "backend-0,backend-1,backend-2"


@pytest.mark.usefixtures("stack")
def test_prefect_gets_its_deployments_and_the_last_net_its_stacks() -> None:
    listed = wiring.listed(MEMORY).entries

    assert {each["name"] for each in listed} >= {"memory", "tear-down-memory", "halt-memory"}
    assert {each["parameters"]["platform"] for each in listed} == {"memory"}
    assert StackRef(MEMORY, "shop") in wiring.known_stacks()


@pytest.mark.usefixtures("stack")
def test_a_name_without_a_row_is_no_platform() -> None:
    with pytest.raises(ValueError, match="'mars' is no platform; there are local, kubernetes, mem"):
        StackRef(PlatformName("mars"), "shop")
    with pytest.raises(ValidationError, match="did you mean 'memory'"):
        TypeAdapter(Platform).validate_python("memori")


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_row_names_an_opener_and_safeguards_that_there_are(name: PlatformName) -> None:
    assert isinstance(wiring.opener(name), Opener)
    assert set(PLATFORMS[name].cannot_show) <= set(SafeguardName)


def test_no_one_but_its_own_files_asks_for_a_platform_by_name() -> None:
    """What was a conditional in twelve files is a field of the row, or a method of the opener."""
    compared = re.compile(r"(?:is|is not|==|!=|in) (?:LOCAL|KUBERNETES)\b|PlatformName\.")
    guilty = [
        str(path.relative_to(ROOT))
        for top in ("ironclad", "flows", "tasks")
        for path in (ROOT / top).rglob("*.py")
        if compared.search(path.read_text())
    ]
    assert guilty == []
