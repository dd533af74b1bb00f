"""Running a short command to its end, within a deadline."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Done:
    """`output` is what it wrote, both streams as they came."""

    code: int
    output: str

    @property
    def last_words(self) -> str:
        return " | ".join(self.output.strip().splitlines()[-3:]) or f"exit status {self.code}"


async def run(
    command: Sequence[str],
    *,
    within: timedelta,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Done:
    """Never raises for a command that fails, is missing or takes too long: `code` is not 0."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except OSError as error:
        return Done(127, f"{command[0]}: {error.strerror}")
    try:
        output, _ = await asyncio.wait_for(process.communicate(), within.total_seconds())
    except TimeoutError:
        return Done(124, f"{command[0]} did not end within {within.total_seconds():g} s")
    finally:
        await _end(process)
    return Done(process.returncode or 0, output.decode(errors="replace"))


async def _end(process: asyncio.subprocess.Process) -> None:
    """Also when we are cancelled: nothing that was started here goes on alone."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
