"""Which process it is, beyond its id: an id is given away again as soon as its process is gone."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")
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
        return started == self.started and state not in {"Z", "X"}


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
        return "not known"
