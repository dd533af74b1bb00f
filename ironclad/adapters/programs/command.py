"""Running a short command to its end, within a deadline."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ironclad.progress import Progress, report
from ironclad.slowness import Patience

_CHUNK_BYTES = 65_536
_LAST_BYTES = 2_000
_REPORTED_EACH_SECONDS = 1.0


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
    step: str = "",
) -> Done:
    """Never raises for a command that fails, is missing or takes too long: `code` is not 0.

    The deadline grows with the slowness of this machine; what was written until then is kept. A
    long command's `step` is reported each second, with the last line that it wrote.
    """
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
    output, patience = bytearray(), Patience(within)
    reading = asyncio.ensure_future(_read(process, output))
    telling = asyncio.ensure_future(_tell(step, output)) if step else None
    try:
        ended = await patience.lasts_until(reading)
    finally:
        reading.cancel()
        if telling:
            telling.cancel()
        await _end(process)
    said = output.decode(errors="replace")
    if not ended:
        return Done(124, f"{said}\n{command[0]} did not end within {patience}")
    return Done(process.returncode or 0, said)


async def _read(process: asyncio.subprocess.Process, output: bytearray) -> None:
    while process.stdout and (some := await process.stdout.read(_CHUNK_BYTES)):
        output += some
    await process.wait()


async def _tell(step: str, output: bytearray) -> None:
    began = time.monotonic()
    while True:
        written = output[-_LAST_BYTES:].decode(errors="replace").rpartition("\n")[0]
        last = written.rpartition("\n")[2].strip()
        report(Progress(step, time.monotonic() - began, None, "s", last))
        await asyncio.sleep(_REPORTED_EACH_SECONDS)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Also when we are cancelled: nothing that was started here goes on alone."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
