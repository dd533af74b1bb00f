"""Which process it is, beyond its id: an id is given away again as soon as its process is gone."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")
_ENDED = {"Z", "X"}
_UNKNOWN = "not known"
_STATE, _STARTED = 0, 19
"""Places in /proc/<pid>/stat behind the name, which may itself hold spaces and brackets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """`started` counts clock ticks from the boot; `place` is the boot and the id namespace."""

    pid: int
    started: int
    place: str

    @classmethod
    def own(cls) -> Self:
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Self:
        return cls(pid=pid, started=_stat(pid)[1], place=_place())

    @property
    def lives(self) -> bool:
        """Whether it is seen to live. A stopped process lives; a zombie does not.

        From another boot, or another container, nothing can be seen.
        """
        if self.place != _place():
            return False
        state, started = _stat(self.pid)
        return started == self.started and state not in _ENDED

    @property
    def has_ended(self) -> bool:
        """Whether it is seen to be gone. What cannot be seen from here may live."""
        if self.place != _place() or self.place == _UNKNOWN:
            return False
        state, started = _stat(self.pid)
        if state:
            return started != self.started or state in _ENDED
        return not _exists(self.pid)


class EndWatch:
    """Waits, and returns early when the process ends that is followed."""

    def __init__(self) -> None:
        self._followed: ProcessIdentity | None = None
        self._descriptor: int | None = None
        self._has_ended_unseen = False

    def follow(self, process: ProcessIdentity | None) -> None:
        """Follow it from now on, also between two waits. One that had ended before counts once."""
        if process != self._followed:
            self.close()
            self._followed = process
            self._descriptor = _opened(process) if process else None
            self._has_ended_unseen = process is not None and process.has_ended

    async def wait(self, seconds: float) -> bool:
        """Say whether it has ended. One that is not followed never does."""
        if self._has_ended_unseen:
            self._has_ended_unseen = False
            return True
        if self._descriptor is None:
            await asyncio.sleep(seconds)
            return False
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(self._descriptor, ended.set)
        try:
            async with asyncio.timeout(seconds):
                await ended.wait()
        except TimeoutError:
            return False
        finally:
            loop.remove_reader(self._descriptor)
        self.close()
        return True

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _opened(process: ProcessIdentity) -> int | None:
    """None for one that is gone, and where the system cannot do it."""
    with suppress(OSError, AttributeError):
        descriptor = os.pidfd_open(process.pid)
        if process.lives:
            return descriptor
        os.close(descriptor)
    return None


def _exists(pid: int) -> bool:
    """Its entry in /proc may be hidden from other accounts, its id is not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _stat(pid: int) -> tuple[str, int]:
    """Give its state and when it started; an empty state for one that is not there."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", -1
    fields = text.rpartition(")")[2].split()
    return fields[_STATE], int(fields[_STARTED])


@cache
def _place() -> str:
    try:
        return f"{_BOOT.read_text(encoding='ascii').strip()} {_NAMESPACE.readlink()}"
    except OSError:
        return _UNKNOWN
