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
from ironclad.cli.terminal.console import Shown
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.text.printable import printable

PHASES = frozenset(PhaseName)
LAST_WORD_SECONDS = 2.0
"""A phase speaks every second, and its last word comes before its end."""

REDRAWN_PER_SECOND = 4
"""Drawing takes CPU from what is measured."""

WIDTHS = ((100, 34, 20), (80, 28, 16), (0, 24, 8))
"""From how many columns on a step's name and its bar are so wide."""


class SafeConsole(Console):
    """Text from elsewhere (a pod's log, a stranger's evidence) may not steer the terminal."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(printable(text), **options)


class BarHandler(Shown):
    """Draws each step's progress as a bar."""

    def __init__(self, bars: Bars) -> None:
        super().__init__()
        self._bars = bars
        self._tasks: dict[str, Any] = {}

    def show(self, record: logging.LogRecord) -> None:
        step = progress.of(record)
        if step is None:
            self._bars.console.print(record.getMessage(), style="dim", markup=False)
            return
        if step.step not in self._tasks:
            self.finish()
            self._tasks[step.step] = self._bars.add_task(step.step, total=step.total, message="")
        self._begin_again(self._tasks[step.step])
        self._bars.update(
            self._tasks[step.step],
            total=step.total,
            completed=min(step.done, step.total or step.done),
            message=printable(step.message),
        )

    def _begin_again(self, task_id: Any) -> None:
        """What is waited for a second time keeps its bar, which is to be filled again."""
        for task in self._bars.tasks:
            if task.id == task_id and task.stop_time is not None:
                self.finish()
                task.stop_time = None

    def finish(self) -> None:
        """A wait is over, a phase is full; a phase that was cut short stays where it was."""
        for task in [one for one in self._bars.tasks if one.stop_time is None]:
            left = (task.total or 0.0) - task.completed
            if task.description not in PHASES or left <= LAST_WORD_SECONDS:
                self._bars.update(task.id, total=task.total or 1, completed=task.total or 1)
            self._bars.stop_task(task.id)


def bars_on(console: Console) -> Bars:
    columns = _columns(console.width)
    return Bars(*columns, console=console, expand=True, refresh_per_second=REDRAWN_PER_SECOND)


def _columns(width: int) -> Iterator[ProgressColumn]:
    """Keep the bar's width: only the message is cut on a narrow terminal."""
    _, name, bar = next(widths for widths in WIDTHS if width >= widths[0])
    first = Column(no_wrap=True, width=name)
    yield TextColumn("{task.description}", justify="right", markup=False, table_column=first)
    yield BarColumn(bar_width=bar)
    yield TimeElapsedColumn()
    rest = Column(ratio=1, no_wrap=True)
    yield TextColumn("{task.fields[message]}", markup=False, table_column=rest)
