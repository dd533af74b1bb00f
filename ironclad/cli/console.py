"""What a person sees: results on standard output, progress and errors on standard error."""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from ironclad import progress
from ironclad.progress import Progress

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

LINE_EVERY_SECONDS = 5.0
"""How often a step speaks where nobody can see a bar move."""


def print_json(value: Any) -> None:
    """Print for a program: no colour, no wrapping."""
    print(json.dumps(value, indent=2, default=str))  # noqa: T201


class BarHandler(logging.Handler):
    """Draws each step's progress as a bar."""

    def __init__(self, bars: Bars) -> None:
        super().__init__()
        self._bars = bars
        self._tasks: dict[str, Any] = {}

    def emit(self, record: logging.LogRecord) -> None:
        step = progress.of(record)
        if step is None:
            self._bars.console.print(f"[dim]{record.getMessage()}[/dim]")
            return
        if step.step not in self._tasks:
            self._finish_others()
            self._tasks[step.step] = self._bars.add_task(step.step, total=step.total)
        self._bars.update(
            self._tasks[step.step],
            total=step.total,
            completed=min(step.done, step.total or step.done),
            message=step.message,
        )

    def _finish_others(self) -> None:
        for task in self._bars.tasks:
            if not task.finished:
                self._bars.update(task.id, total=task.total or 1, completed=task.total or 1)


class LineHandler(logging.Handler):
    """Prints a line every few seconds, for logs and pipes."""

    def __init__(self) -> None:
        super().__init__()
        self._step = ""
        self._spoke = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        step = progress.of(record)
        if step is not None and not self._is_due(step):
            return
        err.print(record.getMessage(), markup=False)

    def _is_due(self, step: Progress) -> bool:
        now = time.monotonic()
        if step.step == self._step and now - self._spoke < LINE_EVERY_SECONDS:
            return False
        self._step, self._spoke = step.step, now
        return True


@contextmanager
def live_progress() -> Iterator[None]:
    """Show what the logic reports while this lasts: bars on a terminal, lines elsewhere."""
    if not err.is_terminal:
        with _listening(LineHandler()):
            yield
        return
    columns = (
        TextColumn("{task.description:>28}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[message]}"),
    )
    with Bars(*columns, console=err, transient=False) as bars, _listening(BarHandler(bars)):
        yield


@contextmanager
def _listening(handler: logging.Handler) -> Iterator[None]:
    logger = logging.getLogger("ironclad")
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
