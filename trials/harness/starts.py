"""Fifty people start a game day at once, and exactly one of them may have it."""

import asyncio
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from trials.harness import programs
from trials.harness.stand import Stand
from trials.harness.trail import follow
from trials.kill.experiments import text_of
from trials.kill.faults import ERROR

NAME = "at-once"
_ALL_FAILED_SECONDS = 180.0
_BEGINS_SECONDS = 60.0
_ENDS_SECONDS = 30.0
_NOT_RUN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """`ran` counts the runs that held the stack, `refused` those refused because it was held."""

    asked: int
    ran: int
    refused: int
    other_codes: tuple[int, ...]
    took_seconds: float

    @property
    def is_kept(self) -> bool:
        return self.ran == 1 and self.refused == self.asked - 1


async def start_at_once(stand: Stand, count: int) -> Starts:
    """Start so many commands; the one that has the stack is stopped when all others have failed.

    Its baseline outlasts them all: none can come second because the first is over.
    """
    path = stand.experiments / f"{NAME}.yaml"
    path.write_text(text_of(NAME, ERROR, baseline="15m"))
    began = time.monotonic()
    words = ("game-day", "run", str(path), "--ignore-budget")
    commands = [stand.start(f"{NAME}-{number}", *words) for number in range(count)]
    try:
        await _all_but_one_ended(commands)
        await _has_begun(stand, commands)
        codes = await _ended(commands)
    finally:
        for each in commands:
            each.kill()
            each.wait()
    return Starts(
        asked=count,
        ran=len(_runs(stand)),
        refused=codes.count(_NOT_RUN),
        other_codes=tuple(code for code in codes if code != _NOT_RUN),
        took_seconds=round(time.monotonic() - began, 1),
    )


async def _all_but_one_ended(commands: "Sequence[subprocess.Popen[bytes]]") -> None:
    async def have_failed() -> bool:
        return sum(each.poll() is None for each in commands) <= 1

    await follow(have_failed, time.monotonic() + _ALL_FAILED_SECONDS)


async def _has_begun(stand: Stand, commands: "Sequence[subprocess.Popen[bytes]]") -> None:
    """Let the one that is left come to its run: the others fail before it has the stack."""

    async def runs_or_is_over() -> bool:
        return bool(_runs(stand)) or all(each.poll() is not None for each in commands)

    await follow(runs_or_is_over, time.monotonic() + _BEGINS_SECONDS)


def _runs(stand: Stand) -> list[Path]:
    return list(stand.reports.glob(f"*-{NAME}-*"))


async def _ended(commands: "Sequence[subprocess.Popen[bytes]]") -> list[int]:
    """Press Ctrl-C for those that still run; give all exit codes."""
    programs.send(signal.SIGINT, [each.pid for each in commands if each.poll() is None])
    until = time.monotonic() + _ENDS_SECONDS
    codes: list[int] = []
    for each in commands:
        with suppress(subprocess.TimeoutExpired):
            codes.append(await asyncio.to_thread(each.wait, max(0.1, until - time.monotonic())))
    return codes
