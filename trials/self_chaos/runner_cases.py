"""What runs the game day breaks: the runner, its disk, the generator, Prefect, the ledger."""

import asyncio
import json
import os
import resource
import signal
import sqlite3
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import psutil

from trials.harness import programs
from trials.self_chaos.case import Case
from trials.self_chaos.scene import Scene

LAPSES_SECONDS = 12.0
"""Longer than a fault's lease, shorter than an entry's."""
BLINK_SECONDS = 1.0
HANG_SECONDS = 6.0
FOREIGN = "foreign.json"
FILLER = "filler"
DISK_BYTES = 4 * 2**20


def _runner_hangs(seconds: float) -> Callable[[Scene], Awaitable[None]]:
    async def act(scene: Scene) -> None:
        await scene.pause([scene.runners_pid], seconds)

    return act


async def _out_of_memory(scene: Scene) -> None:
    """Not a byte more than it has: what it asks for next it does not get."""
    runner = psutil.Process(scene.runners_pid)
    size = runner.memory_info().vms
    runner.rlimit(resource.RLIMIT_AS, (size, size))


async def _out_of_files(scene: Scene) -> None:
    runner = psutil.Process(scene.runners_pid)
    runner.rlimit(resource.RLIMIT_NOFILE, (runner.num_fds(), runner.num_fds()))


async def _small_disk(scene: Scene) -> None:
    """Put the reports on a disk of their own; what was there is hidden meanwhile."""
    mount = ("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0755", "tmpfs")
    subprocess.run([*mount, str(scene.stand.reports)], check=True)  # noqa: ASYNC221, S603


async def _fill_disk(scene: Scene) -> None:
    with (scene.stand.reports / FILLER).open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(DISK_BYTES // 64)):
            pass


async def _free_disk(scene: Scene) -> None:
    (scene.stand.reports / FILLER).unlink(missing_ok=True)


async def _no_small_disk(scene: Scene) -> None:
    subprocess.run(["umount", "--lazy", str(scene.stand.reports)], check=False)  # noqa: ASYNC221, S603, S607


async def _killed_by_the_kernel(scene: Scene) -> None:
    scene.signal_runner(signal.SIGKILL)


async def _generator_killed(scene: Scene) -> None:
    programs.send(signal.SIGKILL, programs.generators(scene.stand.state))


async def _generator_hangs(scene: Scene) -> None:
    await scene.pause(programs.generators(scene.stand.state), HANG_SECONDS)


def _server(scene: Scene) -> list[int]:
    found = programs.program(scene.stand.prefect_folder, "tasks.prefect_server")
    return programs.tree(found) if found else []


async def _prefect_killed(scene: Scene) -> None:
    programs.send(signal.SIGKILL, _server(scene))


async def _prefect_hangs(scene: Scene) -> None:
    await scene.pause(_server(scene), HANG_SECONDS)


async def _prefect_away(scene: Scene) -> None:
    """Killed, and its supervisor kept from starting it again."""
    programs.send(signal.SIGSTOP, [_prefects_supervisor(scene)])
    await _prefect_killed(scene)


async def _prefect_back(scene: Scene) -> None:
    programs.send(signal.SIGCONT, [_prefects_supervisor(scene)])
    await scene.stand.prefect_is_back()


def _prefects_supervisor(scene: Scene) -> int:
    return int((scene.stand.prefect_folder / "supervisord.pid").read_text(encoding="ascii"))


async def _prefect_locked(scene: Scene) -> None:
    """Hold its database for writing, as a back-up does."""
    (path, *_) = scene.stand.prefect_folder.rglob("prefect.db")
    connection = sqlite3.connect(path, timeout=5)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        await asyncio.sleep(HANG_SECONDS)
    finally:
        connection.rollback()
        connection.close()


def _foreign(scene: Scene) -> Path:
    return scene.stand.platform.folder.ledger / FOREIGN


async def _ledger_torn(scene: Scene) -> None:
    _foreign(scene).write_text('{"id": "torn', encoding="utf-8")


async def _ledger_of_another_version(scene: Scene) -> None:
    entry = {"version": 99, "id": "foreign", "run": "foreign", "action": "undo-what-is-not-known"}
    _foreign(scene).write_text(json.dumps(entry), encoding="utf-8")


async def _ledger_mended(scene: Scene) -> None:
    _foreign(scene).unlink(missing_ok=True)


async def _second_runner(scene: Scene) -> None:
    """Another one, of whatever version, on the same stack: the lock is theirs in common."""
    other = await scene.stand.ironclad("game-day", "run", "error-burst", "--ignore-budget")
    if other.returncode != REFUSED:
        raise RuntimeError(f"a second game day was not refused: exit code {other.returncode}")


REFUSED = 4

DISK_FULL = Case(
    name="disk of the reports full",
    before=_small_disk,
    act=_fill_disk,
    mend=_free_disk,
    clear=_no_small_disk,
)
"""Only root may mount a disk that is small enough to be filled."""

CASES = (
    Case(name="runner stopped for 1 s by SIGSTOP, then SIGCONT", act=_runner_hangs(BLINK_SECONDS)),
    Case(name="runner stopped beyond the fault's lease", act=_runner_hangs(LAPSES_SECONDS)),
    Case(name="runner out of memory: no allocation succeeds", act=_out_of_memory),
    Case(name="runner out of memory: killed by the kernel", act=_killed_by_the_kernel),
    Case(name="runner out of file descriptors", act=_out_of_files),
    *([DISK_FULL] if os.geteuid() == 0 else []),
    Case(name="generator killed", act=_generator_killed),
    Case(name="generator stopped by SIGSTOP, then SIGCONT", act=_generator_hangs),
    Case(
        name="Prefect server killed and restarted mid-run", act=_prefect_killed, mend=_prefect_back
    ),
    Case(name="Prefect server away for the rest of the run", act=_prefect_away, mend=_prefect_back),
    Case(name="Prefect server away from the start", before=_prefect_away, mend=_prefect_back),
    Case(name="Prefect server hangs mid-run", act=_prefect_hangs, mend=_prefect_back),
    Case(name="Prefect's database locked", act=_prefect_locked, mend=_prefect_back),
    Case(name="ledger damaged", act=_ledger_torn, mend=_ledger_mended, spoils_ledger=True),
    Case(
        name="two versions: an undo entry that this one does not know",
        act=_ledger_of_another_version,
        mend=_ledger_mended,
        spoils_ledger=True,
    ),
    Case(name="two runners at once", act=_second_runner),
)
