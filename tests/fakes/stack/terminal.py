"""A terminal of our own: a command runs in it as in a person's window, and its screen is read."""

import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fcntl import ioctl
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

CTRL_C = b"\x03"
FRAME_SECONDS = 0.5
_COLOURS = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")


def _logged_in(terminal: int) -> None:
    """Take Ctrl-C as under a shell: what runs in the background ignores it, its children too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.login_tty(terminal)


@dataclass
class Terminal:
    """Runs one command on a pseudo-terminal; what it draws stands in `screen`."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    columns: int = 100
    rows: int = 60
    is_closed: bool = False
    frames: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    """The rows at the end of each half second with news, as a recording keeps them."""

    def __enter__(self) -> Self:
        self._screen = pyte.HistoryScreen(self.columns, self.rows, history=5000)
        self._stream = pyte.ByteStream(self._screen)
        self._ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        self._started = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command,
            cwd=self.folder,
            env={"TERM": "xterm-256color", "LANG": "C.UTF-8", **self.environment},
            preexec_fn=lambda: _logged_in(theirs),  # noqa: PLW1509 - nothing else is under way
        )
        os.close(theirs)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Press Ctrl-C where it is not over, and give it time to end in order."""
        if self._process.poll() is None and not self.is_closed:
            with suppress(AssertionError):
                self.press(CTRL_C)
                self.end(60)
        self.close()
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Close the window, whatever runs in it."""
        if not self.is_closed:
            os.close(self._ours)
            self.is_closed = True

    def outlives(self, within_seconds: float = 60) -> int:
        """Wait for what runs on without its window, and give its exit code."""
        return self._process.wait(within_seconds)

    @property
    def screen(self) -> str:
        """Everything that is to be read, what has scrolled away included."""
        away = ["".join(line[x].data for x in range(self.columns)) for line in self._scrolled()]
        return "\n".join(line.rstrip() for line in [*away, *self._screen.display]).rstrip()

    def _scrolled(self) -> list[Mapping[int, pyte.screens.Char]]:
        return list(self._screen.history.top)

    def colour(self, words: str) -> str:
        """Name the colour of the first place where `words` stand on the screen."""
        for row, line in enumerate(self._screen.display):
            if words in line:
                return str(self._screen.buffer[row][line.index(words)].fg)
        raise AssertionError(f"{words!r} is not on the screen:\n{self.screen}")

    @property
    def cursor_is_hidden(self) -> bool:
        return bool(self._screen.cursor.hidden)

    def press(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def until(self, condition: str | Callable[[str], object], within_seconds: float = 60) -> str:
        """Watch until the screen shows it; fails with the screen where it never does."""
        shows = condition if callable(condition) else lambda screen: condition in screen
        deadline = time.monotonic() + within_seconds
        while not shows(self.screen):
            if not self._read(deadline):
                raise AssertionError(f"{condition!r} never stood on the screen:\n{self.screen}")
        return self.screen

    def rest(self, seconds: float) -> None:
        """Watch for a while, whatever is shown."""
        deadline = time.monotonic() + seconds
        while self._read(deadline):
            pass

    def end(self, within_seconds: float = 60) -> int:
        """Watch until the command is over, and give its exit code."""
        deadline = time.monotonic() + within_seconds
        while self._read(deadline):
            pass
        if time.monotonic() >= deadline:
            raise AssertionError(f"not over after {within_seconds:g} s:\n{self.screen}")
        return self._process.wait(10)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(0.0, deadline - time.monotonic()))
        try:
            came = os.read(self._ours, 1 << 16) if ready else b""
        except OSError:  # the last one on the other side has gone
            came = b""
        if came:
            self._stream.feed(came)
            self._keep(time.monotonic() - self._started)
        return bool(came)

    def _keep(self, at: float) -> None:
        if self.frames and at - self.frames[-1][0] < FRAME_SECONDS:
            at, _ = self.frames.pop()
        lines = self._screen.buffer
        self.frames.append(
            (at, tuple(styled(lines[row], self.columns) for row in range(self.rows)))
        )


def styled(line: Mapping[int, pyte.screens.Char], columns: int) -> str:
    """Write one row of the screen with its colours, as a terminal would get it."""
    cells = [line[x] for x in range(columns)]
    runs = (
        (colour, "".join(cell.data for cell in run))
        for colour, run in groupby(cells, key=lambda cell: _code(cell.fg))
    )
    text = "".join(f"\x1b[{code}m{run}\x1b[0m" if code else run for code, run in runs)
    return text.rstrip()


def _code(colour: str) -> str:
    if colour in _COLOURS:
        return str(30 + _COLOURS.index(colour))
    if len(colour) != len("rrggbb"):
        return ""
    return ";".join(("38", "2", *(str(byte) for byte in bytes.fromhex(colour))))


def unwrapped(text: str) -> str:
    """Without spaces and ends of lines: where a terminal broke a sentence is its own matter."""
    return "".join(text.split())
