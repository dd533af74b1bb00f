"""Ctrl-C: what is said of what was under way."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ironclad import wiring
from ironclad.cli.terminal.console import err
from ironclad.cli.terminal.exiting import ReportedError
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.stack import StackRef
from ironclad.errors import IroncladError

NOT_BEGUN = "the game day had not begun; no fault was armed, and there is no report"

ALL_HALF_DOWN = "what has ended stays ended; `ironclad down --all` goes on from there"


@contextmanager
def interruptible(words: Callable[[], str]) -> Iterator[None]:
    """Say what is left behind, and what goes on from there, where Ctrl-C ends the body."""
    try:
        yield
    except KeyboardInterrupt:
        err.print(f"INTERRUPTED: {words()}", markup=False)
        raise ReportedError from None


def half_up(ref: StackRef) -> str:
    """Observed after the end, stage by stage: what had been asked for may have come up since."""
    return (
        f"{_stages(ref)}; {command('up', ref)} goes on from there, {command('down', ref)} ends it"
    )


def half_down(ref: StackRef) -> str:
    return f"{_stages(ref)}; {command('down', ref)} goes on from there"


def _stages(ref: StackRef) -> str:
    try:
        stages = asyncio.run(wiring.overview(ref))["stages"]
    except IroncladError as error:
        return f"how {ref} stands is not known: {error}"
    up = [name for name, stage in stages.items() if stage["condition"] == "ready"]
    rest = ", ".join(name for name in stages if name not in up)
    ready = f"of {ref} {', '.join(up) or 'nothing'} is ready"
    return f"{ready}, and {rest} is not" if rest else ready
