"""A child that holds one change for us: it lives on our renewals and takes the change back."""

import asyncio
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from ironclad.adapters.programs.processes import MARK
from ironclad.domain.stack.undo import ATTACHED_LEASE
from ironclad.errors import RemoteError
from ironclad.processes import lease_holder

_READY_SECONDS = 4.0
_GOES_SECONDS = 1.0


class LeasedChild:
    """Its standard input is the lease: that ends with our process, whatever ends it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, folder: Path, lasts: timedelta, *arguments: str) -> "LeasedChild":
        """Start it, with the change made. Raises RemoteError with its own words."""
        deadline = time.clock_gettime(time.CLOCK_BOOTTIME) + lasts.total_seconds()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(lease_holder.__file__)),
            *(f"{deadline:.3f}", f"{ATTACHED_LEASE.total_seconds():g}", *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={MARK: str(folder)},
            start_new_session=True,
        )
        child = cls(process)
        if problem := await child._problem():
            await child.end()
            raise RemoteError(problem)
        return child

    async def _problem(self) -> str:
        if self.process.stdout is None or self.process.stderr is None:
            return "no pipe to what should hold it"
        try:
            async with asyncio.timeout(_READY_SECONDS):
                if await self.process.stdout.readline():
                    return ""
                return (await self.process.stderr.read()).decode(errors="replace").strip()[-200:]
        except TimeoutError:
            return f"what should hold it was not ready within {_READY_SECONDS:g} s"

    def renew(self) -> bool:
        """Say whether it still holds the change."""
        if self.process.stdin is None or self.process.returncode is not None:
            return False
        self.process.stdin.write(b".")
        return True

    async def end(self) -> None:
        """Have it take the change back."""
        if self.process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self.process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.process.communicate(), _GOES_SECONDS)
