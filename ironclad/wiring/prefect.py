"""The machine's Prefect server and worker, and what is registered there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from ironclad.adapters.prefect_server import SERVER, WORKER, PrefectServer
from ironclad.clock import SystemClock
from ironclad.errors import StateError, WaitTimeoutError
from ironclad.settings import PROJECT, passed_on, settings
from ironclad.slowness import Patience
from ironclad.waiting import until_ready
from ironclad.wiring.clusters import FILE
from ironclad.wiring.turns import prefect_to_oneself

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
    )


async def ensure_prefect() -> None:
    """Have the server and its worker up and answering; changes nothing when they are."""
    async with prefect_to_oneself():
        await _ensure(server(), SystemClock())


async def _ensure(prefect: PrefectServer, clock: SystemClock) -> None:
    await prefect.ensure_server()
    with _last_words_of(prefect, SERVER):
        await until_ready(
            "the Prefect server",
            prefect.server_readiness,
            deadline=Patience(SERVER_WITHIN),
            clock=clock,
        )
    await prefect.ensure_worker()
    with _last_words_of(prefect, WORKER):
        await until_ready(
            "the Prefect worker",
            prefect.worker_readiness,
            deadline=Patience(WORKER_WITHIN),
            clock=clock,
        )
    _point_prefect_s_own_commands(prefect)


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


async def prefect_environment() -> dict[str, str]:
    """Give what points Prefect at our server while it is up, and keeps its files beside it."""
    prefect = server()
    return prefect.client_environment if await prefect.is_up() else {}


def _point_prefect_s_own_commands(prefect: PrefectServer) -> None:
    """In a checkout alone: the folder of an installed package is not ours to write to."""
    if not (PROJECT / "prefect.yaml").exists():
        return
    profile = settings().prefect_profile
    try:
        profile.write_text(_profile(prefect), encoding="utf-8")
    except OSError as error:
        raise StateError(f"{profile} cannot be written: {error.strerror}") from error


def _profile(prefect: PrefectServer) -> str:
    """A JSON string is a TOML string as well."""
    told = prefect.client_environment
    home, url = json.dumps(told["PREFECT_HOME"]), json.dumps(told["PREFECT_API_URL"])
    return f"home = {home}\n[api]\nurl = {url}\n"
