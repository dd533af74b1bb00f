"""The machine's Prefect server: where it listens, and that it goes without a trace."""

import asyncio
import json
import os
import socket
from pathlib import Path

import pytest

from ironclad.adapters._processes import ours
from ironclad.adapters.prefect_server import FOLDER, PrefectServer
from ironclad.errors import StateError


def server(root: Path, port: int, **environment: str) -> PrefectServer:
    project = Path(__file__).parents[2]
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
