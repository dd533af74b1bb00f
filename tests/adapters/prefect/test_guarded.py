"""The Prefect server that `ironclad prefect up` starts, tried by those whom it must not obey.

Before, any account of the machine and any page in a browser could run commands as the owner of the
stack. There was no login, and a run chose command and environment of its process. Its database is a
PostgreSQL here; the default one is tried with the whole product.
"""

import asyncio
import json
import os
import pwd
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import websockets
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from ironclad.adapters.programs.socket_folder import run_folder
from tests.backend.postgres_server import PostgresServer
from tests.fakes.stack.live_stack import forget, open_root
from tests.fakes.stack.product import Product, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.prefect, pytest.mark.timeout(600)]

SOCKETS = Path("/tmp")  # noqa: S108 - where the product has them
PASSWORD = "only-in-a-closed-file"
SCHEDULED = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
OPEN = {
    "job_configuration": {"command": "{{ command }}"},
    "variables": {"type": "object", "properties": {"command": {"type": "string"}}},
}
"""A pool as Prefect makes one, and as an earlier version left it."""


@pytest.fixture(scope="module")
def database() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        server.psql("postgres", f"CREATE ROLE prefect LOGIN PASSWORD '{PASSWORD}'")
        server.psql("postgres", "CREATE DATABASE prefect OWNER prefect")
        yield server


@pytest.fixture(scope="module")
def prefect(database: PostgresServer) -> Iterator[Product]:
    folder = open_root()
    url = folder / "database-url"
    url.write_text(f"postgresql://prefect:{PASSWORD}@127.0.0.1:{database.port}/prefect\n")
    url.chmod(0o600)
    product = Product(folder, tools={}, settings={"IRONCLAD_PREFECT_DATABASE": str(url)})
    try:
        ended = product.run("prefect", "up")
        assert ended.returncode == 0, ended.stderr
        yield product
    finally:
        product.run("down", "--all", "--delete-data")
        left = product.processes()
        forget(folder)
        assert left == set()


@pytest.fixture(scope="module")
def again(prefect: Product) -> str:
    """Its pool is opened by hand; give what a second `prefect up` prints."""
    user, _, password = prefect.login.partition(":")
    pool = f"{prefect.api_url}/work_pools/local-process"
    opened = httpx.patch(pool, json={"base_job_template": OPEN}, auth=(user, password))
    assert opened.status_code == 204
    ended = prefect.run("prefect", "up")
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture
def api(prefect: Product) -> Iterator[httpx.Client]:
    user, _, password = prefect.login.partition(":")
    with httpx.Client(base_url=prefect.api_url, auth=(user, password), timeout=20) as client:
        yield client


def files_of(prefect: Product) -> list[Path]:
    return [path for path in (prefect.folder / "state" / "_prefect").rglob("*") if path.is_file()]


def ours(prefect: Product) -> list[psutil.Process]:
    found = (int(each.split()[0]) for each in prefect.processes())
    return [psutil.Process(pid) for pid in found]


def deployment(api: httpx.Client, flow: str) -> dict[str, Any]:
    wanted = {
        "flows": {"name": {"any_": [flow]}},
        "deployments": {"tags": {"all_": ["local"]}},
    }
    found = api.post("/deployments/filter", json=wanted).json()
    return dict(found[0])


