"""Replicas that stand still: stopped by a pauser of their own, which lets them go in any case."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psutil

from ironclad import pauser
from ironclad.adapters._processes import MARK
from ironclad.adapters.supervision import Supervisor
from ironclad.domain.stack import Replica
from ironclad.domain.undo import FAULT_LEASE, Change
from ironclad.errors import LeaseLapsedError, RemoteError

_READY_SECONDS = 4.0
_GOES_SECONDS = 1.0
_POLL_SECONDS = 0.02


class Pause:
    """A change's `before` holds `PID:START` of each target, so that no later process is meant."""

    def __init__(self, supervisor: Supervisor, folder: Path) -> None:
        self._supervisor = supervisor
        self._folder = folder
        self._pausers: dict[tuple[str, ...], asyncio.subprocess.Process] = {}

    async def refusal(self, targets: Sequence[Replica]) -> str:
        try:
            for name, process in (await self.before(targets)).items():
                with pauser.opened(process):
                    pass
                if is_stopped(int(process.partition(":")[0])):
                    return f"{name} stands still already"
        except (OSError, AttributeError) as error:
            return f"processes cannot be paused safely on this machine: {error}"
        except RemoteError as error:
            return str(error)
        return ""

    async def before(self, targets: Sequence[Replica]) -> Mapping[str, str]:
        return {each.name: await self._process(each.name) for each in targets}

    async def _process(self, name: str) -> str:
        pid = await self._supervisor.process_of(name)
        with suppress(ProcessLookupError):
            if pid:
                return f"{pid}:{pauser.start_of(pid)}"
        raise RemoteError(f"{name} does not run, so it cannot be paused")

    async def make(self, change: Change, lasts: timedelta) -> None:
        """Raises RemoteError when a target is not there any more; then none is paused."""
        deadline = time.clock_gettime(time.CLOCK_BOOTTIME) + lasts.total_seconds()
        started = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(pauser.__file__)),
            *(f"{deadline:.3f}", f"{FAULT_LEASE.total_seconds():g}", *_processes(change)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={MARK: str(self._folder)},
            start_new_session=True,
        )
        self._pausers[_processes(change)] = started
        if problem := await _problem(started):
            await self._end(change)
            raise RemoteError(f"{', '.join(change.targets)} could not be paused: {problem}")

    async def renew(self, change: Change) -> None:
        """Raises LeaseLapsedError when the pauser has ended."""
        process = self._pausers.get(_processes(change))
        if process is None or process.stdin is None or process.returncode is not None:
            raise LeaseLapsedError(f"the pause of {', '.join(change.targets)} is over")
        process.stdin.write(b".")

    async def is_made(self, change: Change) -> bool:
        return all(_stands_still(each) for each in _processes(change))

    async def restore(self, change: Change) -> str:
        """Whoever is asked: end our pauser, if it is ours, then let go on whatever stands still."""
        await self._end(change)
        problems = await asyncio.gather(*(_resumed(each) for each in change.before.items()))
        return "; ".join(filter(None, problems))

    async def _end(self, change: Change) -> None:
        process = self._pausers.pop(_processes(change), None)
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.communicate(), _GOES_SECONDS)


def is_stopped(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.Error:
        return False


def _processes(change: Change) -> tuple[str, ...]:
    return tuple(change.before.values())


async def _problem(started: asyncio.subprocess.Process) -> str:
    if started.stdout is None or started.stderr is None:
        return "no pipe to the pauser"
    try:
        async with asyncio.timeout(_READY_SECONDS):
            if await started.stdout.readline():
                return ""
            return (await started.stderr.read()).decode(errors="replace").strip()[-200:]
    except TimeoutError:
        return f"the pauser was not ready within {_READY_SECONDS:g} s"


def _stands_still(process: str) -> bool:
    try:
        with pauser.opened(process):
            return is_stopped(int(process.partition(":")[0]))
    except OSError:
        return False


async def _resumed(named: tuple[str, str]) -> str:
    """One that is gone needs nothing: its successor was never stopped."""
    name, process = named
    with suppress(ProcessLookupError), pauser.opened(process) as descriptor:
        signal.pidfd_send_signal(descriptor, signal.SIGCONT)
    deadline = time.monotonic() + _GOES_SECONDS
    while _stands_still(process):
        if time.monotonic() >= deadline:
            return f"{name} still stands still"
        await asyncio.sleep(_POLL_SECONDS)
    return ""
