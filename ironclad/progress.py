"""Progress as log records: a listener draws a bar, prints a line or stores it.

A plain handler shows the sentence; one that knows better reads `Progress` from the record.
"""

import logging
from dataclasses import dataclass

LOGGER = logging.getLogger("ironclad.progress")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long step is; `total` is None where it is not known."""

    step: str
    done: float
    total: float | None
    unit: str
    message: str = ""


def report(progress: Progress) -> None:
    """Report to the listeners; costs nothing without one."""
    LOGGER.info("%s", sentence(progress), extra={"progress": progress})


def sentence(progress: Progress) -> str:
    """Say it in numbers: `baseline: 12 of 30 s, 1,200 sent, 0 failed`."""
    total = "" if progress.total is None else f" of {progress.total:g}"
    tail = f", {progress.message}" if progress.message else ""
    return f"{progress.step}: {progress.done:.0f}{total} {progress.unit}{tail}"


def of(record: logging.LogRecord) -> Progress | None:
    """Give what a record carries, None for any other record."""
    carried = getattr(record, "progress", None)
    return carried if isinstance(carried, Progress) else None
