"""The machine's Prefect server and worker, and what is registered there."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from ironclad.adapters.files.atomic import write_atomically
from ironclad.adapters.prefect.programs import SERVER, WORKER
from ironclad.adapters.prefect.server import PrefectServer
from ironclad.clock import SystemClock
from ironclad.errors import WaitTimeoutError
from ironclad.settings import PROJECT, existing_prefect, passed_on, settings
from ironclad.slowness import Patience
from ironclad.waiting import until_ready
from ironclad.wiring.clusters import FILE
from ironclad.wiring.turns import prefect_to_oneself

log = logging.getLogger("ironclad")

EXISTING_WITHIN = timedelta(seconds=15)
SERVER_WITHIN = timedelta(minutes=3)
WORKER_WITHIN = timedelta(minutes=2)


def server() -> PrefectServer:
    chosen = settings()
    clusters = {"IRONCLAD_CLUSTERS": str((chosen.state / FILE).absolute())}
    return PrefectServer(
        chosen.state,
        project=PROJECT,
        port=chosen.prefect_port,
        environment=passed_on() | clusters,
        existing=existing_prefect(),
        database=chosen.prefect_database_url,
    )


async def ensure_prefect() -> None:
    """Have the server and its worker up and answering; changes nothing when they are."""
    async with prefect_to_oneself():
        await _ensure(server(), SystemClock())


async def _ensure(prefect: PrefectServer, clock: SystemClock) -> None:
    await prefect.ensure_server()
    with _naming_the_server(prefect) if prefect.is_existing else _last_words_of(prefect, SERVER):
        await until_ready(
            "the Prefect server",
            prefect.server_readiness,
            deadline=EXISTING_WITHIN if prefect.is_existing else Patience(SERVER_WITHIN),
            clock=clock,
        )
    await prefect.ensure_pool()
    await prefect.ensure_worker()
    with _last_words_of(prefect, WORKER):
        await until_ready(
            "the Prefect worker",
            prefect.worker_readiness,
            deadline=Patience(WORKER_WITHIN),
            clock=clock,
        )
    if not prefect.is_existing:
        _point_prefect_s_own_commands(prefect)


@contextmanager
def _naming_the_server(prefect: PrefectServer) -> Iterator[None]:
    try:
        yield
    except WaitTimeoutError as error:
        raise WaitTimeoutError(
            f"{error}; start the server at {prefect.api_url}, or run it again with an empty"
            " PREFECT_API_URL for one that Ironclad starts"
        ) from error


@contextmanager
def _last_words_of(prefect: PrefectServer, program: str) -> Iterator[None]:
    """One that dies and is started again, over and over, tells why in its log alone."""
    try:
        yield
    except WaitTimeoutError as error:
        raise WaitTimeoutError(f"{error}; its log ends: {prefect.last_words(program)}") from error


async def stop_prefect(*, delete_data: bool) -> None:
    async with prefect_to_oneself():
        await server().stop(delete_data=delete_data)
    settings().prefect_profile.unlink(missing_ok=True)


async def prefect_url() -> str | None:
    """Give the address of its pages while it is up."""
    prefect = server()
    return prefect.url if await prefect.is_up() else None


async def prefect_login() -> Path | None:
    """Name the file that holds what its pages ask for, while our own server is up."""
    prefect = server()
    return prefect.login_file if await prefect.is_up() else None


async def prefect_environment() -> dict[str, str]:
    """Give what points Prefect at our server while it is up, and keeps its files beside it."""
    prefect = server()
    if await prefect.is_up():
        return prefect.client_environment
    for silent in await prefect.stopped():
        log.warning("%s; a temporary Prefect server records what runs until then", silent)
    return {}


def _point_prefect_s_own_commands(prefect: PrefectServer) -> None:
    """In a checkout alone: the folder of an installed package is not ours to write to."""
    if not (PROJECT / "prefect.yaml").exists():
        return
    write_atomically(settings().prefect_profile, _profile(prefect).encode())


def _profile(prefect: PrefectServer) -> str:
    """A JSON string is a TOML string as well."""
    environment = prefect.client_environment
    home, url, login = (
        json.dumps(environment[name])
        for name in ("PREFECT_HOME", "PREFECT_API_URL", "PREFECT_API_AUTH_STRING")
    )
    return f"home = {home}\n[api]\nurl = {url}\nauth_string = {login}\n"
