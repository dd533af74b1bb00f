"""Many processes that want the same lock at the same moment."""

import asyncio
import multiprocessing
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from ironclad.adapters.files.lock import FileLock
from ironclad.errors import BusyError

_SECONDS = 60


def contest(folder: Path, contestants: int) -> list[str]:
    """Give each one's answer, `held` or `busy`; the holder waits for all the others."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", __name__])  # pytest itself, once for all
    start, end = context.Barrier(contestants), context.Barrier(contestants)
    ours, theirs = context.Pipe()
    processes = [
        context.Process(target=_take_part, args=(folder, f"run-{n}", start, end, theirs))
        for n in range(contestants)
    ]
    for process in processes:
        process.start()
    answers = [ours.recv() for _ in processes if ours.poll(_SECONDS)]
    for process in processes:
        process.join(_SECONDS)
        process.close()
    return answers


def _take_part(folder: Path, run: str, start: Barrier, end: Barrier, answers: Connection) -> None:
    asyncio.run(_try(FileLock(folder), run, start, end, answers))


async def _try(lock: FileLock, run: str, start: Barrier, end: Barrier, answers: Connection) -> None:
    start.wait(_SECONDS)
    try:
        async with lock.held(run, "contest", "tester"):
            answers.send("held")
            await asyncio.to_thread(end.wait, _SECONDS)
    except BusyError:
        answers.send("busy")
        end.wait(_SECONDS)
