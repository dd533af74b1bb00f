"""Replicas that stand still: stopped by a child that lets them go in any case."""

import asyncio
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from ironclad.adapters.local.leased_child import LeasedChild
from ironclad.adapters.programs.processes import is_stopped
from ironclad.adapters.programs.supervision import Supervisor
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import Change
from ironclad.errors import LeaseLapsedError, RemoteError
from ironclad.processes import lease_holder

_GOES_SECONDS = 1.0
_POLL_SECONDS = 0.02


class Pause:
    """A change's `before` holds `PID:START` of each target, so that no later process is meant."""

    def __init__(self, supervisor: Supervisor, folder: Path) -> None:
        self._supervisor = supervisor
        self._folder = folder
        self._children: dict[tuple[str, ...], LeasedChild] = {}

    async def refusal(self, targets: Sequence[Replica]) -> str:
        try:
            for name, process in (await self.before(targets)).items():
                with lease_holder.process_descriptor(process):
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
                return f"{pid}:{lease_holder.start_of(pid)}"
        raise RemoteError(f"{name} does not run, so it cannot be paused")

    async def make(self, change: Change, lasts: timedelta) -> None:
        """Raises RemoteError when a target is not there any more; then none is paused."""
        try:
            child = await LeasedChild.start(self._folder, lasts, "pause", *_processes(change))
        except RemoteError as error:
            targets = ", ".join(change.targets)
            raise RemoteError(f"{targets} could not be paused: {error}") from error
        self._children[_processes(change)] = child

    async def renew(self, change: Change) -> None:
        """Raises LeaseLapsedError when the pause has ended."""
        child = self._children.get(_processes(change))
        if child is None or not child.renew():
            raise LeaseLapsedError(f"the pause of {', '.join(change.targets)} is over")

    async def is_made(self, change: Change) -> bool:
        return all(_stands_still(each) for each in _processes(change))

    async def restore(self, change: Change) -> str:
        """End our own child, if there is one, then let go what still stands still."""
        await self._end(change)
        problems = await asyncio.gather(*(_resumed(each) for each in change.before.items()))
        return "; ".join(filter(None, problems))

    async def _end(self, change: Change) -> None:
        if child := self._children.pop(_processes(change), None):
            await child.end()


def _processes(change: Change) -> tuple[str, ...]:
    return tuple(change.before.values())


def _stands_still(process: str) -> bool:
    try:
        with lease_holder.process_descriptor(process):
            return is_stopped(int(process.partition(":")[0]))
    except OSError:
        return False


async def _resumed(named: tuple[str, str]) -> str:
    """One that is gone needs nothing: its successor was never stopped."""
    name, process = named
    with suppress(ProcessLookupError), lease_holder.process_descriptor(process) as descriptor:
        signal.pidfd_send_signal(descriptor, signal.SIGCONT)
    deadline = time.monotonic() + _GOES_SECONDS
    while _stands_still(process):
        if time.monotonic() >= deadline:
            return f"{name} still stands still"
        await asyncio.sleep(_POLL_SECONDS)
    return ""
