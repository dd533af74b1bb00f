"""Every end of a game day from outside, with every part real."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ironclad.domain.evidence.outcome import ExitCode
from tests.fakes.stack.product import Product, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.prefect, pytest.mark.timeout(400)]

LONG = {"for: 10s": "for: 60s", "recovery: 20s": "recovery: 5s"}


@pytest.fixture
def experiment(product: Product) -> str:
    """A fault that outlasts every test."""
    text = Path(product.experiment).read_text()
    for short, long in LONG.items():
        text = text.replace(short, long)
    path = product.folder / "long.yaml"
    path.write_text(text)
    return str(path)


@pytest.fixture(autouse=True)
def free(product: Product) -> Iterator[None]:
    """Leave the stack as it was found: not halted, not held, fault-free."""
    yield
    product.run("halt", "off")
    product.run("disarm")
    assert wait_until(lambda: status(product)["held_by"] is None, 60) is not None


def status(product: Product) -> dict[str, object]:
    document: dict[str, object] = json.loads(product.run("status", "--json").stdout)
    return document


def armed(product: Product) -> bool:
    return wait_until(lambda: any(product.chaos().values()), seconds=90) is not None


def program(product: Product, words: str) -> psutil.Process:
    mark = str(product.folder / "state")
    for process in psutil.process_iter():
        try:
            line = " ".join(process.cmdline())
            if words in line and mark in " ".join(process.environ().values()):
                return process
        except psutil.Error:
            continue
    raise AssertionError(f"no process has {words!r} in its command")


def by_worker(product: Product, experiment: str) -> str:
    """Have the worker run it; give the flow run's id."""
    body = {
        "name": "by-worker",
        "parameters": {"experiment": experiment, "platform": "local"},
        "state": {"type": "SCHEDULED"},
    }
    found = product.ask_prefect(
        "/deployments/filter", {"flows": {"name": {"any_": ["game-day"]}}, "limit": 10}
    )
    deployment = next(each["id"] for each in found if each["name"] == "local")
    return str(product.ask_prefect(f"/deployments/{deployment}/create_flow_run", body)["id"])


def state_of(product: Product, run: str) -> str:
    found = product.ask_prefect("/flow_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
    return str(found[0]["state"]["type"])


def running(product: Product) -> list[str]:
    wanted = {
        "flows": {"name": {"any_": ["game-day"]}},
        "flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}},
    }
    return [str(each["id"]) for each in product.ask_prefect("/flow_runs/filter", wanted)]


def test_a_halt_ends_what_runs_refuses_what_is_new_and_lets_deploys_go_on(
    product: Product, experiment: str
) -> None:
    game = product.start("game-day", "run", experiment)
    assert armed(product), product.said.read_text()

    halted = product.run("halt", "on", "--why", "the sale")

    assert halted.returncode == 0, halted.stdout
    assert "everything was seen to be off after" in halted.stdout
    assert game.wait(timeout=60) == 3
    report = product.reports()[-1]
    assert (report["status"], report["verdict"]) == ("ABORTED", "INCONCLUSIVE")
    assert "the sale" in report["reason"]
    refused = product.run("game-day", "run", experiment)
    assert refused.returncode == 4
    assert "halted by" in refused.stdout
    assert product.run("up").returncode == 0
    assert "the sale" in str(status(product)["halted"])


def test_a_halt_does_not_wait_for_a_runner_that_hangs(product: Product, experiment: str) -> None:
    game = product.start("game-day", "run", experiment)
    assert armed(product), product.said.read_text()
    os.killpg(game.pid, signal.SIGSTOP)

    began = time.monotonic()
    halted = product.run("halt", "on")
    took = time.monotonic() - began
    time.sleep(25)  # it sleeps past the leases of ledger and lock
    product.run("halt", "off")
    os.killpg(game.pid, signal.SIGCONT)

    assert halted.returncode == 0, halted.stdout
    assert took < 15
    assert game.wait(timeout=60) in {2, 3}
    assert not any(product.chaos().values())


def test_another_person_in_another_shell_ends_it(product: Product, experiment: str) -> None:
    game = product.start("game-day", "run", experiment)
    assert armed(product), product.said.read_text()

    product.tools["IRONCLAD_WHO"] = "bert@elsewhere"
    try:
        asked = product.run("game-day", "abort")
    finally:
        del product.tools["IRONCLAD_WHO"]

    assert asked.returncode == 0, asked.stdout
    assert game.wait(timeout=60) == 3
    assert product.reports()[-1]["status"] == "ABORTED"
    assert "bert@elsewhere" in json.dumps(product.reports()[-1])


def test_a_killed_worker_takes_its_game_day_along_in_good_order(
    product: Product, experiment: str
) -> None:
    known = len(product.reports())
    run = by_worker(product, experiment)
    assert armed(product)

    program(product, "worker start").kill()

    assert wait_until(lambda: not any(product.chaos().values()), 15) is not None
    assert wait_until(lambda: len(product.reports()) > known, 30) is not None
    report = product.reports()[-1]
    assert report["status"] == "INTERRUPTED"
    assert "the worker that had started it is gone" in report["reason"]
    assert wait_until(lambda: state_of(product, run) == "CRASHED", 30) is not None


def test_a_terminated_worker_kills_its_game_day_and_the_nets_hold(
    product: Product, experiment: str
) -> None:
    known = len(product.reports())
    by_worker(product, experiment)
    assert armed(product)

    program(product, "worker start").terminate()

    assert wait_until(lambda: not any(product.chaos().values()), 20) is not None
    assert wait_until(lambda: len(product.reports()) > known, 60) is not None
    assert product.reports()[-1]["status"] == "INTERRUPTED"


def test_a_run_that_is_cancelled_in_the_ui_undoes_and_reports(
    product: Product, experiment: str
) -> None:
    known = len(product.reports())
    run = by_worker(product, experiment)
    assert armed(product)

    product.ask_prefect(
        f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}, "force": False}
    )

    assert wait_until(lambda: not any(product.chaos().values()), 30) is not None
    assert wait_until(lambda: len(product.reports()) > known, 30) is not None
    assert product.reports()[-1]["status"] == "INTERRUPTED"


def test_a_run_that_died_unseen_is_settled_in_prefect_by_its_lost_heartbeat(
    product: Product, experiment: str
) -> None:
    """No worker saw it die, so it would be Running for ever; the trigger runs `disarm-faults`."""
    before = set(running(product))
    game = product.start("game-day", "run", experiment)
    assert armed(product), product.said.read_text()
    (run,) = set(running(product)) - before

    os.killpg(game.pid, signal.SIGKILL)
    game.wait(timeout=10)

    assert wait_until(lambda: state_of(product, run) == "CRASHED", 240) is not None


def test_a_killed_prefect_server_neither_ends_nor_spoils_a_game_day(product: Product) -> None:
    known = len(product.reports())
    game = product.start("game-day", "run", product.experiment)
    assert armed(product), product.said.read_text()

    program(product, "tasks.prefect_server").kill()

    assert wait_until(lambda: not any(product.chaos().values()), 30) is not None
    assert wait_until(lambda: len(product.reports()) > known, 90) is not None
    report = product.reports()[-1]
    assert report["status"] == "COMPLETED", report["reason"]
    assert game.wait(timeout=90) == ExitCode[report["verdict"]], product.said.read_text()
    assert "Traceback" not in product.said.read_text()
