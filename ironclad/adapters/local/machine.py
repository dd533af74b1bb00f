"""What the kernel counts of this machine, and of one stack's programs on it."""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from ironclad.adapters.programs.supervision import Supervisor
from ironclad.domain.evidence.machine import MachineCounters

_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")
_IDLE = {3, 4}
"""Places of idle and of waiting for a disk in the first line of /proc/stat."""

_COUNTED = 8
"""user, nice, system, idle, iowait, irq, softirq, steal: what follows is counted in them."""

_PARENT, _USED = 1, slice(11, 15)
"""Places in /proc/<pid>/stat behind the name: the parent; its own time and its dead children's."""


class LocalMachine:
    """Satisfies `ports.Machine`."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor

    async def counters(self) -> MachineCounters | None:
        root = await asyncio.to_thread(self._supervisor.recorded_pid)
        return await asyncio.to_thread(_counters, root)


def _counters(root: int | None) -> MachineCounters | None:
    try:
        busy = _busy_seconds((_PROC / "stat").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return MachineCounters(
        at=time.time(),
        cores=os.cpu_count() or 1,
        busy=busy,
        stack=tree_seconds(root) if root else 0.0,
        waited=_waited_seconds(),
    )


def _busy_seconds(text: str) -> float:
    ticks = [int(each) for each in text.split("\n", 1)[0].split()[1 : 1 + _COUNTED]]
    return sum(each for place, each in enumerate(ticks) if place not in _IDLE) * _TICK_SECONDS


def _waited_seconds() -> float | None:
    """Read `some … total=227879290`, in microseconds."""
    try:
        first = (_PROC / "pressure/cpu").read_text(encoding="ascii").split("\n", 1)[0]
        return int(first.rpartition("total=")[2]) / 1e6
    except (OSError, ValueError):
        return None


def tree_seconds(root: int) -> float:
    """Give the CPU time of a process and of everything below it, alive or reaped."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    used: dict[int, float] = {}
    for pid, parent, seconds in _processes():
        children[parent].append(pid)
        used[pid] = seconds
    total, waiting = 0.0, [root]
    while waiting:
        pid = waiting.pop()
        total += used.get(pid, 0.0)
        waiting += children[pid]
    return total


def _processes() -> Iterator[tuple[int, int, float]]:
    for name in os.listdir(_PROC):  # noqa: PTH208 - half the time, and it is done each second
        if name.isdecimal():
            try:
                text = (_PROC / name / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            fields = text.rpartition(")")[2].split()
            yield int(name), int(fields[_PARENT]), sum(map(int, fields[_USED])) * _TICK_SECONDS