def as_another_user(attempt: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Give what an account without any rights of ours comes to, in a process of its own."""
    account = pwd.getpwnam("nobody")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
            os.write(write, json.dumps(attempt()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as said:
        found: dict[str, Any] = json.loads(said.read() or b"{}")
    os.waitpid(child, 0)
    return found


def opened(path: Path) -> str | None:
    try:
        path.open("rb").close()
    except OSError as error:
        return error.strerror
    return "opened"


def connected(path: Path) -> str | None:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError as error:
            return error.strerror
    return "connected"


def asked(method: str, url: str) -> int:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, b"{}", headers, method=method)  # noqa: S310 - our own
    try:
        return int(urllib.request.urlopen(request, timeout=20).status)  # noqa: S310
    except urllib.error.HTTPError as error:
        return error.code


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.mark.fresh
def test_a_schedule_has_runs_to_come(prefect: Product) -> None:
    """Prefect 3.8.8 with SQLAlchemy 2.1 starts, takes schedules and never inserts a run."""

    def are_there() -> bool:
        return bool(prefect.ask_prefect("/flow_runs/count", SCHEDULED))

    assert wait_until(are_there, 60) is not None


def test_its_database_is_the_one_that_a_file_names(
    prefect: Product, database: PostgresServer
) -> None:
    assert int(database.psql("prefect", "SELECT count(*) FROM deployment")) > 0
    assert not list(prefect.folder.rglob("prefect.db"))
    assert PASSWORD not in command_lines()


@needs_root
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_another_user_gets_no_answer_no_file_and_no_supervisor(
    prefect: Product, api: httpx.Client
) -> None:
    url, run = prefect.api_url, deployment(api, "disarm-faults")["id"]
    requests = [
        ("POST", f"{url}/deployments/{run}/create_flow_run"),
        ("POST", f"{url}/deployments/"),
        ("POST", f"{url}/flow_runs/"),
        ("PATCH", f"{url}/work_pools/local-process"),
        ("POST", f"{url}/work_pools/filter"),
        ("GET", f"{url}/admin/settings"),
    ]
    environments = [Path(f"/proc/{process.pid}/environ") for process in ours(prefect)]
    secrets = [prefect.folder / "prefect.toml", prefect.folder / "database-url"]
    (rpc,) = run_folder(SOCKETS, prefect.folder / "state" / "_prefect").glob("*.sock")
    paths = [*files_of(prefect), *environments, *secrets]

    found = as_another_user(
        lambda: {
            "opened": [opened(path) for path in paths],
            "connected": [connected(rpc)],
            "asked": [asked(*each) for each in requests],
        }
    )

    assert len(environments) >= 3
    assert set(found["opened"] + found["connected"]) == {"Permission denied"}
    assert set(found["asked"]) == {401}


def command_lines() -> str:
    return "\n".join(
        " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])
    )


def test_the_login_is_in_no_process_list_no_log_and_nothing_printed(
    prefect: Product, again: str
) -> None:
    secret = prefect.login.partition(":")[2]
    logs = [path.read_text(errors="replace") for path in files_of(prefect) if path.suffix == ".log"]

    assert str(prefect.folder / "state" / "_prefect" / "login") in again
    assert logs
    assert not [text for text in (*logs, again, command_lines()) if secret in text]


@pytest.mark.parametrize(
    ("host", "status"), [("127.0.0.1", 200), ("localhost:4200", 200), ("rebound.example", 400)]
)
def test_only_a_name_of_this_machine_is_answered(api: httpx.Client, host: str, status: int) -> None:
    """A page whose name leads to 127.0.0.1 is of that name's origin."""
    assert api.get("/health", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_pages_of_its_own_may_ask_it(prefect: Product, api: httpx.Client, host: str) -> None:
    origin = f"http://{host}:{prefect.prefect_port}"
    assert preflight(api, origin).headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "http://127.0.0.1:1", "null"])
def test_pages_of_other_origins_may_not(api: httpx.Client, origin: str) -> None:
    answer = preflight(api, origin)
    assert answer.status_code == 400
    assert "Access-Control-Allow-Origin" not in answer.headers


def preflight(api: httpx.Client, origin: str) -> httpx.Response:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    return api.options("/flow_runs/", headers=asked)


@pytest.mark.parametrize("path", ["events/in", "events/out", "logs/out"])
def test_a_socket_without_the_login_is_closed(prefect: Product, path: str) -> None:
    async def asked(**options: Any) -> str:
        url = f"{prefect.api_url.replace('http', 'ws')}/{path}"
        try:
            async with websockets.connect(url, proxy=None, **options) as channel:
                await channel.send(json.dumps({"type": "auth", "token": "guessed"}))
                return str(await channel.recv())
        except (ConnectionClosed, InvalidHandshake):
            return "closed"

    assert asyncio.run(asked(subprotocols=["prefect"])) == "closed"
    assert asyncio.run(asked()) == "closed"


@pytest.mark.usefixtures("again")
def test_a_pool_that_was_opened_is_closed_again(api: httpx.Client) -> None:
    template = api.get("/work_pools/local-process").json()["base_job_template"]
    assert template["variables"]["additionalProperties"] is False
    assert set(template["job_configuration"]) == {"stream_output"}


@pytest.mark.usefixtures("again")
def test_a_run_cannot_choose_anything_of_its_process(
    prefect: Product, api: httpx.Client, tmp_path: Path
) -> None:
    """Prefect refuses such a choice for a deployment's run; for a run made bare it takes it."""
    found, mark = deployment(api, "disarm-faults"), tmp_path / "chosen"
    choices: dict[str, Any] = {
        "command": f"touch {mark}",
        "env": {"LD_PRELOAD": f"{mark}.so"},
        "env.PYTHONPATH": str(mark),
        "working_dir": str(mark),
    }
    for name, value in choices.items():
        wanted = {"job_variables": {name: value}}
        refused = api.post(f"/deployments/{found['id']}/create_flow_run", json=wanted)
        assert "Additional properties are not allowed" in refused.json()["detail"]
    run = bare_run(api, found, {"job_variables": choices})

    ended = wait_until(lambda: state_of(api, run) == "COMPLETED", 120)

    log = (prefect.folder / "state" / "_prefect" / "logs" / "prefect-worker.log").read_text()
    assert ended is not None, log[-3000:]
    assert not mark.exists()
    assert str(mark) not in log


def bare_run(api: httpx.Client, found: dict[str, Any], wanted: dict[str, Any]) -> str:
    bare = {
        "flow_id": found["flow_id"],
        "deployment_id": found["id"],
        "work_pool_name": "local-process",
        "state": {"type": "SCHEDULED"},
    }
    answer = api.post("/flow_runs/", json=bare | wanted)
    assert answer.status_code == 201
    return str(answer.json()["id"])


def state_of(api: httpx.Client, run: str) -> str:
    return str(api.get(f"/flow_runs/{run}").json()["state_type"])
