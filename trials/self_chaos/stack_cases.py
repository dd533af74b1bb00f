"""What is broken on purpose breaks elsewhere as well: database, balancer, replicas, supervisor."""

import asyncio
from contextlib import suppress

import asyncpg
import psutil

from trials.self_chaos.case import Case
from trials.self_chaos.scene import Scene

HANG_SECONDS = 4.0
TARGET_HANGS_SECONDS = 9.0
"""Longer than a fault's lease."""


async def _hanging_database(scene: Scene) -> None:
    await scene.pause(await scene.pids_of("postgres"), HANG_SECONDS)


async def _killed_database(scene: Scene) -> None:
    await scene.kill("postgres")


async def _locked_orders(scene: Scene) -> None:
    """Lock the table as a careless migration does, with the backend's own access."""
    pid = await scene.supervisor.process_of("backend-0")
    env = psutil.Process(pid).environ()
    with open(env["BACKEND_DATABASE_PASSWORD_FILE"], encoding="utf-8") as file:  # noqa: ASYNC230, PTH123
        password = file.read().strip()
    connection = await asyncpg.connect(env["BACKEND_DATABASE_URL"], password=password)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
            await asyncio.sleep(HANG_SECONDS)
    finally:
        with suppress(asyncpg.PostgresError):
            await connection.close()


async def _hanging_balancer(scene: Scene) -> None:
    await scene.pause(await scene.pids_of("caddy"), HANG_SECONDS)


async def _killed_balancer(scene: Scene) -> None:
    await scene.kill("caddy")


async def _hanging_target(scene: Scene) -> None:
    await scene.pause(await scene.pids_of("backend-0"), TARGET_HANGS_SECONDS)


async def _killed_target(scene: Scene) -> None:
    await scene.kill("backend-0")


async def _hanging_supervisor(scene: Scene) -> None:
    pid = await scene.supervisor.pid()
    await scene.pause([] if pid is None else [pid], HANG_SECONDS)


async def _other_token(scene: Scene) -> None:
    """Rotate the chaos token under the runner, and take that back."""
    path = scene.stand.platform.folder.chaos_token
    kept = path.read_text(encoding="ascii")
    path.write_text("rotated" + kept, encoding="ascii")
    await asyncio.sleep(HANG_SECONDS)
    path.write_text(kept, encoding="ascii")


CASES = (
    Case(name="database stopped by SIGSTOP, then SIGCONT", act=_hanging_database),
    Case(name="database killed", act=_killed_database),
    Case(name="database locked: the table of orders", act=_locked_orders),
    Case(name="balancer stopped by SIGSTOP, then SIGCONT", act=_hanging_balancer),
    Case(name="balancer killed", act=_killed_balancer),
    Case(name="the target stopped for longer than the lease", act=_hanging_target),
    Case(name="the target killed", act=_killed_target),
    Case(name="supervisor stopped by SIGSTOP, then SIGCONT", act=_hanging_supervisor),
    Case(name="chaos token rotated under the runner", act=_other_token),
)
