"""Reads what a generator left on disk, whatever became of it."""

import csv
import fcntl
import time
from pathlib import Path

from ironclad.domain.load.load import Attempt
from ironclad.domain.load.wire_format import LEDGER_COLUMNS, readable_attempts

_SILENT_SECONDS = 15.0
"""A generator writes each second, and waits for its last answers no longer than for one."""


def is_being_written(path: Path) -> bool:
    """Whether a generator still writes it; one that was stopped does not count for long."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return time.time() - path.stat().st_mtime < _SILENT_SECONDS
    except OSError:
        return False
    return False


def read_ledger(path: Path) -> tuple[tuple[Attempt, ...], int]:
    """Give the attempts in the order of their numbers, and how many rows could not be read.

    A last line without its end was torn by a kill and does not count as anything.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return (), 0
    return ledger_from(text)


def ledger_from(text: str) -> tuple[tuple[Attempt, ...], int]:
    whole, _, _torn = text.rpartition("\n")
    rows = csv.reader(whole.splitlines())
    try:
        if tuple(next(rows, ())) != LEDGER_COLUMNS:
            return (), whole.count("\n")
        read = list(readable_attempts(rows))
    except csv.Error:  # a cell that is longer than any of ours
        return (), whole.count("\n") or 1
    attempts = sorted((row for row in read if row is not None), key=lambda row: row.number)
    return tuple(attempts), len(read) - len(attempts)
