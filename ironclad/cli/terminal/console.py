"""What a person sees: results on standard output, progress and errors on standard error."""

import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ironclad import progress
from ironclad.domain.text.printable import escaped, printable
from ironclad.late import late, made
from ironclad.progress import Progress

if TYPE_CHECKING:
    from rich.console import Console


def _console(*, stderr: bool) -> "Console":
    """Rich takes half of a short command to import, and some print nothing with it."""
    from ironclad.cli.terminal.bars import SafeConsole

    return SafeConsole(stderr=stderr, highlight=False, soft_wrap=True)


out = late(lambda: _console(stderr=False))
err = late(lambda: _console(stderr=True))

LINE_EVERY_SECONDS = 5.0
"""The interval of a step's lines where no bar can move."""


def say(line: str) -> None:
    """Print a plain line, without Rich: that takes longer to import than most commands to run."""
    print(printable(line))  # noqa: T201


SCHEMA_VERSION = "1.0"
"""Of every document of the command line; its first part changes when a reader has to."""


def print_json(document: Mapping[str, Any]) -> None:
    """Print an object for a program, and the version of its form: no colour, no wrapping."""
    versioned = {"schema_version": SCHEMA_VERSION, **document}
    print_document(json.dumps(versioned, indent=2, default=str) + "\n")


def print_document(text: str) -> None:
    """Print a JSON document as it is, but for characters that a terminal would obey."""
    print(escaped(text), end="")  # noqa: T201


class Shown(logging.Handler, ABC):
    """Shows what is reported; the work goes on after its terminal is gone."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):
            self.show(record)

    @abstractmethod
    def show(self, record: logging.LogRecord) -> None:
        """Show one, and raise `OSError` where there is no terminal any more."""


class LineHandler(Shown):
    """Prints a line every few seconds, for logs and pipes."""

    def __init__(self) -> None:
        super().__init__()
        self._step = ""
        self._spoke = 0.0

    def show(self, record: logging.LogRecord) -> None:
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
    from ironclad.cli.terminal.bars import BarHandler, bars_on

    with bars_on(made(err)) as bars:
        handler = BarHandler(bars)
        with _listening(handler):
            yield
        handler.finish()


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
