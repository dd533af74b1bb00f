"""The machine's Prefect server: where it listens, and that it goes without a trace."""

import asyncio
import json
import os
import socket
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from ironclad.adapters.prefect import programs
from ironclad.adapters.prefect.access import PrefectAccess
from ironclad.adapters.prefect.api import PrefectApi
from ironclad.adapters.prefect.server import FOLDER, PrefectServer
from ironclad.adapters.programs.processes import ours
from ironclad.errors import SettingsError, StateError
from ironclad.settings import Settings
from tests.fakes.stack.serving import serving
from tests.places import ROOT


def server(root: Path, port: int, **environment: str) -> PrefectServer:
    project = ROOT
    return PrefectServer(root, project=project, port=port, environment=environment)


def handed_to_the_worker(root: Path) -> dict[str, str]:
    definition = root / FOLDER / "programs" / "prefect-worker.json"
    environment: dict[str, str] = json.loads(definition.read_bytes())["environment"]
    return environment


async def test_before_the_first_start_there_is_no_address(tmp_path: Path) -> None:
    prefect = server(tmp_path, 4200)
    assert not await prefect.is_up()
    with pytest.raises(StateError, match="no Prefect server was started here yet"):
        _ = prefect.url


async def test_stopping_what_was_never_started_is_fine(tmp_path: Path) -> None:
    await server(tmp_path, 4200).stop(delete_data=True)
    assert os.listdir(tmp_path) == []  # noqa: PTH208


async def test_a_taken_port_gives_way_to_a_free_one_that_is_remembered(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        prefect = server(tmp_path, port)
        try:
            started = await prefect.ensure_server()
            assert started == ("supervisor started", "prefect-server started")
            assert prefect.url != f"http://127.0.0.1:{port}"
            url = prefect.url
            await prefect.ensure_worker()
            assert Path(handed_to_the_worker(tmp_path)["TMPDIR"]).is_relative_to(tmp_path)
        finally:
            await prefect.stop(delete_data=False)
    assert server(tmp_path, port).url == url
    assert await asyncio.to_thread(ours, tmp_path / FOLDER) == []


async def test_a_server_of_an_earlier_version_is_started_again_with_a_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It let every account of the machine in; while its flows run it stays, or they would fail."""
    prefect, definition = server(tmp_path, 4200), tmp_path / FOLDER / "programs"
    try:
        with monkeypatch.context() as earlier:
            earlier.setattr(programs, "_guarded", lambda *_: {})
            await prefect.ensure_server()
        with monkeypatch.context() as busy:
            busy.setattr(PrefectServer, "_flows", running)
            assert await prefect.ensure_server() == ()
        assert await prefect.ensure_server() == ("prefect-server restarted",)
        environment = json.loads((definition / "prefect-server.json").read_bytes())["environment"]
        assert environment["PREFECT_SERVER_API_AUTH_STRING"].startswith("ironclad:")
    finally:
        await prefect.stop(delete_data=True)


async def running(_: PrefectServer) -> list[int]:
    return [1]


async def test_a_login_is_kept_and_a_damaged_one_is_made_anew(tmp_path: Path) -> None:
    access = PrefectAccess(tmp_path)
    access.ensure_login()
    first = access.login
    access.ensure_login()
    assert access.login == first
    access.login_file.write_text("")
    access.login_file.chmod(0o644)
    access.ensure_login()
    assert access.login not in {"", first}
    assert access.login_file.stat().st_mode & 0o777 == 0o600


CLOUD = "https://api.prefect.cloud/api/accounts/a1/workspaces/w1"


def test_pages_of_prefect_cloud_are_not_where_its_api_is(tmp_path: Path) -> None:
    cloud = PrefectServer(tmp_path, project=tmp_path, existing={"PREFECT_API_URL": CLOUD})
    assert cloud.url == "https://app.prefect.cloud/account/a1/workspace/w1"


@pytest.mark.parametrize(
    ("access", "header"),
    [
        ({}, None),
        ({"PREFECT_API_KEY": "pnu_1"}, "Bearer pnu_1"),
        ({"PREFECT_API_AUTH_STRING": "a:b"}, "Basic YTpi"),
        ({"PREFECT_API_AUTH_STRING": "a:b", "PREFECT_API_KEY": "pnu_1"}, "Basic YTpi"),
    ],
)
async def test_a_server_is_asked_as_prefect_s_own_client_asks_it(
    access: dict[str, str], header: str | None
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        received = Request(scope).headers.get("Authorization")
        await JSONResponse(received)(scope, receive, send)

    with serving(app) as url:
        assert await PrefectApi({"PREFECT_API_URL": url, **access}).ask("GET", "/") == header


def test_our_own_server_s_address_in_the_environment_is_no_other_server(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / "server.json").write_text('{"port": 4711}')
    for url in ("http://127.0.0.1:4711/api", "http://localhost:4711/api/"):
        named = {"PREFECT_API_URL": url}
        assert not PrefectServer(tmp_path, project=tmp_path, existing=named).is_existing


@pytest.mark.parametrize(
    ("content", "mode", "sentence"),
    [
        ("postgresql://u:secret@h/d", 0o640, "is open to other users; run `chmod 600"),
        ("sqlite:///secret", 0o600, "does not hold one line like postgresql"),
        (None, 0o600, "cannot be read; name a file"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_sentence_without_its_password(
    tmp_path: Path, content: str | None, mode: int, sentence: str
) -> None:
    file = tmp_path / "url"
    if content is not None:
        file.write_text(content)
        file.chmod(mode)
    with pytest.raises(SettingsError, match=sentence) as refusal:
        _ = Settings(prefect_database=file).prefect_database_url
    assert "secret" not in str(refusal.value)
