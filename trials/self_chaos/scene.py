"""Everything that a case may lay hands on."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from ironclad.adapters.programs.supervision import Supervisor
from trials.harness import programs
from trials.harness.stand import Stand

STOPPED_WITHIN_SECONDS = 20.0
LOOK_SECONDS = 0.1


@dataclass(slots=True)
class Scene:
    stand: Stand
    runner: "subprocess.Popen[bytes] | None" = None
    """None before the game day begins."""

    @property
    def supervisor(self) -> Supervisor:
        return self.stand.platform.supervisor

    @property
    def runners_pid(self) -> int:
        if self.runner is None:
            raise RuntimeError("no game day runs yet")
        return self.runner.pid

    @property
    def is_running(self) -> bool:
        return self.runner is not None and self.runner.poll() is None

    async def pids_of(self, name: str) -> list[int]:
        """Give a supervised program and what it started."""
        pid = await self.supervisor.process_of(name)
        return [] if pid is None else programs.tree(psutil.Process(pid))

    async def pause(self, pids: Sequence[int], seconds: float) -> None:
        programs.send(signal.SIGSTOP, pids)
        try:
            await asyncio.sleep(seconds)
        finally:
            programs.send(signal.SIGCONT, pids)

    async def stop(self, name: str) -> None:
        """Stop a supervised program for good, and wait until it is down."""
        await self.supervisor.stop_one(name)
        async with asyncio.timeout(STOPPED_WITHIN_SECONDS):
            while await self.supervisor.process_of(name) is not None:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_SECONDS)

    async def start(self, name: str) -> None:
        await self.supervisor.start_one(name)

    async def kill(self, name: str) -> None:
        programs.send(signal.SIGKILL, await self.pids_of(name))

    def signal_runner(self, number: signal.Signals) -> None:
        if self.runner is not None and self.runner.poll() is None:
            os.kill(self.runner.pid, number)
