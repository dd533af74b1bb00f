"""Fifty people start a game day at once, and exactly one of them may have it."""

import asyncio
import time
from dataclasses import dataclass

from benchmarks.kill_trials.experiments import text_of
from benchmarks.kill_trials.faults import ERROR
from benchmarks.kill_trials.stand import Stand

NAME = "at-once"
_WITHIN_SECONDS = 420.0
_REFUSED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """`ran` counts the reports that were written, `refused` those told that the stack is held."""

    asked: int
    ran: int
    refused: int
    other_codes: tuple[int, ...]
    took_seconds: float

    @property
    def is_kept(self) -> bool:
        return self.ran == 1 and self.refused == self.asked - 1


async def start_at_once(stand: Stand, count: int) -> Starts:
    """Start them as so many commands, and wait for the last one to end."""
    path = stand.experiments / f"{NAME}.yaml"
    path.write_text(text_of(NAME, ERROR))
    began = time.monotonic()
    words = ("game-day", "run", str(path), "--ignore-budget")
    commands = [stand.start(f"{NAME}-{number}", *words) for number in range(count)]
    try:
        codes = await asyncio.gather(
            *(asyncio.to_thread(each.wait, _WITHIN_SECONDS) for each in commands)
        )
    finally:
        for each in commands:
            each.kill()
    refused = sum(code == _REFUSED for code in codes)
    return Starts(
        asked=count,
        ran=len(list(stand.reports.glob(f"*-{NAME}-*"))),
        refused=refused,
        other_codes=tuple(code for code in codes if code != _REFUSED),
        took_seconds=round(time.monotonic() - began, 1),
    )
