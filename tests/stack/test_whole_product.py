"""`ironclad demo` and what a person does after it, with every part real."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from ironclad.adapters.programs.tools import ALERTMANAGER, PROMETHEUS
from tests.fakes.stack.live_stack import forget, open_root, tool_of_this_machine
from tests.fakes.stack.product import Product, wait_until
from tests.fakes.stack.terminal import CTRL_C, Terminal, unwrapped
from tests.places import ROOT

pytestmark = [pytest.mark.stack, pytest.mark.prefect, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Demo:
    """The product after its demo, and the terminal that it ran on."""

    product: Product
    code: int
    terminal: Terminal


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    folder = open_root()
    tools = {
        f"IRONCLAD_{tool.name.upper()}": str(path)
        for tool in (PROMETHEUS, ALERTMANAGER)
        if (path := tool_of_this_machine(tool))
    }
    product = Product(folder, tools)
    try:
        words = ("demo", "--experiment", product.experiment)
        with product.terminal(*words, columns=80) as terminal:
            code = terminal.end(within_seconds=280)
        yield Demo(product, code, terminal)
    finally:
        down = product.run("down", "--all", "--delete-data")
        left = product.processes()
        forget(folder)
        assert (down.returncode, left) == (0, set()), down.stderr


def armed(demo: Demo) -> bool:
    return wait_until(lambda: any(demo.product.chaos().values()), seconds=60) is not None


def test_the_demo_ends_with_a_verdict_its_cost_and_where_to_look(demo: Demo) -> None:
    screen = demo.terminal.screen

    assert demo.code == 0, screen
    assert demo.terminal.colour("UPHELD:") == "green"
    assert "of the budget of orders-availability" in screen
    for label in ("report:", "Prefect UI:", "Prometheus:", "backend:"):
        assert f"\n{label}" in screen
    assert "\nthe stack stays up; `ironclad down" in screen


def test_on_its_terminal_every_bar_is_full_with_its_last_words_beside_it(demo: Demo) -> None:
    screen = demo.terminal.screen

    assert "Traceback" not in screen
    for phase in ("baseline", "fault", "recovery"):
        assert re.search(rf"\n +{phase} ━+ \d:\d\d:\d\d [\d,]+ sent, \d+ failed", screen), screen
    assert [step[0] for step in re.findall(r"^\d/4 .*", screen, re.MULTILINE)] == list("1234")
    assert not demo.terminal.cursor_is_hidden


def test_it_leaves_no_file_in_the_home_of_the_one_who_ran_it(demo: Demo) -> None:
    assert [path.name for path in demo.product.home.iterdir()] == []


def test_prefect_s_own_commands_are_pointed_at_the_server_and_its_folder(demo: Demo) -> None:
    config = tomllib.loads((demo.product.folder / "prefect.toml").read_text())

    assert config["api"]["url"] == demo.product.api_url
    assert Path(config["home"]).is_relative_to(demo.product.folder)


def test_its_report_keeps_to_the_schema_and_its_sources_agree(demo: Demo) -> None:
    report = demo.product.reports()[0]
    schema = json.loads((ROOT / "ironclad/report/report.schema.json").read_text())

    jsonschema.validate(report, schema)
    budget = report["budgets"][0]
    assert budget["sources"]["reconciled"]
    assert budget["sources"]["client"] == budget["sources"]["prometheus"]
    assert report["faults"][0]["undone_at"] is not None
    assert report["writes"]["lost"] == report["writes"]["duplicated"] == 0


def test_the_weekly_schedule_really_produces_runs(demo: Demo) -> None:
    """A server with a wrong SQLAlchemy registers schedules and inserts nothing, without a word."""

    def is_scheduled() -> bool:
        wanted = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
        return int(demo.product.ask_prefect("/flow_runs/count", wanted)) > 0

    assert wait_until(is_scheduled, seconds=60) is not None


def test_deploy_stack_runs_by_prefect_s_own_command_and_changes_nothing(demo: Demo) -> None:
    before = demo.product.processes()

    ended = demo.product.run(
        "deployment", "run", "deploy-stack/local", "--watch", command="prefect"
    )

    assert ended.returncode == 0, ended.stdout
    assert "Completed" in ended.stdout
    assert before <= demo.product.processes()


def test_the_report_is_an_artifact_in_prefect(demo: Demo) -> None:
    found = demo.product.ask_prefect(
        "/artifacts/filter", {"artifacts": {"key": {"any_": ["game-day-quick"]}}}
    )
    assert "UPHELD" in found[0]["data"]


def test_the_verdict_is_the_state_of_the_flow_run(demo: Demo) -> None:
    found = demo.product.ask_prefect(
        "/flow_runs/filter", {"flows": {"name": {"any_": ["game-day"]}}, "sort": "START_TIME_DESC"}
    )
    names = {run["state"]["name"] for run in found if run["state"]["type"] == "COMPLETED"}
    assert names == {"UPHELD"}


def test_faults_by_hand_reach_every_replica_and_are_taken_back(demo: Demo) -> None:
    armed = demo.product.run("chaos", "errors", "50", "--for", "1m")
    assert armed.returncode == 0, armed.stderr
    assert all(ids for ids in demo.product.chaos().values())

    assert demo.product.run("disarm").returncode == 0
    assert not any(demo.product.chaos().values())


def test_where_faults_are_disabled_a_game_day_is_refused(demo: Demo) -> None:
    demo.product.run("chaos", "disable")
    try:
        ended = demo.product.run("game-day", "run", demo.product.experiment)
    finally:
        demo.product.run("chaos", "enable")

    assert ended.returncode == 4
    assert "faults are disabled on backend-0" in ended.stdout


def test_ctrl_c_undoes_at_once_and_still_reports(demo: Demo) -> None:
    with demo.product.terminal("game-day", "run", demo.product.experiment, columns=60) as terminal:
        terminal.until(re.compile(r"^ +fault .* sent", re.MULTILINE).search)
        terminal.rest(2)  # it is armed by then
        terminal.press(CTRL_C)
        code = terminal.end()

    assert code == 2
    assert not any(demo.product.chaos().values())
    report = demo.product.reports()[-1]
    assert (report["status"], report["verdict"]) == ("INTERRUPTED", "INCONCLUSIVE")
    screen = unwrapped(terminal.screen)
    assert unwrapped("INCONCLUSIVE: the game day was interrupted: the runner had to") in screen
    assert unwrapped("during the fault; errors was armed on backend-0, and was seen") in screen
    assert f"{report['id']}/report.html" in screen
    assert terminal.colour("INCONCLUSIVE:") == "brown"  # pyte's name of yellow


def test_ctrl_c_in_the_baseline_does_not_speak_of_a_fault(demo: Demo) -> None:
    """It said that the fault was taken back, though none was armed, and named no report."""
    with demo.product.terminal("game-day", "run", demo.product.experiment) as terminal:
        terminal.until("baseline ")
        terminal.press(CTRL_C)
        code = terminal.end()

    screen = unwrapped(terminal.screen)
    assert code == 2
    assert unwrapped("during the baseline; no fault was armed") in screen
    assert f"{demo.product.reports()[-1]['id']}/report.html" in screen


def test_a_killed_runner_leaves_no_fault_and_the_janitor_reports(demo: Demo) -> None:
    known = len(demo.product.reports())
    game = demo.product.start("game-day", "run", demo.product.experiment)
    assert armed(demo), demo.product.said.read_text()

    game.kill()
    game.wait(timeout=10)

    took = wait_until(lambda: not any(demo.product.chaos().values()), seconds=15)
    assert took is not None
    assert took < 10
    assert wait_until(lambda: len(demo.product.reports()) > known, seconds=60) is not None
    report = demo.product.reports()[-1]
    assert (report["status"], report["verdict"]) == ("INTERRUPTED", "INCONCLUSIVE")


def test_after_a_killed_runner_the_stack_can_be_held_again(demo: Demo) -> None:
    def is_free() -> bool:
        status = json.loads(demo.product.run("status", "--json").stdout)
        return status["held_by"] is None

    assert wait_until(is_free, seconds=30) is not None
    assert demo.product.run("game-day", "plan", demo.product.experiment).returncode == 0


def test_the_history_knows_them_all_newest_first(demo: Demo) -> None:
    rows = json.loads(demo.product.run("game-day", "history", "--json").stdout)["runs"]

    assert [row["status"] for row in rows] == [*["INTERRUPTED"] * 3, "REFUSED", "COMPLETED"]
    assert rows[-1]["verdict"] == "UPHELD"


def test_a_stage_that_cannot_come_up_is_reported_in_one_sentence(demo: Demo) -> None:
    ended = demo.product.run("up", "--stack", "unborn", "--stage", "postgres")

    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].endswith("is not there; apply the stage secret first")
    assert "Traceback" not in ended.stderr
    assert "exception" not in ended.stderr


def test_up_on_the_running_stack_restarts_nothing(demo: Demo) -> None:
    before = demo.product.processes()

    assert demo.product.run("up").returncode == 0

    assert before == demo.product.processes()
