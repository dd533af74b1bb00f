"""A Prefect server that others run: Ironclad registers there, and runs only its worker here."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from ironclad.adapters.prefect.pool import CLOSED
from ironclad.adapters.prefect.server import PrefectServer
from ironclad.domain.stack.readiness import Condition
from ironclad.errors import StateError
from tests.fakes.stack.live_stack import forget, open_root
from tests.fakes.stack.product import Product, free_port, wait_until
from tests.places import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.prefect, pytest.mark.timeout(600)]

LOGIN = "team:of-the-other-server"


@dataclass(frozen=True)
class Other:
    """A server as Prefect's own command starts one, with a login of its own."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def access(self) -> dict[str, str]:
        return {"PREFECT_API_URL": f"{self.url}/api", "PREFECT_API_AUTH_STRING": LOGIN}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        user, _, password = LOGIN.partition(":")
        url = f"{self.url}/api{path}"
        answer = httpx.request(method, url, json=body, auth=(user, password), timeout=20)
        while answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:  # its SQLite has one writer
            answer = httpx.request(method, url, json=body, auth=(user, password), timeout=20)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/health", timeout=5).is_success
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Other]:
    server = Other(free_port())
    log = tmp_path_factory.mktemp("other") / "log"
    command = ("-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port")
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - Prefect's own command
            [sys.executable, *command, str(server.port)],
            env={
                "PATH": os.environ["PATH"],
                "PREFECT_HOME": str(log.parent / "home"),
                "PREFECT_SERVER_API_AUTH_STRING": LOGIN,
                "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
                "DO_NOT_TRACK": "1",
            },
            stdout=said,
            stderr=said,
        )
    try:
        assert wait_until(server.answers, 150) is not None, log.read_text()[-2000:]
        yield server
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def here(other: Other) -> Iterator[Product]:
    folder = open_root()
    product = Product(folder, tools={}, settings=other.access)
    try:
        ended = product.run("prefect", "up")
        assert (ended.returncode, ended.stdout.split()) == (0, ["Prefect", "UI:", other.url])
        yield product
    finally:
        product.run("down", "--all", "--delete-data")
        left = product.processes()
        forget(folder)
        assert left == set()


def seen_from(here: Product, existing: dict[str, str] | None) -> PrefectServer:
    state = Path(here.environment["IRONCLAD_STATE"])
    return PrefectServer(state, project=ROOT, existing=existing)


def test_a_run_that_is_asked_for_there_is_done_here(here: Product, other: Other) -> None:
    deployed = {
        "flows": {"name": {"any_": ["disarm-faults"]}},
        "deployments": {"tags": {"all_": ["local"]}},
    }
    (found, *_) = other.ask("POST", "/deployments/filter", deployed)
    run = other.ask("POST", f"/deployments/{found['id']}/create_flow_run", {})["id"]

    def is_done() -> bool:
        return bool(other.ask("GET", f"/flow_runs/{run}")["state_type"] == "COMPLETED")

    assert wait_until(is_done, 120) is not None
    assert [each for each in here.processes() if "prefect worker start" in each]
    assert not [each for each in here.processes() if "tasks.prefect_server" in each]


def test_a_shell_that_does_not_name_it_uses_it_too(here: Product, other: Other) -> None:
    """Else the worker would serve whatever server the last shell happened to name."""
    assert seen_from(here, None).url == other.url
    ended = replace(here, settings={}).run("prefect", "up")
    assert (ended.returncode, ended.stdout.split()[-1]) == (0, other.url)


def test_an_empty_address_means_a_server_of_our_own_again(here: Product) -> None:
    assert not seen_from(here, {"PREFECT_API_URL": ""}).is_existing


def test_a_wrong_login_is_said_at_once_with_what_would_be_right(
    here: Product, other: Other
) -> None:
    wrong = other.access | {"PREFECT_API_AUTH_STRING": "team:guessed"}

    answer = asyncio.run(seen_from(here, wrong).server_readiness())

    assert answer.condition is Condition.FAILED
    assert "HTTP 401" in answer.message
    assert "set PREFECT_API_KEY or PREFECT_API_AUTH_STRING to what opens it" in answer.message


def test_another_machine_s_worker_is_refused(here: Product, other: Other) -> None:
    """A game day that is asked for could begin there, at another stack of the same name."""
    workers = "/work_pools/local-process/workers"
    other.ask("POST", f"{workers}/heartbeat", {"name": "elsewhere"})
    try:
        with pytest.raises(StateError, match="the worker elsewhere serves the pool"):
            asyncio.run(seen_from(here, other.access).ensure_pool())
    finally:
        other.ask("DELETE", f"{workers}/elsewhere")


def test_a_stranger_s_pool_is_left_alone(here: Product, other: Other) -> None:
    pool = "/work_pools/local-process"
    ours = other.ask("GET", pool)["description"]
    other.ask("PATCH", pool, {"description": "of another team"})
    try:
        with pytest.raises(StateError, match="a work pool local-process that Ironclad did not"):
            asyncio.run(seen_from(here, other.access).ensure_pool())
    finally:
        other.ask("PATCH", pool, {"description": ours})


def test_a_pool_for_a_cluster_s_workers_is_made_closed(other: Other, here: Product) -> None:
    registered = replace(here, settings=other.access).run("prefect", "register", "cluster")
    assert registered.returncode == 0, registered.stderr
    template = other.ask("GET", "/work_pools/cluster")["base_job_template"]
    assert template["variables"] == CLOSED["variables"]
    assert set(template["job_configuration"]) == set(CLOSED["job_configuration"])


def test_a_login_that_is_missing_for_a_cluster_s_pool_is_one_sentence(
    other: Other, here: Product
) -> None:
    """The worker's init container ended in a traceback of eighty lines, seen in a real cluster."""
    stranger = replace(here, settings={"PREFECT_API_URL": f"{other.url}/api"})
    refused = stranger.run("prefect", "register", "cluster")
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr
    assert f"the Prefect server at {other.url}/api does not know who asks" in refused.stderr
    assert "PREFECT_API_AUTH_STRING" in refused.stderr
    assert "the Secret prefect-secret" in refused.stderr
