"""What is drawn on a terminal: a bar for each step, and text that cannot steer it."""

import logging
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from ironclad import progress
from ironclad.domain.printable import printable

LAST_WORD_SECONDS = 2.0
"""A phase speaks every second, and its last word comes before its end."""

NARROW_COLUMNS = 80


class SafeConsole(Console):
    """Text from elsewhere (a pod's log, a stranger's evidence) may not steer the terminal."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(printable(text), **options)


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


def bars_on(console: Console) -> Bars:
    return Bars(*_columns(console.width), console=console, expand=True)


def _columns(width: int) -> Iterator[ProgressColumn]:
    """Keep room for the bar: only the message gives way on a narrow terminal."""
    narrow = width < NARROW_COLUMNS
    name = Column(no_wrap=True, width=24 if narrow else 28)
    yield TextColumn("{task.description}", justify="right", markup=False, table_column=name)
    yield BarColumn(bar_width=8 if narrow else 30)
    yield TimeElapsedColumn()
    rest = Column(ratio=1, no_wrap=True)
    yield TextColumn("{task.fields[message]}", markup=False, table_column=rest)
