"""The ledger on disk: one row an attempt, handed to the system a whole second at a time."""

import csv
import fcntl
import io
from pathlib import Path

from ironclad.domain.load.load import Attempt
from ironclad.domain.load.wire_format import LEDGER_COLUMNS, attempt_to_row


class LedgerFile:
    """What was flushed outlives a SIGKILL; rows are never torn by a buffer that runs full.

    It is locked for as long as rows may come, so that it is not taken for whole before.
    """

    def __init__(self, path: Path) -> None:
        self._rows: list[tuple[object, ...]] = [LEDGER_COLUMNS]
        self._file = path.open("ab", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._file.truncate(0)

    def add(self, attempt: Attempt) -> None:
        self._rows.append(attempt_to_row(attempt))

    def flush(self) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self._rows)
        self._file.write(text.getvalue().encode())
        self._rows = []

    def close(self) -> None:
        self.flush()
        self._file.close()
