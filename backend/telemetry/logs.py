"""Log lines as JSON, written by a thread so that a slow reader cannot stop the service.

At most `LIMIT_LINES` wait to be written. When a disk or a pipe is so slow that more come, the
newest are dropped, and a line says how many. An ordinary line waits at most `FLUSH_SECONDS`;
warnings and errors are written at once.
"""

import logging
import os
import threading
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

LIMIT_LINES = 20_000
FLUSH_SECONDS = 0.5
CLOSE_SECONDS = 2.0
_STDOUT = 1


class LineWriter:
    def __init__(self, descriptor: int = _STDOUT) -> None:
        self._descriptor = descriptor
        self._lines: deque[bytes] = deque()  # its append and popleft are atomic: no lock
        self._dropped = 0
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)

    @classmethod
    def to(cls, path: Path | None) -> Self:
        """Raises `OSError`."""
        if path is None:
            return cls()
        return cls(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing = True
        self._wake.set()
        self._thread.join(CLOSE_SECONDS)

    def write(self, fields: Mapping[str, object], *, at_once: bool = False) -> None:
        """Never blocks and never raises."""
        if len(self._lines) >= LIMIT_LINES:
            self._dropped += 1
            return
        self._lines.append(_line(fields))
        if at_once:
            self._wake.set()

    def _run(self) -> None:
        while not self._closing:
            self._wake.wait(FLUSH_SECONDS)
            self._wake.clear()
            self._flush()
        self._flush()

    def _flush(self) -> None:
        waiting = [self._lines.popleft() for _ in range(len(self._lines))]
        if self._dropped:
            waiting.append(self._confession())
        try:
            _write_all(self._descriptor, b"".join(waiting))
        except OSError:
            self._dropped += len(waiting)

    def _confession(self) -> bytes:
        dropped, self._dropped = self._dropped, 0
        said = {"ts": datetime.now(UTC), "level": "warning", "message": "Log lines were dropped."}
        return _line({**said, "dropped": dropped})


def _line(fields: Mapping[str, object]) -> bytes:
    try:
        return orjson.dumps(fields, default=str, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # half a surrogate, which no encoding can say
        said = {key: ascii(value) for key, value in fields.items()}
        return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


class JsonHandler(logging.Handler):
    """The standard library's records, ours and the libraries', as lines of the same kind."""

    def __init__(self, writer: LineWriter, replica: str) -> None:
        super().__init__()
        self._writer = writer
        self._replica = replica
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, object] = {
            "ts": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "replica": self._replica,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["traceback"] = self._formatter.formatException(record.exc_info)
        self._writer.write(fields, at_once=record.levelno >= logging.WARNING)


def send_records_to(writer: LineWriter, *, replica: str, level: str) -> None:
    root = logging.getLogger()
    root.handlers = [JsonHandler(writer, replica)]
    root.setLevel(level)
    logging.getLogger("databases").setLevel(logging.WARNING)  # it only tells of the pool
