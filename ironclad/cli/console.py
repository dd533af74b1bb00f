"""What a person sees: results on standard output, progress and errors on standard error."""

import json
import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from ironclad import progress
from ironclad.domain.printable import escaped, printable
from ironclad.progress import Progress


class SafeConsole(Console):
    """Text from elsewhere (a pod's log, a stranger's evidence) may not steer the terminal."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(printable(text), **options)


out = SafeConsole(highlight=False, soft_wrap=True)
err = SafeConsole(stderr=True, highlight=False, soft_wrap=True)

LINE_EVERY_SECONDS = 5.0
"""How often a step speaks where nobody can see a bar move."""

LAST_WORD_SECONDS = 2.0
"""A phase speaks every second, and its last word comes before its end."""

NARROW_COLUMNS = 80


def print_json(value: Any) -> None:
    """Print for a program: no colour, no wrapping."""
    print_document(json.dumps(value, indent=2, default=str) + "\n")


def print_document(text: str) -> None:
    """Print a JSON document as it is, but for characters that a terminal would obey."""
    print(escaped(text), end="")  # noqa: T201


class BarHandler(logging.Handler):
    """Draws each step's progress as a bar."""

    def __init__(self, bars: Bars) -> None:
        super().__init__()
        self._bars = bars
        self._tasks: dict[str, Any] = {}

    def emit(self, record: logging.LogRecord) -> None:
        step = progress.of(record)
        if step is None:
            self._bars.console.print(record.getMessage(), style="dim", markup=False)
            return
        if step.step not in self._tasks:
            self.finish()
            self._tasks[step.step] = self._bars.add_task(step.step, total=step.total, message="")
        self._bars.update(
            self._tasks[step.step],
            total=step.total,
            completed=min(step.done, step.total or step.done),
            message=printable(step.message),
        )

    def finish(self) -> None:
        """A wait is over, a phase is full; one that was cut short stays where it was."""
        for task in [one for one in self._bars.tasks if one.stop_time is None]:
            if task.total is None or task.total - task.completed <= LAST_WORD_SECONDS:
                self._bars.update(task.id, total=task.total or 1, completed=task.total or 1)
            self._bars.stop_task(task.id)


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
    if not err.is_interactive:  # a dumb terminal cannot redraw a line
        with _listening(LineHandler()):
            yield
        return
    with Bars(*_columns(err.width), console=err, expand=True) as bars:
        handler = BarHandler(bars)
        with _listening(handler):
            yield
        handler.finish()


def _columns(width: int) -> Iterator[ProgressColumn]:
    """Keep room for the bar: only the message gives way on a narrow terminal."""
    narrow = width < NARROW_COLUMNS
    name = Column(no_wrap=True, width=24 if narrow else 28)
    yield TextColumn("{task.description}", justify="right", markup=False, table_column=name)
    yield BarColumn(bar_width=8 if narrow else 30)
    yield TimeElapsedColumn()
    rest = Column(ratio=1, no_wrap=True)
    yield TextColumn("{task.fields[message]}", markup=False, table_column=rest)


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


VERDICT_COLOURS = {"UPHELD": "green", "DEVIATED": "red", "INCONCLUSIVE": "yellow"}


def print_outcome_lines(lines: Iterable[str]) -> None:
    """Print a line each; a verdict that one begins with stands in its colour, on a terminal."""
    for line in lines:
        word, colon, rest = line.partition(":")
        if colour := VERDICT_COLOURS.get(word):
            out.print(word, style=colour, markup=False, end="")
        out.print(colon + rest if colour else line, markup=False)
