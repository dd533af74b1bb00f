"""How each way of ending is brought about. Each returns when it is done to the game day."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from trials.harness import programs
from trials.harness.runners import Runner
from trials.harness.stand import Stand
from trials.harness.trail import Trail
from trials.kill.draws import Trial
from trials.kill.ways import Way

_JANITOR = ("-m", "ironclad.janitor")
_RELAY = ("-m", "ironclad.processes.relay")
_SERVER = ("-m", "tasks.prefect_server")
_WORKER = ("worker", "start")
_SOON_SECONDS = 0.2
_UNWRITABLE_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that an ending may lay hands on."""

    stand: Stand
    trial: Trial
    runner: Runner
    trail: Trail


async def end(scene: Scene) -> None:
    await _ENDINGS[scene.trial.way](scene)


async def _nothing(scene: Scene) -> None:
    del scene


async def _ctrl_c(scene: Scene) -> None:
    """In its terminal: the whole process group gets it."""
    with suppress(ProcessLookupError):
        os.killpg(scene.runner.pid, signal.SIGINT)


async def _cancel(scene: Scene) -> None:
    await scene.stand.prefect.cancel(scene.runner.flow_run)


async def _abort(scene: Scene) -> None:
    await scene.stand.ironclad("game-day", "abort")


async def _halt(scene: Scene) -> None:
    await scene.stand.ironclad("halt", "on")


async def _terminate(scene: Scene) -> None:
    programs.send(signal.SIGTERM, [scene.runner.pid])


async def _kill_flow(scene: Scene) -> None:
    programs.send(signal.SIGKILL, [scene.runner.pid])


async def _kill_worker(scene: Scene) -> None:
    _signal(signal.SIGKILL, _worker(scene))


async def _terminate_worker(scene: Scene) -> None:
    _signal(signal.SIGTERM, _worker(scene))


async def _kill_server(scene: Scene) -> None:
    if server := programs.program(scene.stand.prefect_folder, *_SERVER):
        programs.send(signal.SIGKILL, programs.tree(server))


async def _kill_generator(scene: Scene) -> None:
    programs.send(signal.SIGKILL, programs.generators(scene.stand.state))


async def _kill_janitor_then_flow(scene: Scene) -> None:
    _signal(signal.SIGKILL, programs.program(scene.stand.stack_folder, *_JANITOR))
    await asyncio.sleep(_SOON_SECONDS)
    await _kill_flow(scene)


async def _kill_flow_and_janitor(scene: Scene) -> None:
    await _kill_flow(scene)
    _signal(signal.SIGKILL, programs.program(scene.stand.stack_folder, *_JANITOR))


async def _kill_holder_and_flow(scene: Scene) -> None:
    """The child that holds a change goes first, so that the janitor alone is left."""
    programs.send(signal.SIGKILL, [*programs.holders(scene.runner.pid), scene.runner.pid])


async def _kill_relay_and_flow(scene: Scene) -> None:
    _signal(signal.SIGKILL, programs.program(scene.stand.stack_folder, *_RELAY))
    await _kill_flow(scene)


async def _suspend(scene: Scene) -> None:
    """It wakes up later, and must not arm again."""
    programs.send(signal.SIGSTOP, [scene.runner.pid])
    await asyncio.sleep(scene.trial.suspended_seconds)
    programs.send(signal.SIGCONT, [scene.runner.pid])


async def _vanish(scene: Scene) -> None:
    """The machine of runner, load, worker and server is gone at once; the stack's is not."""
    stand, pids = scene.stand, programs.generators(scene.stand.state)
    for words in (_WORKER, _SERVER):
        if found := programs.program(stand.prefect_folder, *words):
            pids += programs.tree(found)
    programs.send(signal.SIGKILL, [scene.runner.pid, *pids])


async def _raise(scene: Scene) -> None:
    """As on a full disk: the next mark cannot be written, which raises in the body."""
    journal = scene.trail.journal
    if journal is not None and journal.is_file():
        with _unwritable(journal):
            for _ in range(int(_UNWRITABLE_SECONDS / _SOON_SECONDS)):
                if scene.runner.is_over():
                    return
                await asyncio.sleep(_SOON_SECONDS)


@contextmanager
def _unwritable(journal: Path) -> Iterator[None]:
    aside = journal.with_suffix(".aside")
    journal.rename(aside)
    journal.mkdir()
    try:
        yield
    finally:
        with suppress(FileNotFoundError, NotADirectoryError):
            journal.rmdir()
        if not journal.exists():
            aside.rename(journal)


def _worker(scene: Scene) -> psutil.Process | None:
    return programs.program(scene.stand.prefect_folder, *_WORKER)


def _signal(number: signal.Signals, process: psutil.Process | None) -> None:
    if process is not None:
        programs.send(number, [process.pid])


_ENDINGS: dict[Way, Callable[[Scene], Awaitable[None]]] = {
    Way.SUCCESS: _nothing,
    Way.DEVIATION: _nothing,
    Way.EXCEPTION: _raise,
    Way.CTRL_C: _ctrl_c,
    Way.CANCEL: _cancel,
    Way.ABORT: _abort,
    Way.HALT: _halt,
    Way.TERMINATE: _terminate,
    Way.KILL_FLOW: _kill_flow,
    Way.KILL_WORKER: _kill_worker,
    Way.TERMINATE_WORKER: _terminate_worker,
    Way.KILL_SERVER: _kill_server,
    Way.KILL_GENERATOR: _kill_generator,
    Way.KILL_JANITOR_THEN_FLOW: _kill_janitor_then_flow,
    Way.KILL_FLOW_AND_JANITOR: _kill_flow_and_janitor,
    Way.KILL_HOLDER_AND_FLOW: _kill_holder_and_flow,
    Way.KILL_RELAY_AND_FLOW: _kill_relay_and_flow,
    Way.SUSPEND: _suspend,
    Way.VANISH: _vanish,
}
